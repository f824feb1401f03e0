-- A first load of millions of rows into a table with ten indexes takes eight times as long as building them afterwards.
-- The connector owns no table, so two functions of the owner take the indexes of an empty table down and put the same
-- ones up again. Both happen in the run's own transaction: if it fails, the indexes are as they were.

create function sync.take_down_indexes(dataset text) returns integer
language plpgsql security definer
set search_path = pg_catalog
as $$
declare
    subject regclass := format('record.%I', dataset)::regclass;
    shelf regclass := to_regclass('pg_temp.shelved_index');
    taken integer := 0;
    found record;
begin
    -- Row security hides the rows from the owner too, so emptiness is read off the file.
    if pg_relation_size(subject) > 0 then
        return 0;
    end if;
    if shelf is null then
        create temp table shelved_index (dataset text, definition text) on commit drop;
    elsif not exists (select from pg_class where oid = shelf and pg_get_userbyid(relowner) = current_user) then
        raise insufficient_privilege using message = 'a table of another owner stands where the indexes are shelved';
    end if;
    for found in
        select i.indexrelid::regclass as name, pg_get_indexdef(i.indexrelid) as definition
        from pg_index i where i.indrelid = subject and not i.indisunique
    loop
        insert into pg_temp.shelved_index values (dataset, found.definition);
        execute format('drop index %s', found.name);
        taken := taken + 1;
    end loop;
    return taken;
end
$$;

create function sync.put_up_indexes(dataset text) returns integer
language plpgsql security definer
set search_path = pg_catalog
set maintenance_work_mem = '256MB'
as $$
declare
    shelf regclass := to_regclass('pg_temp.shelved_index');
    put integer := 0;
    found record;
begin
    if not exists (select from pg_class where oid = shelf and pg_get_userbyid(relowner) = current_user) then
        raise insufficient_privilege using message = 'nothing was shelved by take_down_indexes';
    end if;
    for found in
        select s.definition from pg_temp.shelved_index s where s.dataset = put_up_indexes.dataset
    loop
        execute found.definition;
        put := put + 1;
    end loop;
    delete from pg_temp.shelved_index s where s.dataset = put_up_indexes.dataset;
    return put;
end
$$;

revoke execute on function sync.take_down_indexes(text), sync.put_up_indexes(text) from public;
grant execute on function sync.take_down_indexes(text), sync.put_up_indexes(text) to hub_connector;
