-- How many households each was told of by the hour, and alarms about it; added to by hub_audit, never changed; frozen.
CREATE TABLE audit.told_hour (
  county TEXT COLLATE "C" NOT NULL,
  hour TIMESTAMP WITH TIME ZONE NOT NULL,
  client TEXT COLLATE "C" NOT NULL,
  staff TEXT COLLATE "C" NOT NULL,
  households BIGINT NOT NULL,
  CONSTRAINT told_hour_pkey PRIMARY KEY (county, hour, client, staff)
);
alter table audit.told_hour enable row level security;
alter table audit.told_hour force row level security;
create policy hub_readers on audit.told_hour for select to hub_readers using (county = current_setting('hub.county') and current_setting('hub.reads_log', true) = 'yes');
grant select (county, hour, client, staff, households) on audit.told_hour to hub_readers;
create policy hub_audit on audit.told_hour for select to hub_audit using (county = current_setting('hub.county'));
grant select on audit.told_hour to hub_audit;
create policy hub_audit_appends on audit.told_hour for insert to hub_audit with check (county = current_setting('hub.county'));
grant insert (county, hour, client, staff, households) on audit.told_hour to hub_audit;
CREATE TABLE audit.log_alarm (
  county TEXT COLLATE "C" NOT NULL,
  hour TIMESTAMP WITH TIME ZONE NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  client TEXT COLLATE "C" NOT NULL,
  staff TEXT COLLATE "C" NOT NULL,
  message TEXT COLLATE "C" NOT NULL,
  raised_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT log_alarm_pkey PRIMARY KEY (county, hour, kind, client, staff)
);
alter table audit.log_alarm enable row level security;
alter table audit.log_alarm force row level security;
create policy hub_readers on audit.log_alarm for select to hub_readers using (county = current_setting('hub.county') and current_setting('hub.reads_log', true) = 'yes');
grant select (county, hour, kind, client, staff, message, raised_at) on audit.log_alarm to hub_readers;
create policy hub_audit on audit.log_alarm for select to hub_audit using (county = current_setting('hub.county'));
grant select on audit.log_alarm to hub_audit;
create policy hub_audit_appends on audit.log_alarm for insert to hub_audit with check (county = current_setting('hub.county'));
grant insert (county, hour, kind, client, staff, message) on audit.log_alarm to hub_audit;
create policy hub_viewer on audit.log_alarm for select to hub_viewer using (county = current_setting('hub.county'));
grant select on audit.log_alarm to hub_viewer;
