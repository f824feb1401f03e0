-- Quarantine as a work list: a row can be read again as its source wrote it, and what a person did about it is kept.

alter table sync.source_part
    add column units text[] collate "C" not null default '{}',
    add column codes text[] collate "C" not null default '{}';
grant select (units, codes) on sync.source_part to hub_api;

alter table sync.quarantine
    add column delivery text collate "C",
    add column opened_at timestamptz,
    add column closed_at timestamptz;
grant select (delivery, opened_at, closed_at) on sync.quarantine to hub_api, hub_rules;

create table sync.decision (
    county text collate "C" not null,
    decision_id bigint generated always as identity,
    entry_id bigint not null,
    action text collate "C" not null,
    decided_by text collate "C" not null,
    reason text collate "C" not null,
    decided_at timestamptz not null,
    run_id bigint,
    raw_headings text[] collate "C" not null,
    raw_values text[] collate "C" not null,
    constraint decision_pkey primary key (county, decision_id)
);
create index decision_entry_id_idx on sync.decision (county, entry_id);

alter table sync.decision enable row level security;
alter table sync.decision force row level security;
create policy hub_connector on sync.decision to hub_connector using (county = current_setting('hub.county')) with check (county = current_setting('hub.county'));
grant select, insert on sync.decision to hub_connector;
create policy hub_api on sync.decision for select to hub_api using (county = current_setting('hub.county'));
grant select (county, decision_id, entry_id, action, decided_by, reason, decided_at, run_id) on sync.decision to hub_api;
create policy hub_rules on sync.decision for select to hub_rules using (county = current_setting('hub.county'));
grant select (county, decision_id, entry_id, action, decided_by, reason, decided_at, run_id) on sync.decision to hub_rules;
