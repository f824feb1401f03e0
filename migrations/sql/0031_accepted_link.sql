-- Where records belong because a person said so; only whoever places records reads and writes it.
create table sync.accepted_link (
    county text collate "C" not null,
    dataset text collate "C" not null,
    record_key text collate "C" not null,
    entity_key text collate "C" not null,
    run_id bigint not null,
    constraint accepted_link_pkey primary key (county, dataset, record_key)
);
alter table sync.accepted_link enable row level security;
alter table sync.accepted_link force row level security;
create policy hub_connector on sync.accepted_link to hub_connector using (county = current_setting('hub.county')) with check (county = current_setting('hub.county'));
grant select, insert, update on sync.accepted_link to hub_connector;
