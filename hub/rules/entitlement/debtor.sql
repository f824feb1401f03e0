-- Whose loans are worked out anew, and from which day on: whose records have changed, from the first day that can be
-- other than it was; and for whom time alone moves something (rules.entitlement_due), from the period that it moves.
create temp table booking on commit drop as
select loan_id, since from (
    select loan_id, paid_on as since from record.repayment where county = %(county)s and recorded_in = any(%(fresh)s)
    union all
    select loan_id, paid_on from history.repayment where county = %(county)s and superseded_in = any(%(fresh)s)
    union all
    select loan_id, period_from from record.interest_collection
    where county = %(county)s and recorded_in = any(%(fresh)s)
    union all
    select loan_id, period_from from history.interest_collection
    where county = %(county)s and superseded_in = any(%(fresh)s)
    union all
    select loan_id, signed_on from record.extension where county = %(county)s and recorded_in = any(%(fresh)s)
    union all
    select loan_id, signed_on from history.extension where county = %(county)s and superseded_in = any(%(fresh)s)
    union all
    select loan_id, period_from from record.subsidy_payment where county = %(county)s and recorded_in = any(%(fresh)s)
    union all
    select loan_id, period_from from history.subsidy_payment where county = %(county)s and superseded_in = any(%(fresh)s)
) booked;
analyze booking;

-- What a loan is worked out by, as it is and as it was; most changes of a loan are of its balance alone.
create temp table terms on commit drop as
select loan_id, household_id, true as is_now,
       row(household_id, region, amount, disbursed_on, due_on, rate, interest_method, borrower_identity_number,
           disbursement_account)::text as terms
from record.loan where county = %(county)s and recorded_in = any(%(fresh)s)
union all
select loan_id, household_id, false,
       row(household_id, region, amount, disbursed_on, due_on, rate, interest_method, borrower_identity_number,
           disbursement_account)::text
from history.loan where county = %(county)s and superseded_in = any(%(fresh)s);
analyze terms;

-- Whose death is told otherwise, or whose number, of those of whom a death is told.
create temp table mourned on commit drop as
select identity_number from record.person
where county = %(county)s and person_id in (
    select person_id from record.risk_event where county = %(county)s and recorded_in = any(%(fresh)s) and kind = 'DEATH'
    union all
    select person_id from history.risk_event where county = %(county)s and superseded_in = any(%(fresh)s) and kind = 'DEATH')
union
select p.identity_number
from (
    select person_id, identity_number from record.person where county = %(county)s and recorded_in = any(%(fresh)s)
    union all
    select person_id, identity_number from history.person where county = %(county)s and superseded_in = any(%(fresh)s)
) p
join record.risk_event e on e.county = %(county)s and e.person_id = p.person_id and e.kind = 'DEATH';
analyze mourned;

create temp table debtor on commit drop as
select household_id, loan_id, min(since) as since
from (
    select l.household_id, case when l.household_id is null then l.loan_id end as loan_id,
           -- The first day of its period.
           ((date_trunc('quarter', (b.since - %(settlement_day)s)::timestamp + interval '1 month')
               - interval '1 month')::date + %(settlement_day)s) as since
    from booking b
    join record.loan l on l.county = %(county)s and l.loan_id = b.loan_id
    union all
    select t.household_id, case when t.household_id is null then t.loan_id end, '-infinity'
    from terms t
    where t.loan_id in (
        select s.loan_id from terms s group by s.loan_id
        having min(s.terms) <> max(s.terms) or bool_and(s.is_now) or not bool_or(s.is_now))
    union all
    select l.household_id, case when l.household_id is null then l.loan_id end, '-infinity'
    from mourned m
    join record.loan l on l.county = %(county)s and l.borrower_identity_number = m.identity_number
    union all
    select household_id, null, '-infinity' from record.household
    where county = %(county)s and recorded_in = any(%(fresh)s) and removed_on is not null
    union all
    select household_id, null, '-infinity' from history.household
    where county = %(county)s and superseded_in = any(%(fresh)s) and removed_on is not null
    union all
    select l.household_id, case when l.household_id is null then l.loan_id end, d.since
    from rules.entitlement_due d
    join record.loan l on l.county = %(county)s and l.loan_id = d.loan_id
    where d.county = %(county)s and d.changes_on <= %(as_of)s
    union all
    -- Marked without any sync: then nothing says what of them has changed.
    select t.household_id, null, '-infinity' from touched_household t where cardinality(%(fresh)s::bigint[]) = 0
    union all
    select l.household_id, case when l.household_id is null then l.loan_id end, '-infinity'
    from touched_loan t
    join record.loan l on l.county = %(county)s and l.loan_id = t.loan_id
    where cardinality(%(fresh)s::bigint[]) = 0
) found
where not %(whole)s and (household_id is not null or loan_id is not null)
group by household_id, loan_id;
analyze debtor;

-- Loans that are no longer there.
create temp table gone on commit drop as
select t.loan_id from touched_loan t
where not exists (select from record.loan l where l.county = %(county)s and l.loan_id = t.loan_id);
analyze gone;
