-- What clients have spent of their budgets; frozen.
CREATE TABLE access.budget (
    county TEXT COLLATE "C" NOT NULL,
    client TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    span TEXT COLLATE "C" NOT NULL,
    spent BIGINT NOT NULL,
    CONSTRAINT budget_pkey PRIMARY KEY (county, client, kind)
);
alter table access.budget enable row level security;
alter table access.budget force row level security;
create policy hub_owner on access.budget to hub_owner using (county = current_setting('hub.county')) with check (county = current_setting('hub.county'));
create policy hub_identity on access.budget to hub_identity using (county = current_setting('hub.county')) with check (county = current_setting('hub.county'));
grant select, insert, update, delete on access.budget to hub_identity;
