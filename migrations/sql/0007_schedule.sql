-- How the work stands: what each dataset brought last, and what is not as it usually is.

alter table sync.run add column kind text collate "C" not null default 'SYNC';
grant select (kind) on sync.run to hub_api;

alter table sync.delivery add column as_of timestamptz;
grant select (as_of) on sync.delivery to hub_api;

create table sync.freshness (
    county text collate "C" not null,
    dataset text collate "C" not null,
    agency text collate "C" not null,
    run_id bigint not null,
    read_at timestamptz not null,
    fetched bigint not null,
    changed_at timestamptz,
    as_of timestamptz,
    constraint freshness_pkey primary key (county, dataset)
);

create table sync.alarm (
    county text collate "C" not null,
    alarm_id bigint generated always as identity,
    agency text collate "C" not null,
    dataset text collate "C",
    kind text collate "C" not null,
    message text collate "C" not null,
    raised_at timestamptz not null,
    cleared_at timestamptz,
    constraint alarm_pkey primary key (county, alarm_id)
);
create index alarm_cleared_at_idx on sync.alarm (county, cleared_at);

alter table sync.freshness enable row level security;
alter table sync.freshness force row level security;
create policy hub_connector on sync.freshness to hub_connector using (county = current_setting('hub.county')) with check (county = current_setting('hub.county'));
grant select, insert, update on sync.freshness to hub_connector;
create policy hub_api on sync.freshness for select to hub_api using (county = current_setting('hub.county'));
grant select (county, dataset, agency, run_id, read_at, fetched, changed_at, as_of) on sync.freshness to hub_api;

alter table sync.alarm enable row level security;
alter table sync.alarm force row level security;
create policy hub_connector on sync.alarm to hub_connector using (county = current_setting('hub.county')) with check (county = current_setting('hub.county'));
grant select, insert, update on sync.alarm to hub_connector;
create policy hub_api on sync.alarm for select to hub_api using (county = current_setting('hub.county'));
grant select (county, alarm_id, agency, dataset, kind, message, raised_at, cleared_at) on sync.alarm to hub_api;
