-- What makes a rules' run cost what has changed: when time alone moves an entitlement, what each sync run superseded,
-- the last booked day, accounts that records are looked up by; and computed tables that are written for the first time
-- get their indexes afterwards; frozen.
alter table rules.run add column booked_on date;
CREATE TABLE rules.entitlement_due (
    county TEXT COLLATE "C" NOT NULL,
    loan_id TEXT COLLATE "C" NOT NULL,
    settled_on DATE NOT NULL,
    since DATE NOT NULL,
    changes_on DATE NOT NULL,
    CONSTRAINT entitlement_due_pkey PRIMARY KEY (county, loan_id, settled_on)
);
CREATE INDEX entitlement_due_changes_on_idx ON rules.entitlement_due (county, changes_on, loan_id);
alter table rules.entitlement_due enable row level security;
alter table rules.entitlement_due force row level security;
create policy hub_rules on rules.entitlement_due to hub_rules using (county = current_setting('hub.county')) with check (county = current_setting('hub.county'));
grant select, insert, update, delete on rules.entitlement_due to hub_rules;
CREATE INDEX loan_disbursement_account_idx ON record.loan (county, disbursement_account, loan_id);
CREATE INDEX repayment_payer_account_idx ON record.repayment (county, payer_account, repayment_id);
CREATE INDEX classification_change_superseded_in_idx ON history.classification_change USING brin (superseded_in);
CREATE INDEX visit_superseded_in_idx ON history.visit USING brin (superseded_in);
CREATE INDEX application_superseded_in_idx ON history.application USING brin (superseded_in);
CREATE INDEX compensation_case_superseded_in_idx ON history.compensation_case USING brin (superseded_in);
CREATE INDEX enterprise_superseded_in_idx ON history.enterprise USING brin (superseded_in);
CREATE INDEX enterprise_use_superseded_in_idx ON history.enterprise_use USING brin (superseded_in);
CREATE INDEX extension_superseded_in_idx ON history.extension USING brin (superseded_in);
CREATE INDEX fund_transaction_superseded_in_idx ON history.fund_transaction USING brin (superseded_in);
CREATE INDEX household_superseded_in_idx ON history.household USING brin (superseded_in);
CREATE INDEX interest_collection_superseded_in_idx ON history.interest_collection USING brin (superseded_in);
CREATE INDEX loan_superseded_in_idx ON history.loan USING brin (superseded_in);
CREATE INDEX membership_superseded_in_idx ON history.membership USING brin (superseded_in);
CREATE INDEX officer_assignment_superseded_in_idx ON history.officer_assignment USING brin (superseded_in);
CREATE INDEX person_superseded_in_idx ON history.person USING brin (superseded_in);
CREATE INDEX recovery_superseded_in_idx ON history.recovery USING brin (superseded_in);
CREATE INDEX region_superseded_in_idx ON history.region USING brin (superseded_in);
CREATE INDEX renewal_superseded_in_idx ON history.renewal USING brin (superseded_in);
CREATE INDEX repayment_superseded_in_idx ON history.repayment USING brin (superseded_in);
CREATE INDEX risk_event_superseded_in_idx ON history.risk_event USING brin (superseded_in);
CREATE INDEX service_point_superseded_in_idx ON history.service_point USING brin (superseded_in);
CREATE INDEX subsidy_payment_superseded_in_idx ON history.subsidy_payment USING brin (superseded_in);

-- As sync.take_down_indexes and sync.put_up_indexes do for records, which the rules may not call. What has been put up is
-- also looked at by the planner, which would know nothing of millions of rows that are still uncommitted.

create function computed.take_down_indexes(dataset text) returns integer
language plpgsql security definer
set search_path = pg_catalog
as $$
declare
    subject regclass := format('computed.%I', dataset)::regclass;
    shelf regclass := to_regclass('pg_temp.shelved_index');
    taken integer := 0;
    found record;
begin
    -- Row security hides the rows from the owner too, so emptiness is read off the file.
    if pg_relation_size(subject) > 0 then
        return 0;
    end if;
    if shelf is null then
        create temp table shelved_index (dataset text, definition text) on commit drop;
    elsif not exists (select from pg_class where oid = shelf and pg_get_userbyid(relowner) = current_user) then
        raise insufficient_privilege using message = 'a table of another owner stands where the indexes are shelved';
    end if;
    for found in
        select i.indexrelid::regclass as name, pg_get_indexdef(i.indexrelid) as definition
        from pg_index i where i.indrelid = subject and not i.indisunique
    loop
        insert into pg_temp.shelved_index values (dataset, found.definition);
        execute format('drop index %s', found.name);
        taken := taken + 1;
    end loop;
    return taken;
end
$$;

create function computed.put_up_indexes(dataset text) returns integer
language plpgsql security definer
set search_path = pg_catalog
set maintenance_work_mem = '256MB'
set default_statistics_target = 100
as $$
declare
    shelf regclass := to_regclass('pg_temp.shelved_index');
    put integer := 0;
    found record;
begin
    if not exists (select from pg_class where oid = shelf and pg_get_userbyid(relowner) = current_user) then
        raise insufficient_privilege using message = 'nothing was shelved by take_down_indexes';
    end if;
    for found in
        select s.definition from pg_temp.shelved_index s where s.dataset = put_up_indexes.dataset
    loop
        execute found.definition;
        put := put + 1;
    end loop;
    delete from pg_temp.shelved_index s where s.dataset = put_up_indexes.dataset;
    execute format('analyze computed.%I', dataset);
    return put;
end
$$;

revoke execute on function computed.take_down_indexes(text), computed.put_up_indexes(text) from public;
grant execute on function computed.take_down_indexes(text), computed.put_up_indexes(text) to hub_rules;
