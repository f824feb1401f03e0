-- Standings of compensation cases; frozen.
CREATE TABLE computed.case_standing (
    county TEXT COLLATE "C" NOT NULL,
    case_id TEXT COLLATE "C" NOT NULL,
    loan_id TEXT COLLATE "C" NOT NULL,
    stage TEXT COLLATE "C" NOT NULL,
    basis TEXT COLLATE "C" NOT NULL,
    event_id TEXT COLLATE "C",
    overdue_days INTEGER NOT NULL,
    fund_share BIGINT,
    loss BIGINT NOT NULL,
    fund_due BIGINT,
    bank_due BIGINT,
    fund_paid BIGINT NOT NULL,
    recovered BIGINT NOT NULL,
    recovered_due BIGINT,
    recovered_booked BIGINT NOT NULL,
    open_claim BIGINT NOT NULL,
    is_paid_otherwise BOOLEAN,
    is_unshared BOOLEAN,
    is_over_recovered BOOLEAN,
    is_called_settled BOOLEAN,
    missing_parameter TEXT COLLATE "C",
    household_id TEXT COLLATE "C",
    region TEXT COLLATE "C" NOT NULL,
    computed_in BIGINT NOT NULL,
    CONSTRAINT case_standing_pkey PRIMARY KEY (county, case_id)
);
CREATE INDEX case_standing_basis_idx ON computed.case_standing (county, basis, case_id);
CREATE INDEX case_standing_event_id_idx ON computed.case_standing (county, event_id, case_id);
CREATE INDEX case_standing_household_id_idx ON computed.case_standing (county, household_id, case_id);
CREATE INDEX case_standing_is_called_settled_idx ON computed.case_standing (county, is_called_settled, case_id);
CREATE INDEX case_standing_is_over_recovered_idx ON computed.case_standing (county, is_over_recovered, case_id);
CREATE INDEX case_standing_is_paid_otherwise_idx ON computed.case_standing (county, is_paid_otherwise, case_id);
CREATE INDEX case_standing_is_unshared_idx ON computed.case_standing (county, is_unshared, case_id);
CREATE INDEX case_standing_loan_id_idx ON computed.case_standing (county, loan_id, case_id);
CREATE INDEX case_standing_region_idx ON computed.case_standing (county, region, case_id);
CREATE INDEX case_standing_stage_idx ON computed.case_standing (county, stage, case_id);
alter table computed.case_standing enable row level security;
alter table computed.case_standing force row level security;
create policy hub_rules on computed.case_standing to hub_rules using (county = current_setting('hub.county')) with check (county = current_setting('hub.county'));
grant select, insert, update, delete on computed.case_standing to hub_rules;
create policy hub_api on computed.case_standing for select to hub_api using (county = current_setting('hub.county') and region >= current_setting('hub.region_from') and region <= current_setting('hub.region_to'));
grant select (county, case_id, loan_id, stage, basis, event_id, overdue_days, fund_share, loss, fund_due, bank_due, fund_paid, recovered, recovered_due, recovered_booked, open_claim, is_paid_otherwise, is_unshared, is_over_recovered, is_called_settled, missing_parameter, household_id, region, computed_in) on computed.case_standing to hub_api;
