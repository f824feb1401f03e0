-- Whom records are about, what agencies say differently, and what people decided about both; frozen.
CREATE TABLE computed.record_link (
    county TEXT COLLATE "C" NOT NULL,
    dataset TEXT COLLATE "C" NOT NULL,
    record_key TEXT COLLATE "C" NOT NULL,
    entity TEXT COLLATE "C" NOT NULL,
    entity_key TEXT COLLATE "C" NOT NULL,
    grade TEXT COLLATE "C" NOT NULL,
    method TEXT COLLATE "C" NOT NULL,
    score INTEGER NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    is_alert BOOLEAN NOT NULL,
    decided_by TEXT COLLATE "C",
    reason TEXT COLLATE "C",
    household_id TEXT COLLATE "C",
    region TEXT COLLATE "C" NOT NULL,
    computed_in BIGINT NOT NULL,
    CONSTRAINT record_link_pkey PRIMARY KEY (county, dataset, record_key, entity, entity_key)
);
CREATE INDEX record_link_entity_key_idx ON computed.record_link (county, entity_key, dataset, record_key, entity, entity_key);
CREATE INDEX record_link_grade_idx ON computed.record_link (county, grade, dataset, record_key, entity, entity_key);
CREATE INDEX record_link_household_id_idx ON computed.record_link (county, household_id, dataset, record_key, entity, entity_key);
CREATE INDEX record_link_is_alert_idx ON computed.record_link (county, is_alert, dataset, record_key, entity, entity_key);
CREATE INDEX record_link_record_key_idx ON computed.record_link (county, record_key, dataset, record_key, entity, entity_key);
CREATE INDEX record_link_region_idx ON computed.record_link (county, region, dataset, record_key, entity, entity_key);
CREATE INDEX record_link_state_idx ON computed.record_link (county, state, dataset, record_key, entity, entity_key);
alter table computed.record_link enable row level security;
alter table computed.record_link force row level security;
create policy hub_rules on computed.record_link to hub_rules using (county = current_setting('hub.county')) with check (county = current_setting('hub.county'));
grant select, insert, update, delete on computed.record_link to hub_rules;
create policy hub_api on computed.record_link for select to hub_api using (county = current_setting('hub.county') and region >= current_setting('hub.region_from') and region <= current_setting('hub.region_to'));
grant select (county, dataset, record_key, entity, entity_key, grade, method, score, state, is_alert, decided_by, reason, household_id, region, computed_in) on computed.record_link to hub_api;

CREATE TABLE computed.conflict (
    county TEXT COLLATE "C" NOT NULL,
    conflict_id TEXT COLLATE "C" NOT NULL,
    attribute TEXT COLLATE "C" NOT NULL,
    subject_key TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    decided_by TEXT COLLATE "C",
    reason TEXT COLLATE "C",
    household_id TEXT COLLATE "C",
    region TEXT COLLATE "C" NOT NULL,
    computed_in BIGINT NOT NULL,
    CONSTRAINT conflict_pkey PRIMARY KEY (county, conflict_id)
);
CREATE INDEX conflict_attribute_idx ON computed.conflict (county, attribute, conflict_id);
CREATE INDEX conflict_household_id_idx ON computed.conflict (county, household_id, conflict_id);
CREATE INDEX conflict_region_idx ON computed.conflict (county, region, conflict_id);
CREATE INDEX conflict_state_idx ON computed.conflict (county, state, conflict_id);
CREATE INDEX conflict_subject_key_idx ON computed.conflict (county, subject_key, conflict_id);
alter table computed.conflict enable row level security;
alter table computed.conflict force row level security;
create policy hub_rules on computed.conflict to hub_rules using (county = current_setting('hub.county')) with check (county = current_setting('hub.county'));
grant select, insert, update, delete on computed.conflict to hub_rules;
create policy hub_api on computed.conflict for select to hub_api using (county = current_setting('hub.county') and region >= current_setting('hub.region_from') and region <= current_setting('hub.region_to'));
grant select (county, conflict_id, attribute, subject_key, state, decided_by, reason, household_id, region, computed_in) on computed.conflict to hub_api;

CREATE TABLE computed.claim (
    county TEXT COLLATE "C" NOT NULL,
    conflict_id TEXT COLLATE "C" NOT NULL,
    position INTEGER NOT NULL,
    agency TEXT COLLATE "C" NOT NULL,
    dataset TEXT COLLATE "C" NOT NULL,
    record_key TEXT COLLATE "C" NOT NULL,
    records INTEGER,
    name TEXT COLLATE "C",
    identity_number TEXT COLLATE "C",
    account_number TEXT COLLATE "C",
    household_id TEXT COLLATE "C",
    region TEXT COLLATE "C" NOT NULL,
    computed_in BIGINT NOT NULL,
    CONSTRAINT claim_pkey PRIMARY KEY (county, conflict_id, position)
);
CREATE INDEX claim_household_id_idx ON computed.claim (county, household_id, conflict_id, position);
CREATE INDEX claim_identity_number_idx ON computed.claim (county, identity_number, conflict_id, position);
CREATE INDEX claim_record_key_idx ON computed.claim (county, record_key, conflict_id, position);
CREATE INDEX claim_region_idx ON computed.claim (county, region, conflict_id, position);
alter table computed.claim enable row level security;
alter table computed.claim force row level security;
create policy hub_rules on computed.claim to hub_rules using (county = current_setting('hub.county')) with check (county = current_setting('hub.county'));
grant select, insert, update, delete on computed.claim to hub_rules;
create policy hub_api on computed.claim for select to hub_api using (county = current_setting('hub.county') and region >= current_setting('hub.region_from') and region <= current_setting('hub.region_to'));
grant select (county, conflict_id, position, agency, dataset, record_key, records, name, identity_number, account_number, household_id, region, computed_in) on computed.claim to hub_api;

CREATE TABLE rules.decision (
    county TEXT COLLATE "C" NOT NULL,
    decision_id BIGINT GENERATED ALWAYS AS IDENTITY,
    kind TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    action TEXT COLLATE "C" NOT NULL,
    decided_by TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    decided_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT decision_pkey PRIMARY KEY (county, decision_id)
);
CREATE INDEX decision_subject_idx ON rules.decision (county, kind, subject);
alter table rules.decision enable row level security;
alter table rules.decision force row level security;
create policy hub_rules on rules.decision to hub_rules using (county = current_setting('hub.county')) with check (county = current_setting('hub.county'));
grant select, insert, update on rules.decision to hub_rules;
