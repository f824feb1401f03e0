-- The tables as the catalogue declared them when the hub began; frozen. Later changes are later migrations.

CREATE TABLE audit.disclosure (
  county TEXT COLLATE "C" NOT NULL,
  entry_id BIGINT GENERATED ALWAYS AS IDENTITY,
  disclosed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  client TEXT COLLATE "C" NOT NULL,
  role TEXT COLLATE "C" NOT NULL,
  agency TEXT COLLATE "C",
  region TEXT COLLATE "C" NOT NULL,
  purpose TEXT COLLATE "C" NOT NULL,
  operation_name TEXT COLLATE "C",
  operation_digest BYTEA NOT NULL,
  fields TEXT[] COLLATE "C" NOT NULL,
  outcome TEXT COLLATE "C" NOT NULL,
  response_digest BYTEA,
  CONSTRAINT disclosure_pkey PRIMARY KEY (county, entry_id)
);

CREATE TABLE history.application (
  county TEXT COLLATE "C" NOT NULL,
  application_id TEXT COLLATE "C" NOT NULL,
  household_id TEXT COLLATE "C" NOT NULL,
  filed_on DATE,
  rated_on DATE,
  credit_grade TEXT COLLATE "C",
  has_willingness BOOLEAN,
  has_potential BOOLEAN,
  has_repayment_ability BOOLEAN,
  lacks_funds BOOLEAN,
  is_eligible BOOLEAN,
  ineligible_reason TEXT COLLATE "C",
  amount_requested BIGINT,
  applied_on DATE,
  village_reviewed_on DATE,
  township_reviewed_on DATE,
  county_reviewed_on DATE,
  state TEXT COLLATE "C" NOT NULL,
  region TEXT COLLATE "C" NOT NULL,
  source_part BIGINT NOT NULL,
  source_row INTEGER NOT NULL,
  recorded_in BIGINT NOT NULL,
  superseded_in BIGINT NOT NULL,
  superseded_by TEXT COLLATE "C" NOT NULL,
  CONSTRAINT application_pkey PRIMARY KEY (county, application_id, superseded_in)
);

CREATE TABLE history.compensation_case (
  county TEXT COLLATE "C" NOT NULL,
  case_id TEXT COLLATE "C" NOT NULL,
  loan_id TEXT COLLATE "C" NOT NULL,
  trigger TEXT COLLATE "C" NOT NULL,
  applied_on DATE NOT NULL,
  approved_on DATE,
  paid_on DATE,
  principal_loss BIGINT NOT NULL,
  interest_loss BIGINT,
  fund_share BIGINT,
  amount BIGINT NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  household_id TEXT COLLATE "C",
  region TEXT COLLATE "C" NOT NULL,
  source_part BIGINT NOT NULL,
  source_row INTEGER NOT NULL,
  recorded_in BIGINT NOT NULL,
  superseded_in BIGINT NOT NULL,
  superseded_by TEXT COLLATE "C" NOT NULL,
  CONSTRAINT compensation_case_pkey PRIMARY KEY (county, case_id, superseded_in)
);

CREATE TABLE history.enterprise (
  county TEXT COLLATE "C" NOT NULL,
  credit_code TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C",
  legal_representative TEXT COLLATE "C",
  region_code TEXT COLLATE "C" NOT NULL,
  status TEXT COLLATE "C",
  region TEXT COLLATE "C" NOT NULL,
  source_part BIGINT NOT NULL,
  source_row INTEGER NOT NULL,
  recorded_in BIGINT NOT NULL,
  superseded_in BIGINT NOT NULL,
  superseded_by TEXT COLLATE "C" NOT NULL,
  CONSTRAINT enterprise_pkey PRIMARY KEY (county, credit_code, superseded_in)
);

CREATE TABLE history.enterprise_use (
  county TEXT COLLATE "C" NOT NULL,
  agreement_number TEXT COLLATE "C" NOT NULL,
  credit_code TEXT COLLATE "C" NOT NULL,
  household_id TEXT COLLATE "C" NOT NULL,
  loan_id TEXT COLLATE "C" NOT NULL,
  amount BIGINT NOT NULL,
  agreed_on DATE NOT NULL,
  ends_on DATE,
  exited_on DATE,
  dividend BIGINT,
  region TEXT COLLATE "C" NOT NULL,
  source_part BIGINT NOT NULL,
  source_row INTEGER NOT NULL,
  recorded_in BIGINT NOT NULL,
  superseded_in BIGINT NOT NULL,
  superseded_by TEXT COLLATE "C" NOT NULL,
  CONSTRAINT enterprise_use_pkey PRIMARY KEY (county, agreement_number, superseded_in)
);

CREATE TABLE history.extension (
  county TEXT COLLATE "C" NOT NULL,
  extension_id TEXT COLLATE "C" NOT NULL,
  loan_id TEXT COLLATE "C" NOT NULL,
  signed_on DATE NOT NULL,
  original_due_on DATE NOT NULL,
  extended_due_on DATE NOT NULL,
  amount BIGINT NOT NULL,
  rate BIGINT,
  reason TEXT COLLATE "C",
  household_id TEXT COLLATE "C",
  region TEXT COLLATE "C" NOT NULL,
  source_part BIGINT NOT NULL,
  source_row INTEGER NOT NULL,
  recorded_in BIGINT NOT NULL,
  superseded_in BIGINT NOT NULL,
  superseded_by TEXT COLLATE "C" NOT NULL,
  CONSTRAINT extension_pkey PRIMARY KEY (county, extension_id, superseded_in)
);

CREATE TABLE history.fund_transaction (
  county TEXT COLLATE "C" NOT NULL,
  transaction_id TEXT COLLATE "C" NOT NULL,
  booked_on DATE NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  amount BIGINT NOT NULL,
  case_id TEXT COLLATE "C",
  note TEXT COLLATE "C",
  household_id TEXT COLLATE "C",
  region TEXT COLLATE "C" NOT NULL,
  source_part BIGINT NOT NULL,
  source_row INTEGER NOT NULL,
  recorded_in BIGINT NOT NULL,
  superseded_in BIGINT NOT NULL,
  superseded_by TEXT COLLATE "C" NOT NULL,
  CONSTRAINT fund_transaction_pkey PRIMARY KEY (county, transaction_id, superseded_in)
);

CREATE TABLE history.household (
  county TEXT COLLATE "C" NOT NULL,
  household_id TEXT COLLATE "C" NOT NULL,
  region_code TEXT COLLATE "C" NOT NULL,
  head_name TEXT COLLATE "C" NOT NULL,
  size_declared INTEGER NOT NULL,
  poverty_status TEXT COLLATE "C" NOT NULL,
  cause TEXT COLLATE "C",
  registered_on DATE NOT NULL,
  removed_on DATE,
  income_per_head BIGINT,
  phone TEXT COLLATE "C",
  region TEXT COLLATE "C" NOT NULL,
  source_part BIGINT NOT NULL,
  source_row INTEGER NOT NULL,
  recorded_in BIGINT NOT NULL,
  superseded_in BIGINT NOT NULL,
  superseded_by TEXT COLLATE "C" NOT NULL,
  CONSTRAINT household_pkey PRIMARY KEY (county, household_id, superseded_in)
);

CREATE TABLE history.interest_collection (
  county TEXT COLLATE "C" NOT NULL,
  collection_id TEXT COLLATE "C" NOT NULL,
  loan_id TEXT COLLATE "C" NOT NULL,
  period_from DATE NOT NULL,
  period_to DATE NOT NULL,
  days INTEGER,
  collected_on DATE NOT NULL,
  interest BIGINT NOT NULL,
  household_id TEXT COLLATE "C",
  region TEXT COLLATE "C" NOT NULL,
  source_part BIGINT NOT NULL,
  source_row INTEGER NOT NULL,
  recorded_in BIGINT NOT NULL,
  superseded_in BIGINT NOT NULL,
  superseded_by TEXT COLLATE "C" NOT NULL,
  CONSTRAINT interest_collection_pkey PRIMARY KEY (county, collection_id, superseded_in)
);

CREATE TABLE history.loan (
  county TEXT COLLATE "C" NOT NULL,
  loan_id TEXT COLLATE "C" NOT NULL,
  contract_number TEXT COLLATE "C" NOT NULL,
  account_number TEXT COLLATE "C",
  borrower_name TEXT COLLATE "C" NOT NULL,
  borrower_identity_number TEXT COLLATE "C" NOT NULL,
  product TEXT COLLATE "C",
  amount BIGINT NOT NULL,
  balance BIGINT NOT NULL,
  rate BIGINT NOT NULL,
  disbursed_on DATE NOT NULL,
  due_on DATE NOT NULL,
  settled_on DATE,
  issue_type TEXT COLLATE "C" NOT NULL,
  previous_loan_id TEXT COLLATE "C",
  classification TEXT COLLATE "C" NOT NULL,
  status TEXT COLLATE "C" NOT NULL,
  interest_method TEXT COLLATE "C",
  is_subsidised BOOLEAN,
  purpose TEXT COLLATE "C",
  branch TEXT COLLATE "C",
  officer TEXT COLLATE "C",
  disbursement_account TEXT COLLATE "C",
  household_id TEXT COLLATE "C",
  region TEXT COLLATE "C" NOT NULL,
  source_part BIGINT NOT NULL,
  source_row INTEGER NOT NULL,
  recorded_in BIGINT NOT NULL,
  superseded_in BIGINT NOT NULL,
  superseded_by TEXT COLLATE "C" NOT NULL,
  CONSTRAINT loan_pkey PRIMARY KEY (county, loan_id, superseded_in)
);

CREATE TABLE history.membership (
  county TEXT COLLATE "C" NOT NULL,
  person_id TEXT COLLATE "C" NOT NULL,
  household_id TEXT COLLATE "C" NOT NULL,
  relation TEXT COLLATE "C" NOT NULL,
  valid_from DATE NOT NULL,
  valid_to DATE,
  region TEXT COLLATE "C" NOT NULL,
  source_part BIGINT NOT NULL,
  source_row INTEGER NOT NULL,
  recorded_in BIGINT NOT NULL,
  superseded_in BIGINT NOT NULL,
  superseded_by TEXT COLLATE "C" NOT NULL,
  CONSTRAINT membership_pkey PRIMARY KEY (county, person_id, household_id, valid_from, superseded_in)
);

CREATE TABLE history.officer_assignment (
  county TEXT COLLATE "C" NOT NULL,
  assignment_id TEXT COLLATE "C" NOT NULL,
  household_id TEXT COLLATE "C" NOT NULL,
  officer_name TEXT COLLATE "C" NOT NULL,
  role TEXT COLLATE "C",
  phone TEXT COLLATE "C",
  valid_from DATE NOT NULL,
  valid_to DATE,
  region TEXT COLLATE "C" NOT NULL,
  source_part BIGINT NOT NULL,
  source_row INTEGER NOT NULL,
  recorded_in BIGINT NOT NULL,
  superseded_in BIGINT NOT NULL,
  superseded_by TEXT COLLATE "C" NOT NULL,
  CONSTRAINT officer_assignment_pkey PRIMARY KEY (county, assignment_id, superseded_in)
);

CREATE TABLE history.person (
  county TEXT COLLATE "C" NOT NULL,
  person_id TEXT COLLATE "C" NOT NULL,
  household_id TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  identity_number TEXT COLLATE "C" NOT NULL,
  sex TEXT COLLATE "C",
  birth_date DATE,
  labour TEXT COLLATE "C",
  is_main_labour BOOLEAN,
  health TEXT COLLATE "C",
  ethnicity TEXT COLLATE "C",
  phone TEXT COLLATE "C",
  region TEXT COLLATE "C" NOT NULL,
  source_part BIGINT NOT NULL,
  source_row INTEGER NOT NULL,
  recorded_in BIGINT NOT NULL,
  superseded_in BIGINT NOT NULL,
  superseded_by TEXT COLLATE "C" NOT NULL,
  CONSTRAINT person_pkey PRIMARY KEY (county, person_id, superseded_in)
);

CREATE TABLE history.recovery (
  county TEXT COLLATE "C" NOT NULL,
  recovery_id TEXT COLLATE "C" NOT NULL,
  loan_id TEXT COLLATE "C" NOT NULL,
  case_id TEXT COLLATE "C",
  recovered_on DATE NOT NULL,
  amount BIGINT NOT NULL,
  fund_part BIGINT,
  bank_part BIGINT,
  household_id TEXT COLLATE "C",
  region TEXT COLLATE "C" NOT NULL,
  source_part BIGINT NOT NULL,
  source_row INTEGER NOT NULL,
  recorded_in BIGINT NOT NULL,
  superseded_in BIGINT NOT NULL,
  superseded_by TEXT COLLATE "C" NOT NULL,
  CONSTRAINT recovery_pkey PRIMARY KEY (county, recovery_id, superseded_in)
);

CREATE TABLE history.region (
  county TEXT COLLATE "C" NOT NULL,
  code TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  level TEXT COLLATE "C" NOT NULL,
  parent_code TEXT COLLATE "C",
  region TEXT COLLATE "C" NOT NULL,
  source_part BIGINT NOT NULL,
  source_row INTEGER NOT NULL,
  recorded_in BIGINT NOT NULL,
  superseded_in BIGINT NOT NULL,
  superseded_by TEXT COLLATE "C" NOT NULL,
  CONSTRAINT region_pkey PRIMARY KEY (county, code, superseded_in)
);

CREATE TABLE history.renewal (
  county TEXT COLLATE "C" NOT NULL,
  loan_id TEXT COLLATE "C" NOT NULL,
  previous_loan_id TEXT COLLATE "C" NOT NULL,
  renewed_on DATE NOT NULL,
  amount BIGINT NOT NULL,
  reason TEXT COLLATE "C",
  household_id TEXT COLLATE "C",
  region TEXT COLLATE "C" NOT NULL,
  source_part BIGINT NOT NULL,
  source_row INTEGER NOT NULL,
  recorded_in BIGINT NOT NULL,
  superseded_in BIGINT NOT NULL,
  superseded_by TEXT COLLATE "C" NOT NULL,
  CONSTRAINT renewal_pkey PRIMARY KEY (county, loan_id, superseded_in)
);

CREATE TABLE history.repayment (
  county TEXT COLLATE "C" NOT NULL,
  repayment_id TEXT COLLATE "C" NOT NULL,
  loan_id TEXT COLLATE "C" NOT NULL,
  paid_on DATE NOT NULL,
  principal BIGINT NOT NULL,
  penalty BIGINT NOT NULL,
  payer_account TEXT COLLATE "C",
  origin TEXT COLLATE "C" NOT NULL,
  household_id TEXT COLLATE "C",
  region TEXT COLLATE "C" NOT NULL,
  source_part BIGINT NOT NULL,
  source_row INTEGER NOT NULL,
  recorded_in BIGINT NOT NULL,
  superseded_in BIGINT NOT NULL,
  superseded_by TEXT COLLATE "C" NOT NULL,
  CONSTRAINT repayment_pkey PRIMARY KEY (county, repayment_id, superseded_in)
);

CREATE TABLE history.risk_event (
  county TEXT COLLATE "C" NOT NULL,
  event_id TEXT COLLATE "C" NOT NULL,
  person_id TEXT COLLATE "C",
  reported_household_id TEXT COLLATE "C",
  kind TEXT COLLATE "C" NOT NULL,
  occurred_on DATE NOT NULL,
  known_on DATE,
  proof TEXT COLLATE "C",
  household_id TEXT COLLATE "C",
  region TEXT COLLATE "C" NOT NULL,
  source_part BIGINT NOT NULL,
  source_row INTEGER NOT NULL,
  recorded_in BIGINT NOT NULL,
  superseded_in BIGINT NOT NULL,
  superseded_by TEXT COLLATE "C" NOT NULL,
  CONSTRAINT risk_event_pkey PRIMARY KEY (county, event_id, superseded_in)
);

CREATE TABLE history.service_point (
  county TEXT COLLATE "C" NOT NULL,
  point_id TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  region_code TEXT COLLATE "C" NOT NULL,
  has_withdrawal_post BOOLEAN,
  has_commerce_post BOOLEAN,
  region TEXT COLLATE "C" NOT NULL,
  source_part BIGINT NOT NULL,
  source_row INTEGER NOT NULL,
  recorded_in BIGINT NOT NULL,
  superseded_in BIGINT NOT NULL,
  superseded_by TEXT COLLATE "C" NOT NULL,
  CONSTRAINT service_point_pkey PRIMARY KEY (county, point_id, superseded_in)
);

CREATE TABLE history.subsidy_payment (
  county TEXT COLLATE "C" NOT NULL,
  voucher_number TEXT COLLATE "C" NOT NULL,
  line INTEGER NOT NULL,
  batch TEXT COLLATE "C",
  loan_id TEXT COLLATE "C",
  payee_name TEXT COLLATE "C",
  payee_identity_number TEXT COLLATE "C",
  principal BIGINT NOT NULL,
  rate BIGINT NOT NULL,
  period_from DATE NOT NULL,
  period_to DATE NOT NULL,
  days INTEGER,
  amount_due BIGINT,
  amount BIGINT NOT NULL,
  account_number TEXT COLLATE "C",
  paid_on DATE NOT NULL,
  household_id TEXT COLLATE "C",
  region TEXT COLLATE "C" NOT NULL,
  source_part BIGINT NOT NULL,
  source_row INTEGER NOT NULL,
  recorded_in BIGINT NOT NULL,
  superseded_in BIGINT NOT NULL,
  superseded_by TEXT COLLATE "C" NOT NULL,
  CONSTRAINT subsidy_payment_pkey PRIMARY KEY (county, voucher_number, line, superseded_in)
);

CREATE TABLE record.application (
  county TEXT COLLATE "C" NOT NULL,
  application_id TEXT COLLATE "C" NOT NULL,
  household_id TEXT COLLATE "C" NOT NULL,
  filed_on DATE,
  rated_on DATE,
  credit_grade TEXT COLLATE "C",
  has_willingness BOOLEAN,
  has_potential BOOLEAN,
  has_repayment_ability BOOLEAN,
  lacks_funds BOOLEAN,
  is_eligible BOOLEAN,
  ineligible_reason TEXT COLLATE "C",
  amount_requested BIGINT,
  applied_on DATE,
  village_reviewed_on DATE,
  township_reviewed_on DATE,
  county_reviewed_on DATE,
  state TEXT COLLATE "C" NOT NULL,
  region TEXT COLLATE "C" NOT NULL,
  source_part BIGINT NOT NULL,
  source_row INTEGER NOT NULL,
  recorded_in BIGINT NOT NULL,
  CONSTRAINT application_pkey PRIMARY KEY (county, application_id)
);

CREATE INDEX application_household_id_idx ON record.application (county, household_id, application_id);

CREATE INDEX application_recorded_in_idx ON record.application USING brin (recorded_in);

CREATE INDEX application_region_idx ON record.application (county, region, application_id);

CREATE INDEX application_state_idx ON record.application (county, state, application_id);

CREATE TABLE record.compensation_case (
  county TEXT COLLATE "C" NOT NULL,
  case_id TEXT COLLATE "C" NOT NULL,
  loan_id TEXT COLLATE "C" NOT NULL,
  trigger TEXT COLLATE "C" NOT NULL,
  applied_on DATE NOT NULL,
  approved_on DATE,
  paid_on DATE,
  principal_loss BIGINT NOT NULL,
  interest_loss BIGINT,
  fund_share BIGINT,
  amount BIGINT NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  household_id TEXT COLLATE "C",
  region TEXT COLLATE "C" NOT NULL,
  source_part BIGINT NOT NULL,
  source_row INTEGER NOT NULL,
  recorded_in BIGINT NOT NULL,
  CONSTRAINT compensation_case_pkey PRIMARY KEY (county, case_id)
);

CREATE INDEX compensation_case_household_id_idx ON record.compensation_case (county, household_id, case_id);

CREATE INDEX compensation_case_loan_id_idx ON record.compensation_case (county, loan_id, case_id);

CREATE INDEX compensation_case_recorded_in_idx ON record.compensation_case USING brin (recorded_in);

CREATE INDEX compensation_case_region_idx ON record.compensation_case (county, region, case_id);

CREATE INDEX compensation_case_state_idx ON record.compensation_case (county, state, case_id);

CREATE INDEX compensation_case_trigger_idx ON record.compensation_case (county, trigger, case_id);

CREATE TABLE record.enterprise (
  county TEXT COLLATE "C" NOT NULL,
  credit_code TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C",
  legal_representative TEXT COLLATE "C",
  region_code TEXT COLLATE "C" NOT NULL,
  status TEXT COLLATE "C",
  region TEXT COLLATE "C" NOT NULL,
  source_part BIGINT NOT NULL,
  source_row INTEGER NOT NULL,
  recorded_in BIGINT NOT NULL,
  CONSTRAINT enterprise_pkey PRIMARY KEY (county, credit_code)
);

CREATE INDEX enterprise_name_idx ON record.enterprise (county, name, credit_code);

CREATE INDEX enterprise_recorded_in_idx ON record.enterprise USING brin (recorded_in);

CREATE INDEX enterprise_region_code_idx ON record.enterprise (county, region_code, credit_code);

CREATE INDEX enterprise_region_idx ON record.enterprise (county, region, credit_code);

CREATE INDEX enterprise_status_idx ON record.enterprise (county, status, credit_code);

CREATE TABLE record.enterprise_use (
  county TEXT COLLATE "C" NOT NULL,
  agreement_number TEXT COLLATE "C" NOT NULL,
  credit_code TEXT COLLATE "C" NOT NULL,
  household_id TEXT COLLATE "C" NOT NULL,
  loan_id TEXT COLLATE "C" NOT NULL,
  amount BIGINT NOT NULL,
  agreed_on DATE NOT NULL,
  ends_on DATE,
  exited_on DATE,
  dividend BIGINT,
  region TEXT COLLATE "C" NOT NULL,
  source_part BIGINT NOT NULL,
  source_row INTEGER NOT NULL,
  recorded_in BIGINT NOT NULL,
  CONSTRAINT enterprise_use_pkey PRIMARY KEY (county, agreement_number)
);

CREATE INDEX enterprise_use_agreed_on_idx ON record.enterprise_use (county, agreed_on, agreement_number);

CREATE INDEX enterprise_use_credit_code_idx ON record.enterprise_use (county, credit_code, agreement_number);

CREATE INDEX enterprise_use_ends_on_idx ON record.enterprise_use (county, ends_on, agreement_number);

CREATE INDEX enterprise_use_exited_on_idx ON record.enterprise_use (county, exited_on, agreement_number);

CREATE INDEX enterprise_use_household_id_idx ON record.enterprise_use (county, household_id, agreement_number);

CREATE INDEX enterprise_use_loan_id_idx ON record.enterprise_use (county, loan_id, agreement_number);

CREATE INDEX enterprise_use_recorded_in_idx ON record.enterprise_use USING brin (recorded_in);

CREATE INDEX enterprise_use_region_idx ON record.enterprise_use (county, region, agreement_number);

CREATE TABLE record.extension (
  county TEXT COLLATE "C" NOT NULL,
  extension_id TEXT COLLATE "C" NOT NULL,
  loan_id TEXT COLLATE "C" NOT NULL,
  signed_on DATE NOT NULL,
  original_due_on DATE NOT NULL,
  extended_due_on DATE NOT NULL,
  amount BIGINT NOT NULL,
  rate BIGINT,
  reason TEXT COLLATE "C",
  household_id TEXT COLLATE "C",
  region TEXT COLLATE "C" NOT NULL,
  source_part BIGINT NOT NULL,
  source_row INTEGER NOT NULL,
  recorded_in BIGINT NOT NULL,
  CONSTRAINT extension_pkey PRIMARY KEY (county, extension_id)
);

CREATE INDEX extension_household_id_idx ON record.extension (county, household_id, extension_id);

CREATE INDEX extension_loan_id_idx ON record.extension (county, loan_id, extension_id);

CREATE INDEX extension_recorded_in_idx ON record.extension USING brin (recorded_in);

CREATE INDEX extension_region_idx ON record.extension (county, region, extension_id);

CREATE TABLE record.fund_transaction (
  county TEXT COLLATE "C" NOT NULL,
  transaction_id TEXT COLLATE "C" NOT NULL,
  booked_on DATE NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  amount BIGINT NOT NULL,
  case_id TEXT COLLATE "C",
  note TEXT COLLATE "C",
  household_id TEXT COLLATE "C",
  region TEXT COLLATE "C" NOT NULL,
  source_part BIGINT NOT NULL,
  source_row INTEGER NOT NULL,
  recorded_in BIGINT NOT NULL,
  CONSTRAINT fund_transaction_pkey PRIMARY KEY (county, transaction_id)
);

CREATE INDEX fund_transaction_case_id_idx ON record.fund_transaction (county, case_id, transaction_id);

CREATE INDEX fund_transaction_household_id_idx ON record.fund_transaction (county, household_id, transaction_id);

CREATE INDEX fund_transaction_kind_idx ON record.fund_transaction (county, kind, transaction_id);

CREATE INDEX fund_transaction_recorded_in_idx ON record.fund_transaction USING brin (recorded_in);

CREATE INDEX fund_transaction_region_idx ON record.fund_transaction (county, region, transaction_id);

CREATE TABLE record.household (
  county TEXT COLLATE "C" NOT NULL,
  household_id TEXT COLLATE "C" NOT NULL,
  region_code TEXT COLLATE "C" NOT NULL,
  head_name TEXT COLLATE "C" NOT NULL,
  size_declared INTEGER NOT NULL,
  poverty_status TEXT COLLATE "C" NOT NULL,
  cause TEXT COLLATE "C",
  registered_on DATE NOT NULL,
  removed_on DATE,
  income_per_head BIGINT,
  phone TEXT COLLATE "C",
  region TEXT COLLATE "C" NOT NULL,
  source_part BIGINT NOT NULL,
  source_row INTEGER NOT NULL,
  recorded_in BIGINT NOT NULL,
  CONSTRAINT household_pkey PRIMARY KEY (county, household_id)
);

CREATE INDEX household_poverty_status_idx ON record.household (county, poverty_status, household_id);

CREATE INDEX household_recorded_in_idx ON record.household USING brin (recorded_in);

CREATE INDEX household_region_code_idx ON record.household (county, region_code, household_id);

CREATE INDEX household_region_idx ON record.household (county, region, household_id);

CREATE INDEX household_registered_on_idx ON record.household (county, registered_on, household_id);

CREATE INDEX household_removed_on_idx ON record.household (county, removed_on, household_id);

CREATE TABLE record.interest_collection (
  county TEXT COLLATE "C" NOT NULL,
  collection_id TEXT COLLATE "C" NOT NULL,
  loan_id TEXT COLLATE "C" NOT NULL,
  period_from DATE NOT NULL,
  period_to DATE NOT NULL,
  days INTEGER,
  collected_on DATE NOT NULL,
  interest BIGINT NOT NULL,
  household_id TEXT COLLATE "C",
  region TEXT COLLATE "C" NOT NULL,
  source_part BIGINT NOT NULL,
  source_row INTEGER NOT NULL,
  recorded_in BIGINT NOT NULL,
  CONSTRAINT interest_collection_pkey PRIMARY KEY (county, collection_id)
);

CREATE INDEX interest_collection_household_id_idx ON record.interest_collection (county, household_id, collection_id);

CREATE INDEX interest_collection_loan_id_idx ON record.interest_collection (county, loan_id, collection_id);

CREATE INDEX interest_collection_recorded_in_idx ON record.interest_collection USING brin (recorded_in);

CREATE INDEX interest_collection_region_idx ON record.interest_collection (county, region, collection_id);

CREATE TABLE record.loan (
  county TEXT COLLATE "C" NOT NULL,
  loan_id TEXT COLLATE "C" NOT NULL,
  contract_number TEXT COLLATE "C" NOT NULL,
  account_number TEXT COLLATE "C",
  borrower_name TEXT COLLATE "C" NOT NULL,
  borrower_identity_number TEXT COLLATE "C" NOT NULL,
  product TEXT COLLATE "C",
  amount BIGINT NOT NULL,
  balance BIGINT NOT NULL,
  rate BIGINT NOT NULL,
  disbursed_on DATE NOT NULL,
  due_on DATE NOT NULL,
  settled_on DATE,
  issue_type TEXT COLLATE "C" NOT NULL,
  previous_loan_id TEXT COLLATE "C",
  classification TEXT COLLATE "C" NOT NULL,
  status TEXT COLLATE "C" NOT NULL,
  interest_method TEXT COLLATE "C",
  is_subsidised BOOLEAN,
  purpose TEXT COLLATE "C",
  branch TEXT COLLATE "C",
  officer TEXT COLLATE "C",
  disbursement_account TEXT COLLATE "C",
  household_id TEXT COLLATE "C",
  region TEXT COLLATE "C" NOT NULL,
  source_part BIGINT NOT NULL,
  source_row INTEGER NOT NULL,
  recorded_in BIGINT NOT NULL,
  CONSTRAINT loan_pkey PRIMARY KEY (county, loan_id)
);

CREATE INDEX loan_amount_idx ON record.loan (county, amount, loan_id);

CREATE INDEX loan_borrower_identity_number_idx ON record.loan (county, borrower_identity_number, loan_id);

CREATE INDEX loan_contract_number_idx ON record.loan (county, contract_number, loan_id);

CREATE INDEX loan_disbursed_on_idx ON record.loan (county, disbursed_on, loan_id);

CREATE INDEX loan_due_on_idx ON record.loan (county, due_on, loan_id);

CREATE INDEX loan_household_id_idx ON record.loan (county, household_id, loan_id);

CREATE INDEX loan_previous_loan_id_idx ON record.loan (county, previous_loan_id, loan_id);

CREATE INDEX loan_recorded_in_idx ON record.loan USING brin (recorded_in);

CREATE INDEX loan_region_idx ON record.loan (county, region, loan_id);

CREATE INDEX loan_settled_on_idx ON record.loan (county, settled_on, loan_id);

CREATE INDEX loan_status_idx ON record.loan (county, status, loan_id);

CREATE TABLE record.membership (
  county TEXT COLLATE "C" NOT NULL,
  person_id TEXT COLLATE "C" NOT NULL,
  household_id TEXT COLLATE "C" NOT NULL,
  relation TEXT COLLATE "C" NOT NULL,
  valid_from DATE NOT NULL,
  valid_to DATE,
  region TEXT COLLATE "C" NOT NULL,
  source_part BIGINT NOT NULL,
  source_row INTEGER NOT NULL,
  recorded_in BIGINT NOT NULL,
  CONSTRAINT membership_pkey PRIMARY KEY (county, person_id, household_id, valid_from)
);

CREATE INDEX membership_household_id_idx ON record.membership (county, household_id, person_id, household_id, valid_from);

CREATE INDEX membership_recorded_in_idx ON record.membership USING brin (recorded_in);

CREATE INDEX membership_region_idx ON record.membership (county, region, person_id, household_id, valid_from);

CREATE TABLE record.officer_assignment (
  county TEXT COLLATE "C" NOT NULL,
  assignment_id TEXT COLLATE "C" NOT NULL,
  household_id TEXT COLLATE "C" NOT NULL,
  officer_name TEXT COLLATE "C" NOT NULL,
  role TEXT COLLATE "C",
  phone TEXT COLLATE "C",
  valid_from DATE NOT NULL,
  valid_to DATE,
  region TEXT COLLATE "C" NOT NULL,
  source_part BIGINT NOT NULL,
  source_row INTEGER NOT NULL,
  recorded_in BIGINT NOT NULL,
  CONSTRAINT officer_assignment_pkey PRIMARY KEY (county, assignment_id)
);

CREATE INDEX officer_assignment_household_id_idx ON record.officer_assignment (county, household_id, assignment_id);

CREATE INDEX officer_assignment_officer_name_idx ON record.officer_assignment (county, officer_name, assignment_id);

CREATE INDEX officer_assignment_recorded_in_idx ON record.officer_assignment USING brin (recorded_in);

CREATE INDEX officer_assignment_region_idx ON record.officer_assignment (county, region, assignment_id);

CREATE TABLE record.person (
  county TEXT COLLATE "C" NOT NULL,
  person_id TEXT COLLATE "C" NOT NULL,
  household_id TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  identity_number TEXT COLLATE "C" NOT NULL,
  sex TEXT COLLATE "C",
  birth_date DATE,
  labour TEXT COLLATE "C",
  is_main_labour BOOLEAN,
  health TEXT COLLATE "C",
  ethnicity TEXT COLLATE "C",
  phone TEXT COLLATE "C",
  region TEXT COLLATE "C" NOT NULL,
  source_part BIGINT NOT NULL,
  source_row INTEGER NOT NULL,
  recorded_in BIGINT NOT NULL,
  CONSTRAINT person_pkey PRIMARY KEY (county, person_id)
);

CREATE INDEX person_household_id_idx ON record.person (county, household_id, person_id);

CREATE INDEX person_identity_number_idx ON record.person (county, identity_number, person_id);

CREATE INDEX person_recorded_in_idx ON record.person USING brin (recorded_in);

CREATE INDEX person_region_idx ON record.person (county, region, person_id);

CREATE TABLE record.recovery (
  county TEXT COLLATE "C" NOT NULL,
  recovery_id TEXT COLLATE "C" NOT NULL,
  loan_id TEXT COLLATE "C" NOT NULL,
  case_id TEXT COLLATE "C",
  recovered_on DATE NOT NULL,
  amount BIGINT NOT NULL,
  fund_part BIGINT,
  bank_part BIGINT,
  household_id TEXT COLLATE "C",
  region TEXT COLLATE "C" NOT NULL,
  source_part BIGINT NOT NULL,
  source_row INTEGER NOT NULL,
  recorded_in BIGINT NOT NULL,
  CONSTRAINT recovery_pkey PRIMARY KEY (county, recovery_id)
);

CREATE INDEX recovery_case_id_idx ON record.recovery (county, case_id, recovery_id);

CREATE INDEX recovery_household_id_idx ON record.recovery (county, household_id, recovery_id);

CREATE INDEX recovery_loan_id_idx ON record.recovery (county, loan_id, recovery_id);

CREATE INDEX recovery_recorded_in_idx ON record.recovery USING brin (recorded_in);

CREATE INDEX recovery_region_idx ON record.recovery (county, region, recovery_id);

CREATE TABLE record.region (
  county TEXT COLLATE "C" NOT NULL,
  code TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  level TEXT COLLATE "C" NOT NULL,
  parent_code TEXT COLLATE "C",
  region TEXT COLLATE "C" NOT NULL,
  source_part BIGINT NOT NULL,
  source_row INTEGER NOT NULL,
  recorded_in BIGINT NOT NULL,
  CONSTRAINT region_pkey PRIMARY KEY (county, code)
);

CREATE INDEX region_level_idx ON record.region (county, level, code);

CREATE INDEX region_name_idx ON record.region (county, name, code);

CREATE INDEX region_parent_code_idx ON record.region (county, parent_code, code);

CREATE INDEX region_recorded_in_idx ON record.region USING brin (recorded_in);

CREATE INDEX region_region_idx ON record.region (county, region, code);

CREATE TABLE record.renewal (
  county TEXT COLLATE "C" NOT NULL,
  loan_id TEXT COLLATE "C" NOT NULL,
  previous_loan_id TEXT COLLATE "C" NOT NULL,
  renewed_on DATE NOT NULL,
  amount BIGINT NOT NULL,
  reason TEXT COLLATE "C",
  household_id TEXT COLLATE "C",
  region TEXT COLLATE "C" NOT NULL,
  source_part BIGINT NOT NULL,
  source_row INTEGER NOT NULL,
  recorded_in BIGINT NOT NULL,
  CONSTRAINT renewal_pkey PRIMARY KEY (county, loan_id)
);

CREATE INDEX renewal_household_id_idx ON record.renewal (county, household_id, loan_id);

CREATE INDEX renewal_previous_loan_id_idx ON record.renewal (county, previous_loan_id, loan_id);

CREATE INDEX renewal_recorded_in_idx ON record.renewal USING brin (recorded_in);

CREATE INDEX renewal_region_idx ON record.renewal (county, region, loan_id);

CREATE TABLE record.repayment (
  county TEXT COLLATE "C" NOT NULL,
  repayment_id TEXT COLLATE "C" NOT NULL,
  loan_id TEXT COLLATE "C" NOT NULL,
  paid_on DATE NOT NULL,
  principal BIGINT NOT NULL,
  penalty BIGINT NOT NULL,
  payer_account TEXT COLLATE "C",
  origin TEXT COLLATE "C" NOT NULL,
  household_id TEXT COLLATE "C",
  region TEXT COLLATE "C" NOT NULL,
  source_part BIGINT NOT NULL,
  source_row INTEGER NOT NULL,
  recorded_in BIGINT NOT NULL,
  CONSTRAINT repayment_pkey PRIMARY KEY (county, repayment_id)
);

CREATE INDEX repayment_household_id_idx ON record.repayment (county, household_id, repayment_id);

CREATE INDEX repayment_loan_id_idx ON record.repayment (county, loan_id, repayment_id);

CREATE INDEX repayment_paid_on_idx ON record.repayment (county, paid_on, repayment_id);

CREATE INDEX repayment_recorded_in_idx ON record.repayment USING brin (recorded_in);

CREATE INDEX repayment_region_idx ON record.repayment (county, region, repayment_id);

CREATE TABLE record.risk_event (
  county TEXT COLLATE "C" NOT NULL,
  event_id TEXT COLLATE "C" NOT NULL,
  person_id TEXT COLLATE "C",
  reported_household_id TEXT COLLATE "C",
  kind TEXT COLLATE "C" NOT NULL,
  occurred_on DATE NOT NULL,
  known_on DATE,
  proof TEXT COLLATE "C",
  household_id TEXT COLLATE "C",
  region TEXT COLLATE "C" NOT NULL,
  source_part BIGINT NOT NULL,
  source_row INTEGER NOT NULL,
  recorded_in BIGINT NOT NULL,
  CONSTRAINT risk_event_pkey PRIMARY KEY (county, event_id)
);

CREATE INDEX risk_event_household_id_idx ON record.risk_event (county, household_id, event_id);

CREATE INDEX risk_event_kind_idx ON record.risk_event (county, kind, event_id);

CREATE INDEX risk_event_person_id_idx ON record.risk_event (county, person_id, event_id);

CREATE INDEX risk_event_recorded_in_idx ON record.risk_event USING brin (recorded_in);

CREATE INDEX risk_event_region_idx ON record.risk_event (county, region, event_id);

CREATE INDEX risk_event_reported_household_id_idx ON record.risk_event (county, reported_household_id, event_id);

CREATE TABLE record.service_point (
  county TEXT COLLATE "C" NOT NULL,
  point_id TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  region_code TEXT COLLATE "C" NOT NULL,
  has_withdrawal_post BOOLEAN,
  has_commerce_post BOOLEAN,
  region TEXT COLLATE "C" NOT NULL,
  source_part BIGINT NOT NULL,
  source_row INTEGER NOT NULL,
  recorded_in BIGINT NOT NULL,
  CONSTRAINT service_point_pkey PRIMARY KEY (county, point_id)
);

CREATE INDEX service_point_kind_idx ON record.service_point (county, kind, point_id);

CREATE INDEX service_point_recorded_in_idx ON record.service_point USING brin (recorded_in);

CREATE INDEX service_point_region_code_idx ON record.service_point (county, region_code, point_id);

CREATE INDEX service_point_region_idx ON record.service_point (county, region, point_id);

CREATE TABLE record.subsidy_payment (
  county TEXT COLLATE "C" NOT NULL,
  voucher_number TEXT COLLATE "C" NOT NULL,
  line INTEGER NOT NULL,
  batch TEXT COLLATE "C",
  loan_id TEXT COLLATE "C",
  payee_name TEXT COLLATE "C",
  payee_identity_number TEXT COLLATE "C",
  principal BIGINT NOT NULL,
  rate BIGINT NOT NULL,
  period_from DATE NOT NULL,
  period_to DATE NOT NULL,
  days INTEGER,
  amount_due BIGINT,
  amount BIGINT NOT NULL,
  account_number TEXT COLLATE "C",
  paid_on DATE NOT NULL,
  household_id TEXT COLLATE "C",
  region TEXT COLLATE "C" NOT NULL,
  source_part BIGINT NOT NULL,
  source_row INTEGER NOT NULL,
  recorded_in BIGINT NOT NULL,
  CONSTRAINT subsidy_payment_pkey PRIMARY KEY (county, voucher_number, line)
);

CREATE INDEX subsidy_payment_household_id_idx ON record.subsidy_payment (county, household_id, voucher_number, line);

CREATE INDEX subsidy_payment_loan_id_idx ON record.subsidy_payment (county, loan_id, voucher_number, line);

CREATE INDEX subsidy_payment_paid_on_idx ON record.subsidy_payment (county, paid_on, voucher_number, line);

CREATE INDEX subsidy_payment_payee_identity_number_idx ON record.subsidy_payment (county, payee_identity_number, voucher_number, line);

CREATE INDEX subsidy_payment_recorded_in_idx ON record.subsidy_payment USING brin (recorded_in);

CREATE INDEX subsidy_payment_region_idx ON record.subsidy_payment (county, region, voucher_number, line);

CREATE TABLE rollup.daily (
  county TEXT COLLATE "C" NOT NULL,
  region TEXT COLLATE "C" NOT NULL,
  day DATE NOT NULL,
  disbursed_households BIGINT NOT NULL,
  disbursed_loans BIGINT NOT NULL,
  disbursed_amount BIGINT NOT NULL,
  repaid_loans BIGINT NOT NULL,
  repaid_amount BIGINT NOT NULL,
  outstanding_households BIGINT NOT NULL,
  outstanding_loans BIGINT NOT NULL,
  outstanding_amount BIGINT NOT NULL,
  subsidy_amount BIGINT NOT NULL,
  used_enterprises BIGINT NOT NULL,
  used_households BIGINT NOT NULL,
  used_amount BIGINT NOT NULL,
  exited_enterprises BIGINT NOT NULL,
  exited_households BIGINT NOT NULL,
  exited_amount BIGINT NOT NULL,
  remaining_enterprises BIGINT NOT NULL,
  remaining_households BIGINT NOT NULL,
  remaining_amount BIGINT NOT NULL,
  used_overdue_loans BIGINT NOT NULL,
  compensated_households BIGINT NOT NULL,
  compensated_amount BIGINT NOT NULL,
  extended_households BIGINT NOT NULL,
  extended_amount BIGINT NOT NULL,
  overdue_loans BIGINT NOT NULL,
  overdue_amount BIGINT NOT NULL,
  listed_households BIGINT NOT NULL,
  filed_households BIGINT NOT NULL,
  rated_households BIGINT NOT NULL,
  demanding_households BIGINT NOT NULL,
  satisfied_households BIGINT NOT NULL,
  CONSTRAINT daily_pkey PRIMARY KEY (county, region, day)
);

CREATE TABLE sync.dataset_run (
  county TEXT COLLATE "C" NOT NULL,
  run_id BIGINT NOT NULL,
  dataset TEXT COLLATE "C" NOT NULL,
  fetched BIGINT NOT NULL,
  accepted BIGINT NOT NULL,
  quarantined BIGINT NOT NULL,
  inserted BIGINT NOT NULL,
  changed BIGINT NOT NULL,
  unchanged BIGINT NOT NULL,
  withdrawn BIGINT NOT NULL,
  content_digest TEXT COLLATE "C" NOT NULL,
  milliseconds BIGINT NOT NULL,
  CONSTRAINT dataset_run_pkey PRIMARY KEY (county, run_id, dataset)
);

CREATE TABLE sync.delivery (
  county TEXT COLLATE "C" NOT NULL,
  delivery_id BIGINT GENERATED ALWAYS AS IDENTITY,
  run_id BIGINT NOT NULL,
  agency TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  digest TEXT COLLATE "C" NOT NULL,
  received_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT delivery_pkey PRIMARY KEY (county, delivery_id)
);

CREATE TABLE sync.quarantine (
  county TEXT COLLATE "C" NOT NULL,
  entry_id BIGINT GENERATED ALWAYS AS IDENTITY,
  run_id BIGINT NOT NULL,
  agency TEXT COLLATE "C" NOT NULL,
  dataset TEXT COLLATE "C" NOT NULL,
  part_id BIGINT NOT NULL,
  source_row INTEGER NOT NULL,
  cell TEXT COLLATE "C" NOT NULL,
  field TEXT COLLATE "C" NOT NULL,
  code TEXT COLLATE "C" NOT NULL,
  reason TEXT COLLATE "C" NOT NULL,
  raw_headings TEXT[] COLLATE "C" NOT NULL,
  raw_values TEXT[] COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  closed_in BIGINT,
  CONSTRAINT quarantine_pkey PRIMARY KEY (county, entry_id)
);

CREATE INDEX quarantine_state_idx ON sync.quarantine (county, dataset, state);

CREATE TABLE sync.run (
  county TEXT COLLATE "C" NOT NULL,
  run_id BIGINT GENERATED ALWAYS AS IDENTITY,
  agency TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  started_at TIMESTAMP WITH TIME ZONE NOT NULL,
  finished_at TIMESTAMP WITH TIME ZONE,
  error_code TEXT COLLATE "C",
  error_message TEXT COLLATE "C",
  CONSTRAINT run_pkey PRIMARY KEY (county, run_id)
);

CREATE TABLE sync.source_part (
  county TEXT COLLATE "C" NOT NULL,
  part_id BIGINT GENERATED ALWAYS AS IDENTITY,
  delivery_id BIGINT NOT NULL,
  dataset TEXT COLLATE "C" NOT NULL,
  sheet TEXT COLLATE "C",
  fields TEXT[] COLLATE "C" NOT NULL,
  headings TEXT[] COLLATE "C" NOT NULL,
  cells TEXT[] COLLATE "C" NOT NULL,
  rows BIGINT NOT NULL,
  control_totals TEXT[] COLLATE "C" NOT NULL,
  CONSTRAINT source_part_pkey PRIMARY KEY (county, part_id)
);
