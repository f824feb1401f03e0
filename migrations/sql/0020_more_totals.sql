-- More running totals, and what the totals of a county were counted by; frozen.
alter table rollup.daily add column overdue_households BIGINT NOT NULL DEFAULT 0;
alter table rollup.daily alter column overdue_households drop default;
alter table rollup.daily add column late30_amount BIGINT NOT NULL DEFAULT 0;
alter table rollup.daily alter column late30_amount drop default;
alter table rollup.daily add column past_due_amount BIGINT NOT NULL DEFAULT 0;
alter table rollup.daily alter column past_due_amount drop default;
alter table rollup.daily add column matured_loans BIGINT NOT NULL DEFAULT 0;
alter table rollup.daily alter column matured_loans drop default;
alter table rollup.daily add column matured_amount BIGINT NOT NULL DEFAULT 0;
alter table rollup.daily alter column matured_amount drop default;
alter table rollup.daily add column renewed_loans BIGINT NOT NULL DEFAULT 0;
alter table rollup.daily alter column renewed_loans drop default;
alter table rollup.daily add column renewed_amount BIGINT NOT NULL DEFAULT 0;
alter table rollup.daily alter column renewed_amount drop default;
alter table rollup.daily add column answered_applications BIGINT NOT NULL DEFAULT 0;
alter table rollup.daily alter column answered_applications drop default;
alter table rollup.daily add column waited_days BIGINT NOT NULL DEFAULT 0;
alter table rollup.daily alter column waited_days drop default;
grant select (overdue_households, late30_amount, past_due_amount, matured_loans, matured_amount, renewed_loans, renewed_amount, answered_applications, waited_days) on rollup.daily to hub_readers;
CREATE TABLE rollup.counted (
    county TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    CONSTRAINT counted_pkey PRIMARY KEY (county)
);
alter table rollup.counted enable row level security;
alter table rollup.counted force row level security;
create policy hub_connector on rollup.counted to hub_connector using (county = current_setting('hub.county')) with check (county = current_setting('hub.county'));
grant select, insert, update, delete on rollup.counted to hub_connector;
