-- To which entities a record does not belong, whatever its numbers say; only whoever places records reads and writes it.
create table sync.rejected_link (
    county text collate "C" not null,
    dataset text collate "C" not null,
    record_key text collate "C" not null,
    entity_key text collate "C" not null,
    holds boolean not null,
    run_id bigint not null,
    constraint rejected_link_pkey primary key (county, dataset, record_key, entity_key)
);
alter table sync.rejected_link enable row level security;
alter table sync.rejected_link force row level security;
create policy hub_connector on sync.rejected_link to hub_connector using (county = current_setting('hub.county')) with check (county = current_setting('hub.county'));
grant select, insert, update on sync.rejected_link to hub_connector;
-- Rows that brought a record in which an identity number of 15 digits stood; the rules grade links by it.
create table sync.lengthened_number (
    county text collate "C" not null,
    source_part bigint not null,
    source_row integer not null,
    constraint lengthened_number_pkey primary key (county, source_part, source_row)
);
alter table sync.lengthened_number enable row level security;
alter table sync.lengthened_number force row level security;
create policy hub_connector on sync.lengthened_number to hub_connector using (county = current_setting('hub.county')) with check (county = current_setting('hub.county'));
grant select, insert on sync.lengthened_number to hub_connector;
create policy hub_rules on sync.lengthened_number for select to hub_rules using (county = current_setting('hub.county'));
grant select on sync.lengthened_number to hub_rules;
