-- Visits, changes of classification, and the totals of bad loans; frozen.
CREATE TABLE record.visit (
    county TEXT COLLATE "C" NOT NULL,
    visit_id TEXT COLLATE "C" NOT NULL,
    household_id TEXT COLLATE "C" NOT NULL,
    visited_on DATE NOT NULL,
    officer_name TEXT COLLATE "C" NOT NULL,
    outcome TEXT COLLATE "C" NOT NULL,
    use_found TEXT COLLATE "C",
    note TEXT COLLATE "C",
    region TEXT COLLATE "C" NOT NULL,
    source_part BIGINT NOT NULL,
    source_row INTEGER NOT NULL,
    recorded_in BIGINT NOT NULL,
    CONSTRAINT visit_pkey PRIMARY KEY (county, visit_id)
);
CREATE INDEX visit_household_id_idx ON record.visit (county, household_id, visit_id);
CREATE INDEX visit_officer_name_idx ON record.visit (county, officer_name, visit_id);
CREATE INDEX visit_outcome_idx ON record.visit (county, outcome, visit_id);
CREATE INDEX visit_recorded_in_idx ON record.visit USING brin (recorded_in);
CREATE INDEX visit_region_idx ON record.visit (county, region, visit_id);
CREATE INDEX visit_use_found_idx ON record.visit (county, use_found, visit_id);
CREATE INDEX visit_visited_on_idx ON record.visit (county, visited_on, visit_id);
CREATE TABLE history.visit (
    county TEXT COLLATE "C" NOT NULL,
    visit_id TEXT COLLATE "C" NOT NULL,
    household_id TEXT COLLATE "C" NOT NULL,
    visited_on DATE NOT NULL,
    officer_name TEXT COLLATE "C" NOT NULL,
    outcome TEXT COLLATE "C" NOT NULL,
    use_found TEXT COLLATE "C",
    note TEXT COLLATE "C",
    region TEXT COLLATE "C" NOT NULL,
    source_part BIGINT NOT NULL,
    source_row INTEGER NOT NULL,
    recorded_in BIGINT NOT NULL,
    superseded_in BIGINT NOT NULL,
    superseded_by TEXT COLLATE "C" NOT NULL,
    CONSTRAINT visit_pkey PRIMARY KEY (county, visit_id, superseded_in)
);
alter table record.visit enable row level security;
alter table record.visit force row level security;
create policy hub_connector on record.visit to hub_connector using (county = current_setting('hub.county')) with check (county = current_setting('hub.county'));
grant select, insert, update, delete on record.visit to hub_connector;
create policy hub_rules on record.visit for select to hub_rules using (county = current_setting('hub.county'));
grant select on record.visit to hub_rules;
create policy hub_viewer on record.visit for select to hub_viewer using (county = current_setting('hub.county') and region >= current_setting('hub.region_from') and region <= current_setting('hub.region_to'));
grant select (county, visit_id, household_id, visited_on, officer_name, outcome, use_found, note, region, source_part, source_row, recorded_in) on record.visit to hub_viewer;
alter table history.visit enable row level security;
alter table history.visit force row level security;
create policy hub_connector on history.visit to hub_connector using (county = current_setting('hub.county')) with check (county = current_setting('hub.county'));
grant select, insert on history.visit to hub_connector;
create policy hub_rules on history.visit for select to hub_rules using (county = current_setting('hub.county'));
grant select on history.visit to hub_rules;
CREATE TABLE record.classification_change (
    county TEXT COLLATE "C" NOT NULL,
    change_id TEXT COLLATE "C" NOT NULL,
    loan_id TEXT COLLATE "C" NOT NULL,
    changed_on DATE NOT NULL,
    former_grade TEXT COLLATE "C" NOT NULL,
    new_grade TEXT COLLATE "C" NOT NULL,
    household_id TEXT COLLATE "C",
    region TEXT COLLATE "C" NOT NULL,
    source_part BIGINT NOT NULL,
    source_row INTEGER NOT NULL,
    recorded_in BIGINT NOT NULL,
    CONSTRAINT classification_change_pkey PRIMARY KEY (county, change_id)
);
CREATE INDEX classification_change_changed_on_idx ON record.classification_change (county, changed_on, change_id);
CREATE INDEX classification_change_former_grade_idx ON record.classification_change (county, former_grade, change_id);
CREATE INDEX classification_change_household_id_idx ON record.classification_change (county, household_id, change_id);
CREATE INDEX classification_change_loan_id_idx ON record.classification_change (county, loan_id, change_id);
CREATE INDEX classification_change_new_grade_idx ON record.classification_change (county, new_grade, change_id);
CREATE INDEX classification_change_recorded_in_idx ON record.classification_change USING brin (recorded_in);
CREATE INDEX classification_change_region_idx ON record.classification_change (county, region, change_id);
CREATE TABLE history.classification_change (
    county TEXT COLLATE "C" NOT NULL,
    change_id TEXT COLLATE "C" NOT NULL,
    loan_id TEXT COLLATE "C" NOT NULL,
    changed_on DATE NOT NULL,
    former_grade TEXT COLLATE "C" NOT NULL,
    new_grade TEXT COLLATE "C" NOT NULL,
    household_id TEXT COLLATE "C",
    region TEXT COLLATE "C" NOT NULL,
    source_part BIGINT NOT NULL,
    source_row INTEGER NOT NULL,
    recorded_in BIGINT NOT NULL,
    superseded_in BIGINT NOT NULL,
    superseded_by TEXT COLLATE "C" NOT NULL,
    CONSTRAINT classification_change_pkey PRIMARY KEY (county, change_id, superseded_in)
);
alter table record.classification_change enable row level security;
alter table record.classification_change force row level security;
create policy hub_connector on record.classification_change to hub_connector using (county = current_setting('hub.county')) with check (county = current_setting('hub.county'));
grant select, insert, update, delete on record.classification_change to hub_connector;
create policy hub_rules on record.classification_change for select to hub_rules using (county = current_setting('hub.county'));
grant select on record.classification_change to hub_rules;
create policy hub_viewer on record.classification_change for select to hub_viewer using (county = current_setting('hub.county') and region >= current_setting('hub.region_from') and region <= current_setting('hub.region_to'));
grant select (county, change_id, loan_id, changed_on, former_grade, new_grade, household_id, region, source_part, source_row, recorded_in) on record.classification_change to hub_viewer;
alter table history.classification_change enable row level security;
alter table history.classification_change force row level security;
create policy hub_connector on history.classification_change to hub_connector using (county = current_setting('hub.county')) with check (county = current_setting('hub.county'));
grant select, insert on history.classification_change to hub_connector;
create policy hub_rules on history.classification_change for select to hub_rules using (county = current_setting('hub.county'));
grant select on history.classification_change to hub_rules;
alter table rollup.daily add column bad_loans BIGINT NOT NULL DEFAULT 0;
alter table rollup.daily alter column bad_loans drop default;
alter table rollup.daily add column bad_amount BIGINT NOT NULL DEFAULT 0;
alter table rollup.daily alter column bad_amount drop default;
grant select (bad_loans, bad_amount) on rollup.daily to hub_readers;
