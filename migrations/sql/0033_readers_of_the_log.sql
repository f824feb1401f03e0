-- Entries were shut off from the reading roles by a setting that anyone with SQL could set; now by grants: of the log
-- they see how its tree stands, and only the auditor's are granted its views; frozen.
revoke execute on function audit.entries_about(uuid[], timestamptz, timestamptz) from hub_readers;
drop policy hub_readers on audit.posting;
revoke all on audit.posting from hub_readers;
drop policy hub_readers on audit.told_hour;
revoke all on audit.told_hour from hub_readers;
drop policy hub_readers on audit.expired_month;
revoke all on audit.expired_month from hub_readers;
revoke all on audit.disclosure from hub_readers;
grant select (county, disclosed_at, entry_id, xid) on audit.disclosure to hub_readers;
revoke all on audit.log_alarm from hub_readers;
grant select (county, hour, kind) on audit.log_alarm to hub_readers;
alter policy hub_readers on audit.leaf_run using (county = current_setting('hub.county'));
alter policy hub_readers on audit.node using (county = current_setting('hub.county'));
alter policy hub_readers on audit.checkpoint using (county = current_setting('hub.county'));
alter policy hub_readers on audit.cosignature using (county = current_setting('hub.county'));
alter policy hub_readers on audit.disagreement using (county = current_setting('hub.county'));
alter policy hub_readers on audit.indexed_block using (county = current_setting('hub.county'));
alter policy hub_readers on audit.disclosure using (county = current_setting('hub.county'));
alter policy hub_readers on audit.log_alarm using (county = current_setting('hub.county'));
