-- The index by household, written by the sequencer a block at a time; frozen. It follows from the entries, so nothing
-- of the one before it, a row for each household of each entry in the way of every answer, need be kept.
drop table audit.subject;

CREATE TABLE audit.posting (
  county TEXT COLLATE "C" NOT NULL,
  bucket INTEGER NOT NULL,
  first_index BIGINT NOT NULL,
  month DATE NOT NULL,
  subjects UUID[] NOT NULL,
  entry_ids UUID[] NOT NULL,
  CONSTRAINT posting_pkey PRIMARY KEY (county, bucket, first_index, month)
)
 PARTITION BY RANGE (month);
CREATE INDEX posting_block_idx ON audit.posting (county, first_index);
CREATE TABLE audit.indexed_block (
  county TEXT COLLATE "C" NOT NULL,
  first_index BIGINT NOT NULL,
  end_index BIGINT NOT NULL,
  last_xid BIGINT NOT NULL,
  last_entry_id UUID NOT NULL,
  CONSTRAINT indexed_block_pkey PRIMARY KEY (county, first_index)
);

-- In the row up to a page, instead of in a table beside it from 2 kB on: such a row is always read whole.
alter table audit.posting alter column subjects set storage main, alter column entry_ids set storage main;

alter table audit.posting enable row level security;
alter table audit.posting force row level security;
create policy hub_readers on audit.posting for select to hub_readers using (county = current_setting('hub.county') and current_setting('hub.reads_log', true) = 'yes');
grant select (county, bucket, first_index, month, subjects, entry_ids) on audit.posting to hub_readers;
create policy hub_audit on audit.posting for select to hub_audit using (county = current_setting('hub.county'));
grant select on audit.posting to hub_audit;
create policy hub_audit_appends on audit.posting for insert to hub_audit with check (county = current_setting('hub.county'));
grant insert (county, bucket, first_index, month, subjects, entry_ids) on audit.posting to hub_audit;
alter table audit.indexed_block enable row level security;
alter table audit.indexed_block force row level security;
create policy hub_readers on audit.indexed_block for select to hub_readers using (county = current_setting('hub.county') and current_setting('hub.reads_log', true) = 'yes');
grant select (county, first_index, end_index, last_xid, last_entry_id) on audit.indexed_block to hub_readers;
create policy hub_audit on audit.indexed_block for select to hub_audit using (county = current_setting('hub.county'));
grant select on audit.indexed_block to hub_audit;
create policy hub_audit_appends on audit.indexed_block for insert to hub_audit with check (county = current_setting('hub.county'));
grant insert (county, first_index, end_index, last_xid, last_entry_id) on audit.indexed_block to hub_audit;

-- As in 0003, but for the index.
create or replace function audit.make_months(ahead integer) returns integer
language plpgsql security definer
set search_path = pg_catalog
set timezone = 'UTC'
set lock_timeout = '2s'
as $$
declare
    parent text;
    month timestamptz;
    name text;
    made integer := 0;
begin
    foreach parent in array array['disclosure', 'posting'] loop
        for month in
            select generate_series(date_trunc('month', now()), now() + make_interval(months => least(ahead, 24)), '1 month')
        loop
            name := format('%s_%s', parent, to_char(month, 'YYYY_MM'));
            if to_regclass(format('audit_month.%I', name)) is null then
                begin
                    execute format('create table audit_month.%I (like audit.%I including all)', name, parent);
                    execute format('alter table audit_month.%I enable row level security', name);
                    execute format('alter table audit_month.%I force row level security', name);
                    -- Attaching, unlike creating in place, keeps nobody from writing meanwhile.
                    execute format('alter table audit.%I attach partition audit_month.%I for values from (%L) to (%L)',
                                   parent, name, month, month + interval '1 month');
                    made := made + 1;
                exception when duplicate_table or lock_not_available or check_violation then
                    null;  -- another process was first, or entries of a wrong clock are in the way
                end;
            end if;
        end loop;
    end loop;
    return made;
end
$$;

create table audit_month.posting_other partition of audit.posting default;
alter table audit_month.posting_other enable row level security;
alter table audit_month.posting_other force row level security;

-- Wherever entries have a month of their own, their index has one too.
do $$
declare
    month date;
    name text;
begin
    for month in
        select to_date(right(child.relname, 7), 'YYYY_MM') from pg_inherits i join pg_class child on child.oid = i.inhrelid
        where i.inhparent = 'audit.disclosure'::regclass and child.relname ~ '^disclosure_\d{4}_\d{2}$'
    loop
        name := format('posting_%s', to_char(month, 'YYYY_MM'));
        execute format('create table audit_month.%I partition of audit.posting for values from (%L) to (%L)',
                       name, month, (month + interval '1 month')::date);
        execute format('alter table audit_month.%I enable row level security', name);
        execute format('alter table audit_month.%I force row level security', name);
    end loop;
end
$$;
select audit.make_months(2);

-- Pseudonyms are spread evenly, so their first bits will do.
create function audit.bucket_of(subject uuid) returns integer
language sql immutable strict parallel safe
return (get_byte(uuid_send(subject), 0) << 2) | (get_byte(uuid_send(subject), 1) >> 6);

-- An entry's id is a UUID of version 7 and begins with its moment in milliseconds.
create function audit.moment_of(entry_id uuid) returns timestamptz
language sql stable strict parallel safe
return timestamptz 'epoch'
    + ('x0000' || translate(left(entry_id::text, 13), '-', ''))::bit(64)::bigint * interval '1 millisecond';

-- Which entries are about any of the given pseudonyms, in [since, before), in no order; null: without bound. Reads what
-- the transaction may read of the log, so nothing without hub.county, and as a reading role without hub.reads_log.
create function audit.entries_about(wanted uuid[], since timestamptz, before timestamptz)
returns table (disclosed_at timestamptz, entry_id uuid)
language plpgsql stable parallel safe rows 100
set search_path = pg_catalog
-- How far the index goes is not known when this is planned: what would be best for all entries is not.
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
begin
    since := coalesce(since, '-infinity');
    before := coalesce(before, 'infinity');
    return query
    with mark as materialized (
        select coalesce(max(b.last_xid), 0)::text::xid8 as xid,
            coalesce((array_agg(b.last_entry_id))[1], '00000000-0000-0000-0000-000000000000') as entry_id
        from (
            select b.last_xid, b.last_entry_id from audit.indexed_block b where b.county = current_setting('hub.county')
            order by b.first_index desc limit 1
        ) b
    ),
    -- Apart, as row security lets no function's value choose rows by an index.
    asked as materialized (
        select w.subject, audit.bucket_of(w.subject) as bucket from unnest(wanted) as w (subject)
    ),
    indexed as (
        select audit.moment_of(p.entry_ids[named.place]) as disclosed_at, p.entry_ids[named.place] as entry_id
        from asked join audit.posting p on p.county = current_setting('hub.county')
            and p.bucket = asked.bucket and asked.subject = any(p.subjects)
            and p.month >= date_trunc('month', since at time zone 'UTC')::date
            and p.month <= (before at time zone 'UTC')::date
        cross join lateral unnest(array_positions(p.subjects, asked.subject)) as named (place)
    )
    select i.disclosed_at, i.entry_id from indexed i where i.disclosed_at >= since and i.disclosed_at < before
    union
    select t.disclosed_at, t.entry_id from (
        select d.disclosed_at, d.entry_id from audit.disclosure d
        where d.county = current_setting('hub.county') and d.subjects && wanted
            and d.xid >= (select m.xid from mark m)
            and (d.xid > (select m.xid from mark m) or d.entry_id > (select m.entry_id from mark m))
        offset 0  -- the way to them is by their order, whatever their time
    ) t where t.disclosed_at >= since and t.disclosed_at < before;
end
$$;
revoke execute on function audit.entries_about(uuid[], timestamptz, timestamptz) from public;
grant execute on function audit.entries_about(uuid[], timestamptz, timestamptz) to hub_readers, hub_audit;
