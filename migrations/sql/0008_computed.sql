-- What the hub computes: its own schemas and login, which reads every record and writes nothing but these tables; frozen.
grant usage on schema history, record, rollup, sync to hub_rules;
grant usage on schema computed to hub_rules, hub_api;
grant usage on schema rules to hub_rules;
create policy hub_rules on history.application for select to hub_rules using (county = current_setting('hub.county'));
grant select on history.application to hub_rules;
create policy hub_rules on history.compensation_case for select to hub_rules using (county = current_setting('hub.county'));
grant select on history.compensation_case to hub_rules;
create policy hub_rules on history.enterprise for select to hub_rules using (county = current_setting('hub.county'));
grant select on history.enterprise to hub_rules;
create policy hub_rules on history.enterprise_use for select to hub_rules using (county = current_setting('hub.county'));
grant select on history.enterprise_use to hub_rules;
create policy hub_rules on history.extension for select to hub_rules using (county = current_setting('hub.county'));
grant select on history.extension to hub_rules;
create policy hub_rules on history.fund_transaction for select to hub_rules using (county = current_setting('hub.county'));
grant select on history.fund_transaction to hub_rules;
create policy hub_rules on history.household for select to hub_rules using (county = current_setting('hub.county'));
grant select on history.household to hub_rules;
create policy hub_rules on history.interest_collection for select to hub_rules using (county = current_setting('hub.county'));
grant select on history.interest_collection to hub_rules;
create policy hub_rules on history.loan for select to hub_rules using (county = current_setting('hub.county'));
grant select on history.loan to hub_rules;
create policy hub_rules on history.membership for select to hub_rules using (county = current_setting('hub.county'));
grant select on history.membership to hub_rules;
create policy hub_rules on history.officer_assignment for select to hub_rules using (county = current_setting('hub.county'));
grant select on history.officer_assignment to hub_rules;
create policy hub_rules on history.person for select to hub_rules using (county = current_setting('hub.county'));
grant select on history.person to hub_rules;
create policy hub_rules on history.recovery for select to hub_rules using (county = current_setting('hub.county'));
grant select on history.recovery to hub_rules;
create policy hub_rules on history.region for select to hub_rules using (county = current_setting('hub.county'));
grant select on history.region to hub_rules;
create policy hub_rules on history.renewal for select to hub_rules using (county = current_setting('hub.county'));
grant select on history.renewal to hub_rules;
create policy hub_rules on history.repayment for select to hub_rules using (county = current_setting('hub.county'));
grant select on history.repayment to hub_rules;
create policy hub_rules on history.risk_event for select to hub_rules using (county = current_setting('hub.county'));
grant select on history.risk_event to hub_rules;
create policy hub_rules on history.service_point for select to hub_rules using (county = current_setting('hub.county'));
grant select on history.service_point to hub_rules;
create policy hub_rules on history.subsidy_payment for select to hub_rules using (county = current_setting('hub.county'));
grant select on history.subsidy_payment to hub_rules;
create policy hub_rules on record.application for select to hub_rules using (county = current_setting('hub.county'));
grant select on record.application to hub_rules;
create policy hub_rules on record.compensation_case for select to hub_rules using (county = current_setting('hub.county'));
grant select on record.compensation_case to hub_rules;
create policy hub_rules on record.enterprise for select to hub_rules using (county = current_setting('hub.county'));
grant select on record.enterprise to hub_rules;
create policy hub_rules on record.enterprise_use for select to hub_rules using (county = current_setting('hub.county'));
grant select on record.enterprise_use to hub_rules;
create policy hub_rules on record.extension for select to hub_rules using (county = current_setting('hub.county'));
grant select on record.extension to hub_rules;
create policy hub_rules on record.fund_transaction for select to hub_rules using (county = current_setting('hub.county'));
grant select on record.fund_transaction to hub_rules;
create policy hub_rules on record.household for select to hub_rules using (county = current_setting('hub.county'));
grant select on record.household to hub_rules;
create policy hub_rules on record.interest_collection for select to hub_rules using (county = current_setting('hub.county'));
grant select on record.interest_collection to hub_rules;
create policy hub_rules on record.loan for select to hub_rules using (county = current_setting('hub.county'));
grant select on record.loan to hub_rules;
create policy hub_rules on record.membership for select to hub_rules using (county = current_setting('hub.county'));
grant select on record.membership to hub_rules;
create policy hub_rules on record.officer_assignment for select to hub_rules using (county = current_setting('hub.county'));
grant select on record.officer_assignment to hub_rules;
create policy hub_rules on record.person for select to hub_rules using (county = current_setting('hub.county'));
grant select on record.person to hub_rules;
create policy hub_rules on record.recovery for select to hub_rules using (county = current_setting('hub.county'));
grant select on record.recovery to hub_rules;
create policy hub_rules on record.region for select to hub_rules using (county = current_setting('hub.county'));
grant select on record.region to hub_rules;
create policy hub_rules on record.renewal for select to hub_rules using (county = current_setting('hub.county'));
grant select on record.renewal to hub_rules;
create policy hub_rules on record.repayment for select to hub_rules using (county = current_setting('hub.county'));
grant select on record.repayment to hub_rules;
create policy hub_rules on record.risk_event for select to hub_rules using (county = current_setting('hub.county'));
grant select on record.risk_event to hub_rules;
create policy hub_rules on record.service_point for select to hub_rules using (county = current_setting('hub.county'));
grant select on record.service_point to hub_rules;
create policy hub_rules on record.subsidy_payment for select to hub_rules using (county = current_setting('hub.county'));
grant select on record.subsidy_payment to hub_rules;
create policy hub_rules on rollup.daily for select to hub_rules using (county = current_setting('hub.county'));
grant select on rollup.daily to hub_rules;
create policy hub_rules on sync.dataset_run for select to hub_rules using (county = current_setting('hub.county'));
grant select on sync.dataset_run to hub_rules;
create policy hub_rules on sync.delivery for select to hub_rules using (county = current_setting('hub.county'));
grant select on sync.delivery to hub_rules;
create policy hub_rules on sync.quarantine for select to hub_rules using (county = current_setting('hub.county'));
grant select (county, entry_id, run_id, agency, dataset, part_id, source_row, cell, field, code, reason, state, closed_in) on sync.quarantine to hub_rules;
create policy hub_rules on sync.run for select to hub_rules using (county = current_setting('hub.county'));
grant select on sync.run to hub_rules;
create policy hub_rules on sync.source_part for select to hub_rules using (county = current_setting('hub.county'));
grant select on sync.source_part to hub_rules;
CREATE TABLE computed.policy_parameter (
    county TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    level TEXT COLLATE "C" NOT NULL,
    valid_from DATE NOT NULL,
    valid_to DATE,
    money BIGINT,
    rate BIGINT,
    number INTEGER,
    code TEXT COLLATE "C",
    document TEXT COLLATE "C" NOT NULL,
    document_number TEXT COLLATE "C" NOT NULL,
    is_verified BOOLEAN NOT NULL,
    approved_by_finance TEXT COLLATE "C",
    approved_by_partner TEXT COLLATE "C",
    approved_on DATE,
    note TEXT COLLATE "C",
    region TEXT COLLATE "C" NOT NULL,
    computed_in BIGINT NOT NULL,
    CONSTRAINT policy_parameter_pkey PRIMARY KEY (county, name, level, valid_from)
);
CREATE INDEX policy_parameter_region_idx ON computed.policy_parameter (county, region, name, level, valid_from);
alter table computed.policy_parameter enable row level security;
alter table computed.policy_parameter force row level security;
create policy hub_rules on computed.policy_parameter to hub_rules using (county = current_setting('hub.county')) with check (county = current_setting('hub.county'));
grant select, insert, update, delete on computed.policy_parameter to hub_rules;
create policy hub_api on computed.policy_parameter for select to hub_api using (county = current_setting('hub.county') and region >= current_setting('hub.region_from') and region <= current_setting('hub.region_to'));
grant select (county, name, level, valid_from, valid_to, money, rate, number, code, document, document_number, is_verified, approved_by_finance, approved_by_partner, approved_on, note, region, computed_in) on computed.policy_parameter to hub_api;
CREATE TABLE rules.run (
    county TEXT COLLATE "C" NOT NULL,
    run_id BIGINT GENERATED ALWAYS AS IDENTITY,
    as_of DATE NOT NULL,
    code_digest TEXT COLLATE "C" NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    finished_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT run_pkey PRIMARY KEY (county, run_id)
);
alter table rules.run enable row level security;
alter table rules.run force row level security;
create policy hub_rules on rules.run to hub_rules using (county = current_setting('hub.county')) with check (county = current_setting('hub.county'));
grant select, insert, update on rules.run to hub_rules;
CREATE TABLE rules.covered (
    county TEXT COLLATE "C" NOT NULL,
    sync_run_id BIGINT NOT NULL,
    run_id BIGINT NOT NULL,
    CONSTRAINT covered_pkey PRIMARY KEY (county, sync_run_id)
);
alter table rules.covered enable row level security;
alter table rules.covered force row level security;
create policy hub_rules on rules.covered to hub_rules using (county = current_setting('hub.county')) with check (county = current_setting('hub.county'));
grant select, insert, update on rules.covered to hub_rules;
