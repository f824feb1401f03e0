-- Where a delivery that brings only changes ended: the next one begins there. Only its connector reads the text.
alter table sync.delivery add column cursor text collate "C";
-- Whether a run read only what had changed of a dataset: its rows say nothing of the dataset's size.
alter table sync.dataset_run add column is_part boolean not null default false;
grant select (cursor) on sync.delivery to hub_readers;
grant select (is_part) on sync.dataset_run to hub_readers;
