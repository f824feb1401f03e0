-- Entitlements, their steps, faults of payments; frozen.
CREATE TABLE computed.entitlement (
    county TEXT COLLATE "C" NOT NULL,
    loan_id TEXT COLLATE "C" NOT NULL,
    settled_on DATE NOT NULL,
    period_from DATE NOT NULL,
    period_to DATE NOT NULL,
    days INTEGER NOT NULL,
    uncollected_days INTEGER NOT NULL,
    overdue_days INTEGER NOT NULL,
    interest BIGINT NOT NULL,
    amount BIGINT,
    paid BIGINT NOT NULL,
    unpaid BIGINT NOT NULL,
    overpaid BIGINT NOT NULL,
    verdict TEXT COLLATE "C" NOT NULL,
    missing_parameter TEXT COLLATE "C",
    household_id TEXT COLLATE "C",
    region TEXT COLLATE "C" NOT NULL,
    computed_in BIGINT NOT NULL,
    CONSTRAINT entitlement_pkey PRIMARY KEY (county, loan_id, settled_on)
);
CREATE INDEX entitlement_household_id_idx ON computed.entitlement (county, household_id, loan_id, settled_on);
CREATE INDEX entitlement_region_idx ON computed.entitlement (county, region, loan_id, settled_on);
CREATE INDEX entitlement_verdict_idx ON computed.entitlement (county, verdict, loan_id, settled_on);
alter table computed.entitlement enable row level security;
alter table computed.entitlement force row level security;
create policy hub_rules on computed.entitlement to hub_rules using (county = current_setting('hub.county')) with check (county = current_setting('hub.county'));
grant select, insert, update, delete on computed.entitlement to hub_rules;
create policy hub_api on computed.entitlement for select to hub_api using (county = current_setting('hub.county') and region >= current_setting('hub.region_from') and region <= current_setting('hub.region_to'));
grant select (county, loan_id, settled_on, period_from, period_to, days, uncollected_days, overdue_days, interest, amount, paid, unpaid, overpaid, verdict, missing_parameter, household_id, region, computed_in) on computed.entitlement to hub_api;
CREATE TABLE computed.entitlement_step (
    county TEXT COLLATE "C" NOT NULL,
    loan_id TEXT COLLATE "C" NOT NULL,
    settled_on DATE NOT NULL,
    step INTEGER NOT NULL,
    day_from DATE NOT NULL,
    day_to DATE NOT NULL,
    days INTEGER NOT NULL,
    interest_days INTEGER NOT NULL,
    balance BIGINT NOT NULL,
    taken BIGINT NOT NULL,
    base BIGINT NOT NULL,
    rate BIGINT NOT NULL,
    share BIGINT,
    interest BIGINT NOT NULL,
    amount BIGINT,
    outcome TEXT COLLATE "C" NOT NULL,
    missing_parameter TEXT COLLATE "C",
    collection_id TEXT COLLATE "C",
    household_id TEXT COLLATE "C",
    region TEXT COLLATE "C" NOT NULL,
    computed_in BIGINT NOT NULL,
    CONSTRAINT entitlement_step_pkey PRIMARY KEY (county, loan_id, settled_on, step)
);
CREATE INDEX entitlement_step_collection_id_idx ON computed.entitlement_step (county, collection_id, loan_id, settled_on, step);
CREATE INDEX entitlement_step_household_id_idx ON computed.entitlement_step (county, household_id, loan_id, settled_on, step);
CREATE INDEX entitlement_step_region_idx ON computed.entitlement_step (county, region, loan_id, settled_on, step);
alter table computed.entitlement_step enable row level security;
alter table computed.entitlement_step force row level security;
create policy hub_rules on computed.entitlement_step to hub_rules using (county = current_setting('hub.county')) with check (county = current_setting('hub.county'));
grant select, insert, update, delete on computed.entitlement_step to hub_rules;
create policy hub_api on computed.entitlement_step for select to hub_api using (county = current_setting('hub.county') and region >= current_setting('hub.region_from') and region <= current_setting('hub.region_to'));
grant select (county, loan_id, settled_on, step, day_from, day_to, days, interest_days, balance, taken, base, rate, share, interest, amount, outcome, missing_parameter, collection_id, household_id, region, computed_in) on computed.entitlement_step to hub_api;
CREATE TABLE computed.payment_fault (
    county TEXT COLLATE "C" NOT NULL,
    voucher_number TEXT COLLATE "C" NOT NULL,
    line INTEGER NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    loan_id TEXT COLLATE "C",
    day_from DATE,
    day_to DATE,
    amount BIGINT NOT NULL,
    rightful_rate BIGINT,
    rightful_principal BIGINT,
    other_voucher_number TEXT COLLATE "C",
    other_line INTEGER,
    event_id TEXT COLLATE "C",
    household_id TEXT COLLATE "C",
    region TEXT COLLATE "C" NOT NULL,
    computed_in BIGINT NOT NULL,
    CONSTRAINT payment_fault_pkey PRIMARY KEY (county, voucher_number, line, kind)
);
CREATE INDEX payment_fault_event_id_idx ON computed.payment_fault (county, event_id, voucher_number, line, kind);
CREATE INDEX payment_fault_household_id_idx ON computed.payment_fault (county, household_id, voucher_number, line, kind);
CREATE INDEX payment_fault_kind_idx ON computed.payment_fault (county, kind, voucher_number, line, kind);
CREATE INDEX payment_fault_loan_id_idx ON computed.payment_fault (county, loan_id, voucher_number, line, kind);
CREATE INDEX payment_fault_other_voucher_number_idx ON computed.payment_fault (county, other_voucher_number, voucher_number, line, kind);
CREATE INDEX payment_fault_region_idx ON computed.payment_fault (county, region, voucher_number, line, kind);
alter table computed.payment_fault enable row level security;
alter table computed.payment_fault force row level security;
create policy hub_rules on computed.payment_fault to hub_rules using (county = current_setting('hub.county')) with check (county = current_setting('hub.county'));
grant select, insert, update, delete on computed.payment_fault to hub_rules;
create policy hub_api on computed.payment_fault for select to hub_api using (county = current_setting('hub.county') and region >= current_setting('hub.region_from') and region <= current_setting('hub.region_to'));
grant select (county, voucher_number, line, kind, loan_id, day_from, day_to, amount, rightful_rate, rightful_principal, other_voucher_number, other_line, event_id, household_id, region, computed_in) on computed.payment_fault to hub_api;
