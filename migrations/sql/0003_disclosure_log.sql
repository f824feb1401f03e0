-- Nothing was ever written into the table that was planned first.
drop table audit.disclosure;

grant usage on schema audit to hub_api, hub_audit;

CREATE TABLE audit.disclosure (
  county TEXT COLLATE "C" NOT NULL,
  disclosed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  entry_id UUID NOT NULL,
  xid XID8 DEFAULT pg_current_xact_id() NOT NULL,
  door TEXT COLLATE "C" NOT NULL,
  request_id TEXT COLLATE "C" NOT NULL,
  part INTEGER NOT NULL,
  outcome TEXT COLLATE "C" NOT NULL,
  code TEXT COLLATE "C",
  client TEXT COLLATE "C",
  staff TEXT COLLATE "C",
  role TEXT COLLATE "C",
  agency TEXT COLLATE "C",
  region TEXT COLLATE "C",
  purpose TEXT COLLATE "C",
  agreement TEXT COLLATE "C",
  token_id TEXT COLLATE "C",
  operation_name TEXT COLLATE "C",
  operation_digest BYTEA,
  dataset TEXT COLLATE "C",
  datasets TEXT[] COLLATE "C" NOT NULL,
  fields TEXT[] COLLATE "C" NOT NULL,
  masked TEXT[] COLLATE "C" NOT NULL,
  row_count BIGINT NOT NULL,
  key_id TEXT COLLATE "C",
  subjects UUID[] NOT NULL,
  request_digest BYTEA,
  response_digest BYTEA,
  CONSTRAINT disclosure_pkey PRIMARY KEY (county, disclosed_at, entry_id)
)
 PARTITION BY RANGE (disclosed_at);

CREATE INDEX disclosure_xid_idx ON audit.disclosure (xid);

CREATE TABLE audit.subject (
  county TEXT COLLATE "C" NOT NULL,
  subject UUID NOT NULL,
  disclosed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  entry_id UUID NOT NULL,
  CONSTRAINT subject_pkey PRIMARY KEY (county, subject, disclosed_at, entry_id)
)
 PARTITION BY RANGE (disclosed_at);

alter table audit.disclosure enable row level security;
alter table audit.disclosure force row level security;
create policy hub_log on audit.disclosure for insert to hub_log with check (county = current_setting('hub.county'));
grant insert (county, disclosed_at, entry_id, door, request_id, part, outcome, code, client, staff, role, agency, region, purpose, agreement, token_id, operation_name, operation_digest, dataset, datasets, fields, masked, row_count, key_id, subjects, request_digest, response_digest) on audit.disclosure to hub_log;
create policy hub_api on audit.disclosure for select to hub_api using (county = current_setting('hub.county') and current_setting('hub.reads_log', true) = 'yes');
grant select (county, disclosed_at, entry_id, xid, door, request_id, part, outcome, code, client, staff, role, agency, region, purpose, agreement, token_id, operation_name, operation_digest, dataset, datasets, fields, masked, row_count, key_id, subjects, request_digest, response_digest) on audit.disclosure to hub_api;
create policy hub_audit on audit.disclosure for select to hub_audit using (county = current_setting('hub.county'));
grant select on audit.disclosure to hub_audit;
alter table audit.subject enable row level security;
alter table audit.subject force row level security;
create policy hub_log on audit.subject for insert to hub_log with check (county = current_setting('hub.county'));
grant insert (county, subject, disclosed_at, entry_id) on audit.subject to hub_log;
create policy hub_api on audit.subject for select to hub_api using (county = current_setting('hub.county') and current_setting('hub.reads_log', true) = 'yes');
grant select (county, subject, disclosed_at, entry_id) on audit.subject to hub_api;
create policy hub_audit on audit.subject for select to hub_audit using (county = current_setting('hub.county'));
grant select on audit.subject to hub_audit;

-- Partitions are made ahead by whoever writes the log, through a function of the owner: the schema they lie in is
-- open to nobody else, so that an entry can only be reached through the table it belongs to. What a wrong clock puts
-- outside every month is kept in the partition "other".
create function audit.make_months(ahead integer) returns integer
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
    foreach parent in array array['disclosure', 'subject'] loop
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
revoke execute on function audit.make_months(integer) from public;
grant execute on function audit.make_months(integer) to hub_log;

create table audit_month.disclosure_other partition of audit.disclosure default;
alter table audit_month.disclosure_other enable row level security;
alter table audit_month.disclosure_other force row level security;
create table audit_month.subject_other partition of audit.subject default;
alter table audit_month.subject_other enable row level security;
alter table audit_month.subject_other force row level security;

select audit.make_months(2);
