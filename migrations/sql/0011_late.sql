-- Rows that were older than what is known, and so changed nothing.
alter table sync.dataset_run add column late bigint not null default 0;
grant select (late) on sync.dataset_run to hub_api;
