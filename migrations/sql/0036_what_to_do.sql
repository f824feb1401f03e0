-- What to do about it, beside why: of a run that failed, and of a row that did not pass.
alter table sync.run add column error_hint text collate "C";
grant select (error_hint) on sync.run to hub_readers;
alter table sync.quarantine add column advice text collate "C";
grant select (advice) on sync.quarantine to hub_readers;
grant select (advice) on sync.quarantine to hub_rules;
