-- Every open finding is brought up to date on every new day (days overdue, days until due). With room left in each page a
-- new version lies beside the old one, and none of the twenty indexes has to be told; frozen.
alter table computed.finding set (fillfactor = 50);
