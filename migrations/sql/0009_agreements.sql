-- The register of sharing agreements, each change of which is counted; frozen.
CREATE TABLE access.agreement (
    county TEXT COLLATE "C" NOT NULL,
    agreement_id TEXT COLLATE "C" NOT NULL,
    provider TEXT COLLATE "C" NOT NULL,
    consumer TEXT COLLATE "C" NOT NULL,
    terms TEXT COLLATE "C" NOT NULL,
    added_by TEXT COLLATE "C" NOT NULL,
    added_at TIMESTAMP WITH TIME ZONE NOT NULL,
    provider_approved_by TEXT COLLATE "C",
    provider_approved_at TIMESTAMP WITH TIME ZONE,
    consumer_approved_by TEXT COLLATE "C",
    consumer_approved_at TIMESTAMP WITH TIME ZONE,
    revoked_by TEXT COLLATE "C",
    revoked_at TIMESTAMP WITH TIME ZONE,
    revoked_why TEXT COLLATE "C",
    CONSTRAINT agreement_pkey PRIMARY KEY (county, agreement_id)
);
grant usage on schema access to hub_identity;
alter table access.agreement enable row level security;
alter table access.agreement force row level security;
create policy hub_owner on access.agreement to hub_owner using (county = current_setting('hub.county')) with check (county = current_setting('hub.county'));
create policy hub_identity on access.agreement for select to hub_identity using (county = current_setting('hub.county'));
grant select on access.agreement to hub_identity;

-- The owner counts its own changes of agreements.
create policy hub_owner on identity.authority to hub_owner using (county = current_setting('hub.county')) with check (county = current_setting('hub.county'));
create trigger count_change after insert or update or delete on access.agreement
for each row execute function identity.count_change();

-- Two tables that the rules read like the rest of their schema; the step that made them landed beside the rules' own.
create policy hub_rules on sync.alarm for select to hub_rules using (county = current_setting('hub.county'));
grant select on sync.alarm to hub_rules;
create policy hub_rules on sync.freshness for select to hub_rules using (county = current_setting('hub.county'));
grant select on sync.freshness to hub_rules;
