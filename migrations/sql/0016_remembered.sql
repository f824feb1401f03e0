-- Digests of the rows of the last whole delivery, so that the next one need only read what is new.
create table sync.remembered (
    county text collate "C" not null,
    dataset text collate "C" not null,
    run_id bigint not null,
    digests bytea not null,
    part_ids bigint[] not null,
    parts bytea not null,
    source_rows bytea not null,
    constraint remembered_pkey primary key (county, dataset)
);
-- Hashes do not compress; trying costs time.
alter table sync.remembered alter column digests set storage external;
alter table sync.remembered enable row level security;
alter table sync.remembered force row level security;
create policy hub_connector on sync.remembered to hub_connector using (county = current_setting('hub.county')) with check (county = current_setting('hub.county'));
grant select, insert, update on sync.remembered to hub_connector;
