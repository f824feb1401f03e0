-- Identity: tables, row security, and the count of changes that every process compares with; frozen.
CREATE TABLE identity.attempt (
    county TEXT COLLATE "C" NOT NULL,
    digest BYTEA NOT NULL,
    failures INTEGER NOT NULL,
    locked_until TIMESTAMP WITH TIME ZONE NOT NULL,
    totp_step BIGINT NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT attempt_pkey PRIMARY KEY (county, digest)
);
CREATE INDEX attempt_expires_at_idx ON identity.attempt (county, expires_at);
CREATE TABLE identity.authority (
    county TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT authority_pkey PRIMARY KEY (county)
);
CREATE TABLE identity.client (
    county TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    agency TEXT COLLATE "C",
    region TEXT COLLATE "C" NOT NULL,
    purposes TEXT[] COLLATE "C" NOT NULL,
    scopes TEXT[] COLLATE "C" NOT NULL,
    generation BIGINT NOT NULL,
    added_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    keys TEXT COLLATE "C" NOT NULL,
    secret_hash TEXT COLLATE "C",
    redirects TEXT[] COLLATE "C" NOT NULL,
    CONSTRAINT client_pkey PRIMARY KEY (county, name)
);
CREATE TABLE identity.code (
    county TEXT COLLATE "C" NOT NULL,
    digest BYTEA NOT NULL,
    client TEXT COLLATE "C" NOT NULL,
    staff TEXT COLLATE "C" NOT NULL,
    parameters TEXT COLLATE "C" NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    token_id TEXT COLLATE "C",
    CONSTRAINT code_pkey PRIMARY KEY (county, digest)
);
CREATE INDEX code_expires_at_idx ON identity.code (county, expires_at);
CREATE TABLE identity.pushed_request (
    county TEXT COLLATE "C" NOT NULL,
    digest BYTEA NOT NULL,
    client TEXT COLLATE "C" NOT NULL,
    parameters TEXT COLLATE "C" NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pushed_request_pkey PRIMARY KEY (county, digest)
);
CREATE INDEX pushed_request_expires_at_idx ON identity.pushed_request (county, expires_at);
CREATE TABLE identity.revoked_token (
    county TEXT COLLATE "C" NOT NULL,
    token_id TEXT COLLATE "C" NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT revoked_token_pkey PRIMARY KEY (county, token_id)
);
CREATE TABLE identity.session (
    county TEXT COLLATE "C" NOT NULL,
    digest BYTEA NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    staff TEXT COLLATE "C",
    parameters TEXT COLLATE "C" NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT session_pkey PRIMARY KEY (county, digest)
);
CREATE INDEX session_expires_at_idx ON identity.session (county, expires_at);
CREATE TABLE identity.staff (
    county TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    agency TEXT COLLATE "C",
    region TEXT COLLATE "C" NOT NULL,
    purposes TEXT[] COLLATE "C" NOT NULL,
    scopes TEXT[] COLLATE "C" NOT NULL,
    generation BIGINT NOT NULL,
    added_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    person TEXT COLLATE "C" NOT NULL,
    password_hash TEXT COLLATE "C",
    totp_secret TEXT COLLATE "C",
    openid_subject TEXT COLLATE "C",
    CONSTRAINT staff_pkey PRIMARY KEY (county, name)
);
CREATE TABLE identity.used_assertion (
    county TEXT COLLATE "C" NOT NULL,
    digest BYTEA NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT used_assertion_pkey PRIMARY KEY (county, digest)
);
CREATE INDEX used_assertion_expires_at_idx ON identity.used_assertion (county, expires_at);
grant usage on schema identity to hub_identity;
grant usage on schema identity to hub_api;
alter table identity.attempt enable row level security;
alter table identity.attempt force row level security;
create policy hub_identity on identity.attempt to hub_identity using (county = current_setting('hub.county')) with check (county = current_setting('hub.county'));
grant select, insert, update, delete on identity.attempt to hub_identity;
alter table identity.authority enable row level security;
alter table identity.authority force row level security;
create policy hub_identity on identity.authority to hub_identity using (county = current_setting('hub.county')) with check (county = current_setting('hub.county'));
grant select, insert, update on identity.authority to hub_identity;
create policy hub_api on identity.authority for select to hub_api using (true);
grant select (county, version) on identity.authority to hub_api;
alter table identity.client enable row level security;
alter table identity.client force row level security;
create policy hub_identity on identity.client to hub_identity using (county = current_setting('hub.county')) with check (county = current_setting('hub.county'));
grant select, insert, update, delete on identity.client to hub_identity;
alter table identity.code enable row level security;
alter table identity.code force row level security;
create policy hub_identity on identity.code to hub_identity using (county = current_setting('hub.county')) with check (county = current_setting('hub.county'));
grant select, insert, update, delete on identity.code to hub_identity;
alter table identity.pushed_request enable row level security;
alter table identity.pushed_request force row level security;
create policy hub_identity on identity.pushed_request to hub_identity using (county = current_setting('hub.county')) with check (county = current_setting('hub.county'));
grant select, insert, update, delete on identity.pushed_request to hub_identity;
alter table identity.revoked_token enable row level security;
alter table identity.revoked_token force row level security;
create policy hub_identity on identity.revoked_token to hub_identity using (county = current_setting('hub.county')) with check (county = current_setting('hub.county'));
grant select, insert, update, delete on identity.revoked_token to hub_identity;
alter table identity.session enable row level security;
alter table identity.session force row level security;
create policy hub_identity on identity.session to hub_identity using (county = current_setting('hub.county')) with check (county = current_setting('hub.county'));
grant select, insert, update, delete on identity.session to hub_identity;
alter table identity.staff enable row level security;
alter table identity.staff force row level security;
create policy hub_identity on identity.staff to hub_identity using (county = current_setting('hub.county')) with check (county = current_setting('hub.county'));
grant select, insert, update, delete on identity.staff to hub_identity;
alter table identity.used_assertion enable row level security;
alter table identity.used_assertion force row level security;
create policy hub_identity on identity.used_assertion to hub_identity using (county = current_setting('hub.county')) with check (county = current_setting('hub.county'));
grant select, insert, update, delete on identity.used_assertion to hub_identity;

-- Row by row, as whoever changes the row: a role that may change who may do what must also be able to count it.
create function identity.count_change() returns trigger
language plpgsql
set search_path = pg_catalog
as $$
declare
    changed text := case when tg_op = 'DELETE' then old.county else new.county end;
begin
    insert into identity.authority as counted (county, version) values (changed, 1)
    on conflict (county) do update set version = counted.version + 1;
    return null;
end
$$;
create trigger count_change after insert or update or delete on identity.client
for each row execute function identity.count_change();
create trigger count_change after insert or update or delete on identity.staff
for each row execute function identity.count_change();
-- Not on delete: a revocation is removed when its token has expired.
create trigger count_change after insert or update on identity.revoked_token
for each row execute function identity.count_change();
