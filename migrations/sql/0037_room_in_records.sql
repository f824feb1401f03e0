-- A changed row lies beside its former version where its page has room, and none of the ten indexes has to be told of
-- it: a delivery that repeats everything with one row in a hundred changed writes the changes in a fraction of the time.
do $$
declare
    found regclass;
begin
    for found in select c.oid from pg_class c where c.relnamespace = 'record'::regnamespace and c.relkind = 'r' loop
        execute format('alter table %s set (fillfactor = 90)', found);
    end loop;
end
$$;

-- The connector owns no table, so that its own ANALYZE of one is passed over, and the run's later steps are planned as
-- if the table were small.
create function sync.analyze_records(dataset text) returns void
language plpgsql security definer
set search_path = pg_catalog
set default_statistics_target = 100
as $$
begin
    execute format('analyze %s', format('record.%I', dataset)::regclass);
end
$$;

revoke execute on function sync.analyze_records(text) from public;
grant execute on function sync.analyze_records(text) to hub_connector;
