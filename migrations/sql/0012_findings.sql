-- Findings: what rules find, on what evidence, and what becomes of it; the login that adds what persons say; frozen.
CREATE TABLE computed.rule (
    county TEXT COLLATE "C" NOT NULL,
    code TEXT COLLATE "C" NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    title_zh TEXT COLLATE "C" NOT NULL,
    says TEXT COLLATE "C",
    says_zh TEXT COLLATE "C",
    agencies TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    severity TEXT COLLATE "C" NOT NULL,
    standing TEXT COLLATE "C" NOT NULL,
    lacks TEXT COLLATE "C",
    parameters TEXT COLLATE "C",
    proposed_disposal TEXT COLLATE "C",
    last_run_on DATE,
    milliseconds INTEGER,
    computed_in BIGINT NOT NULL,
    CONSTRAINT rule_pkey PRIMARY KEY (county, code)
);
CREATE INDEX rule_kind_idx ON computed.rule (county, kind, code);
CREATE INDEX rule_proposed_disposal_idx ON computed.rule (county, proposed_disposal, code);
CREATE INDEX rule_severity_idx ON computed.rule (county, severity, code);
CREATE INDEX rule_standing_idx ON computed.rule (county, standing, code);
CREATE TABLE computed.finding (
    county TEXT COLLATE "C" NOT NULL,
    finding_id TEXT COLLATE "C" NOT NULL,
    rule_code TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    severity TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    subject_dataset TEXT COLLATE "C" NOT NULL,
    subject_key TEXT COLLATE "C" NOT NULL,
    household_id TEXT COLLATE "C",
    loan_id TEXT COLLATE "C",
    since DATE,
    amount BIGINT,
    days INTEGER,
    proposed_disposal TEXT COLLATE "C",
    decided_disposal TEXT COLLATE "C",
    responsible_agency TEXT COLLATE "C",
    owner_name TEXT COLLATE "C",
    first_contact TEXT COLLATE "C",
    deadline DATE NOT NULL,
    opened_on DATE NOT NULL,
    closed_on DATE,
    times_opened INTEGER NOT NULL,
    region TEXT COLLATE "C" NOT NULL,
    group_key TEXT COLLATE "C",
    computed_in BIGINT NOT NULL,
    CONSTRAINT finding_pkey PRIMARY KEY (county, finding_id)
);
CREATE INDEX finding_amount_idx ON computed.finding (county, amount, finding_id);
CREATE INDEX finding_deadline_idx ON computed.finding (county, deadline, finding_id);
CREATE INDEX finding_decided_disposal_idx ON computed.finding (county, decided_disposal, finding_id);
CREATE INDEX finding_first_contact_idx ON computed.finding (county, first_contact, finding_id);
CREATE INDEX finding_group_key_idx ON computed.finding (county, group_key);
CREATE INDEX finding_household_id_idx ON computed.finding (county, household_id, finding_id);
CREATE INDEX finding_kind_idx ON computed.finding (county, kind, finding_id);
CREATE INDEX finding_loan_id_idx ON computed.finding (county, loan_id, finding_id);
CREATE INDEX finding_opened_on_idx ON computed.finding (county, opened_on, finding_id);
CREATE INDEX finding_owner_name_idx ON computed.finding (county, owner_name, finding_id);
CREATE INDEX finding_proposed_disposal_idx ON computed.finding (county, proposed_disposal, finding_id);
CREATE INDEX finding_region_idx ON computed.finding (county, region, finding_id);
CREATE INDEX finding_responsible_agency_idx ON computed.finding (county, responsible_agency, finding_id);
CREATE INDEX finding_rule_code_idx ON computed.finding (county, rule_code, finding_id);
CREATE INDEX finding_severity_idx ON computed.finding (county, severity, finding_id);
CREATE INDEX finding_state_idx ON computed.finding (county, state, finding_id);
CREATE INDEX finding_subject_dataset_idx ON computed.finding (county, subject_dataset, finding_id);
CREATE INDEX finding_subject_key_idx ON computed.finding (county, subject_key, finding_id);
CREATE TABLE computed.evidence (
    county TEXT COLLATE "C" NOT NULL,
    finding_id TEXT COLLATE "C" NOT NULL,
    round INTEGER NOT NULL,
    place INTEGER NOT NULL,
    dataset TEXT COLLATE "C" NOT NULL,
    record_key TEXT COLLATE "C" NOT NULL,
    household_id TEXT COLLATE "C",
    region TEXT COLLATE "C" NOT NULL,
    source_part BIGINT NOT NULL,
    source_row INTEGER NOT NULL,
    recorded_in BIGINT NOT NULL,
    computed_in BIGINT NOT NULL,
    CONSTRAINT evidence_pkey PRIMARY KEY (county, finding_id, round, place)
);
CREATE INDEX evidence_dataset_idx ON computed.evidence (county, dataset, finding_id, round, place);
CREATE INDEX evidence_record_key_idx ON computed.evidence (county, record_key, finding_id, round, place);
CREATE INDEX evidence_region_idx ON computed.evidence (county, region, finding_id, round, place);
CREATE TABLE computed.finding_event (
    county TEXT COLLATE "C" NOT NULL,
    event_id TEXT COLLATE "C" NOT NULL,
    finding_id TEXT COLLATE "C" NOT NULL,
    rule_code TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    happened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    as_of DATE,
    severity TEXT COLLATE "C" NOT NULL,
    client TEXT COLLATE "C",
    staff TEXT COLLATE "C",
    words TEXT COLLATE "C",
    assignee TEXT COLLATE "C",
    disposal TEXT COLLATE "C",
    household_id TEXT COLLATE "C",
    region TEXT COLLATE "C" NOT NULL,
    computed_in BIGINT NOT NULL,
    written_in BIGINT DEFAULT pg_current_xact_id()::text::bigint NOT NULL,
    CONSTRAINT finding_event_pkey PRIMARY KEY (county, event_id)
);
CREATE INDEX finding_event_assignee_idx ON computed.finding_event (county, assignee, event_id);
CREATE INDEX finding_event_client_idx ON computed.finding_event (county, client, event_id);
CREATE INDEX finding_event_disposal_idx ON computed.finding_event (county, disposal, event_id);
CREATE INDEX finding_event_finding_id_idx ON computed.finding_event (county, finding_id, event_id);
CREATE INDEX finding_event_happened_at_idx ON computed.finding_event (county, happened_at, event_id);
CREATE INDEX finding_event_kind_idx ON computed.finding_event (county, kind, event_id);
CREATE INDEX finding_event_region_idx ON computed.finding_event (county, region, event_id);
CREATE INDEX finding_event_rule_code_idx ON computed.finding_event (county, rule_code, event_id);
CREATE INDEX finding_event_severity_idx ON computed.finding_event (county, severity, event_id);
CREATE INDEX finding_event_staff_idx ON computed.finding_event (county, staff, event_id);
CREATE INDEX finding_event_written_in_idx ON computed.finding_event (county, written_in, event_id);
grant usage on schema computed to hub_decision;
alter table computed.rule enable row level security;
alter table computed.rule force row level security;
create policy hub_rules on computed.rule to hub_rules using (county = current_setting('hub.county')) with check (county = current_setting('hub.county'));
grant select, insert, update, delete on computed.rule to hub_rules;
create policy hub_api on computed.rule for select to hub_api using (county = current_setting('hub.county'));
grant select (county, code, title, title_zh, says, says_zh, agencies, kind, severity, standing, lacks, parameters, proposed_disposal, last_run_on, milliseconds, computed_in) on computed.rule to hub_api;
alter table computed.finding enable row level security;
alter table computed.finding force row level security;
create policy hub_rules on computed.finding to hub_rules using (county = current_setting('hub.county')) with check (county = current_setting('hub.county'));
grant select, insert, update, delete on computed.finding to hub_rules;
create policy hub_api on computed.finding for select to hub_api using (county = current_setting('hub.county') and region >= current_setting('hub.region_from') and region <= current_setting('hub.region_to'));
grant select (county, finding_id, rule_code, kind, severity, state, subject_dataset, subject_key, household_id, loan_id, since, amount, days, proposed_disposal, decided_disposal, responsible_agency, owner_name, first_contact, deadline, opened_on, closed_on, times_opened, region, computed_in) on computed.finding to hub_api;
create policy hub_decision on computed.finding for select to hub_decision using (county = current_setting('hub.county') and region >= current_setting('hub.region_from') and region <= current_setting('hub.region_to'));
grant select (county, finding_id, rule_code, severity, state, household_id, region) on computed.finding to hub_decision;
create policy hub_owner on computed.finding to hub_owner using (county = current_setting('hub.county')) with check (county = current_setting('hub.county'));
alter table computed.evidence enable row level security;
alter table computed.evidence force row level security;
create policy hub_rules on computed.evidence to hub_rules using (county = current_setting('hub.county')) with check (county = current_setting('hub.county'));
grant select, insert, update, delete on computed.evidence to hub_rules;
create policy hub_api on computed.evidence for select to hub_api using (county = current_setting('hub.county') and region >= current_setting('hub.region_from') and region <= current_setting('hub.region_to'));
grant select (county, finding_id, round, place, dataset, record_key, household_id, region, source_part, source_row, recorded_in, computed_in) on computed.evidence to hub_api;
alter table computed.finding_event enable row level security;
alter table computed.finding_event force row level security;
create policy hub_rules on computed.finding_event to hub_rules using (county = current_setting('hub.county')) with check (county = current_setting('hub.county'));
grant select, insert on computed.finding_event to hub_rules;
create policy hub_api on computed.finding_event for select to hub_api using (county = current_setting('hub.county') and region >= current_setting('hub.region_from') and region <= current_setting('hub.region_to'));
grant select (county, event_id, finding_id, rule_code, kind, happened_at, as_of, severity, client, staff, words, assignee, disposal, household_id, region, computed_in, written_in) on computed.finding_event to hub_api;
create policy hub_decision on computed.finding_event for insert to hub_decision with check (county = current_setting('hub.county') and region >= current_setting('hub.region_from') and region <= current_setting('hub.region_to'));
grant insert (county, event_id, finding_id, rule_code, kind, happened_at, as_of, severity, client, staff, words, assignee, disposal, household_id, region, computed_in) on computed.finding_event to hub_decision;

-- A finding follows what a named person says of it, in the same transaction. The writer itself can change nothing.
create function computed.follow_finding_event() returns trigger
language plpgsql security definer
set search_path = pg_catalog
as $$
begin
    update computed.finding f
    set state = case when f.state = 'CLOSED' or new.kind = 'COMMENTED' then f.state else new.kind end,
        owner_name = case when new.kind = 'ASSIGNED' then new.assignee else f.owner_name end,
        decided_disposal = case when new.kind = 'DECIDED' then new.disposal else f.decided_disposal end,
        first_contact = coalesce(f.first_contact, new.staff)
    where f.county = new.county and f.finding_id = new.finding_id;
    return null;
end
$$;
revoke execute on function computed.follow_finding_event() from public;
create trigger follow after insert on computed.finding_event
    for each row when (new.staff is not null) execute function computed.follow_finding_event();
