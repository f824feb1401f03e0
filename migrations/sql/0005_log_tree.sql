-- The disclosure log's tree: leaves that outlive their entries, what is signed of them, what witnesses say.

CREATE TABLE audit.leaf_run (
  county TEXT COLLATE "C" NOT NULL,
  first_index BIGINT NOT NULL,
  leaves INTEGER NOT NULL,
  month DATE NOT NULL,
  last_xid BIGINT NOT NULL,
  xids BIGINT[] NOT NULL,
  entry_ids UUID[] NOT NULL,
  hashes BYTEA NOT NULL,
  CONSTRAINT leaf_run_pkey PRIMARY KEY (county, first_index)
);

CREATE INDEX leaf_run_last_xid_idx ON audit.leaf_run (county, last_xid);

CREATE TABLE audit.node (
  county TEXT COLLATE "C" NOT NULL,
  algorithm TEXT COLLATE "C" NOT NULL,
  level INTEGER NOT NULL,
  number BIGINT NOT NULL,
  hash BYTEA NOT NULL,
  CONSTRAINT node_pkey PRIMARY KEY (county, algorithm, level, number)
);

CREATE TABLE audit.checkpoint (
  county TEXT COLLATE "C" NOT NULL,
  checkpoint_id BIGINT GENERATED ALWAYS AS IDENTITY,
  size BIGINT NOT NULL,
  note TEXT COLLATE "C" NOT NULL,
  signed_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT checkpoint_pkey PRIMARY KEY (county, checkpoint_id)
);

CREATE TABLE audit.cosignature (
  county TEXT COLLATE "C" NOT NULL,
  cosignature_id BIGINT GENERATED ALWAYS AS IDENTITY,
  witness TEXT COLLATE "C" NOT NULL,
  size BIGINT NOT NULL,
  line TEXT COLLATE "C" NOT NULL,
  cosigned_at TIMESTAMP WITH TIME ZONE NOT NULL,
  received_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT cosignature_pkey PRIMARY KEY (county, cosignature_id)
);

CREATE INDEX cosignature_size_idx ON audit.cosignature (county, size);

CREATE INDEX cosignature_witness_idx ON audit.cosignature (county, witness, cosignature_id);

CREATE TABLE audit.disagreement (
  county TEXT COLLATE "C" NOT NULL,
  disagreement_id BIGINT GENERATED ALWAYS AS IDENTITY,
  witness TEXT COLLATE "C" NOT NULL,
  report TEXT COLLATE "C" NOT NULL,
  reported_at TIMESTAMP WITH TIME ZONE NOT NULL,
  received_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT disagreement_pkey PRIMARY KEY (county, disagreement_id)
);

CREATE TABLE audit.expired_month (
  county TEXT COLLATE "C" NOT NULL,
  month DATE NOT NULL,
  entries BIGINT NOT NULL,
  expired_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT expired_month_pkey PRIMARY KEY (county, month)
);

-- Hashes do not compress; trying would only cost time.
alter table audit.leaf_run alter column hashes set storage external;

alter table audit.leaf_run enable row level security;
alter table audit.leaf_run force row level security;
create policy hub_api on audit.leaf_run for select to hub_api using (county = current_setting('hub.county') and current_setting('hub.reads_log', true) = 'yes');
grant select (county, first_index, leaves, month, last_xid, xids, entry_ids, hashes) on audit.leaf_run to hub_api;
create policy hub_audit on audit.leaf_run for select to hub_audit using (county = current_setting('hub.county'));
grant select on audit.leaf_run to hub_audit;
create policy hub_audit_appends on audit.leaf_run for insert to hub_audit with check (county = current_setting('hub.county'));
grant insert (county, first_index, leaves, month, last_xid, xids, entry_ids, hashes) on audit.leaf_run to hub_audit;
alter table audit.node enable row level security;
alter table audit.node force row level security;
create policy hub_api on audit.node for select to hub_api using (county = current_setting('hub.county') and current_setting('hub.reads_log', true) = 'yes');
grant select (county, algorithm, level, number, hash) on audit.node to hub_api;
create policy hub_audit on audit.node for select to hub_audit using (county = current_setting('hub.county'));
grant select on audit.node to hub_audit;
create policy hub_audit_appends on audit.node for insert to hub_audit with check (county = current_setting('hub.county'));
grant insert (county, algorithm, level, number, hash) on audit.node to hub_audit;
alter table audit.checkpoint enable row level security;
alter table audit.checkpoint force row level security;
create policy hub_api on audit.checkpoint for select to hub_api using (county = current_setting('hub.county') and current_setting('hub.reads_log', true) = 'yes');
grant select (county, checkpoint_id, size, note, signed_at) on audit.checkpoint to hub_api;
create policy hub_audit on audit.checkpoint for select to hub_audit using (county = current_setting('hub.county'));
grant select on audit.checkpoint to hub_audit;
create policy hub_audit_appends on audit.checkpoint for insert to hub_audit with check (county = current_setting('hub.county'));
grant insert (county, size, note) on audit.checkpoint to hub_audit;
alter table audit.cosignature enable row level security;
alter table audit.cosignature force row level security;
create policy hub_log on audit.cosignature for insert to hub_log with check (county = current_setting('hub.county'));
grant insert (county, witness, size, line, cosigned_at) on audit.cosignature to hub_log;
create policy hub_api on audit.cosignature for select to hub_api using (county = current_setting('hub.county') and current_setting('hub.reads_log', true) = 'yes');
grant select (county, cosignature_id, witness, size, line, cosigned_at, received_at) on audit.cosignature to hub_api;
create policy hub_audit on audit.cosignature for select to hub_audit using (county = current_setting('hub.county'));
grant select on audit.cosignature to hub_audit;
alter table audit.disagreement enable row level security;
alter table audit.disagreement force row level security;
create policy hub_log on audit.disagreement for insert to hub_log with check (county = current_setting('hub.county'));
grant insert (county, witness, report, reported_at) on audit.disagreement to hub_log;
create policy hub_api on audit.disagreement for select to hub_api using (county = current_setting('hub.county') and current_setting('hub.reads_log', true) = 'yes');
grant select (county, disagreement_id, witness, report, reported_at, received_at) on audit.disagreement to hub_api;
create policy hub_audit on audit.disagreement for select to hub_audit using (county = current_setting('hub.county'));
grant select on audit.disagreement to hub_audit;
alter table audit.expired_month enable row level security;
alter table audit.expired_month force row level security;
create policy hub_api on audit.expired_month for select to hub_api using (county = current_setting('hub.county') and current_setting('hub.reads_log', true) = 'yes');
grant select (county, month, entries, expired_at) on audit.expired_month to hub_api;
create policy hub_audit on audit.expired_month for select to hub_audit using (county = current_setting('hub.county'));
grant select on audit.expired_month to hub_audit;
create policy hub_audit_appends on audit.expired_month for insert to hub_audit with check (county = current_setting('hub.county'));
grant insert (county, month, entries) on audit.expired_month to hub_audit;
