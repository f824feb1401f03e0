-- What the rules share, restricted to the households of the table scope(household_id): their loans with the last
-- maturity and the borrower, their subsidies and deaths, and accounts and numbers of several households. Of these tables
-- a round makes those that its rules name, each with the statements that follow it. A new day's round has only loans that
-- are open, so a daily rule of a household asks about no other loan.

create temp table setting on commit drop as
select p.name, p.valid_from, p.valid_until - 1 as valid_to, p.value, p.code from policy_period p;
analyze setting;

create temp table scope_loan on commit drop as
select l.loan_id, l.household_id, l.region, l.borrower_identity_number, p.person_id, p.birth_date,
       l.amount, l.balance, l.rate, l.disbursed_on, l.due_on,
       greatest(l.due_on, x.extended_due_on) as last_due_on, l.settled_on,
       coalesce(l.settled_on, date 'infinity') as ended_on,
       l.issue_type, l.previous_loan_id, l.classification, l.status, l.purpose, l.disbursement_account
from scope s
join record.loan l
    on l.county = %(county)s and l.household_id = s.household_id and (l.balance > 0 or not %(only_open)s)
left join record.person p
    on p.county = %(county)s and p.identity_number = l.borrower_identity_number and p.household_id = l.household_id
left join (
    select e.loan_id, max(e.extended_due_on) as extended_due_on
    from scope s
    join record.extension e on e.county = %(county)s and e.household_id = s.household_id
    group by e.loan_id
) x on x.loan_id = l.loan_id;
-- Where the registry has the borrower twice in one household, a loan is still one.
delete from scope_loan l
using (select loan_id, min(person_id) as person_id from scope_loan group by loan_id having count(*) > 1) twice
where l.loan_id = twice.loan_id and l.person_id <> twice.person_id;
create index on scope_loan (household_id);
create index on scope_loan (loan_id);
analyze scope_loan;

create temp table scope_death on commit drop as
select r.person_id, min(r.occurred_on) as died_on, min(r.known_on) as known_on,
       array_agg(E'risk_event\t' || r.event_id order by r.event_id) as evidence
from scope s
join record.risk_event r on r.county = %(county)s and r.household_id = s.household_id
left join record.person p on p.county = %(county)s and p.person_id = r.person_id
where r.kind = 'DEATH' and r.person_id is not null and coalesce(p.birth_date <= r.occurred_on, true)
group by r.person_id;
analyze scope_death;

-- Loans of one household that ran at the same time: for each, the earlier ones still running when it was paid out.
create temp table scope_overlap on commit drop as
select l.loan_id, e.loan_id as earlier_loan_id, e.amount, e.ended_on
from scope_loan l
join scope_loan e
    on e.household_id = l.household_id and (e.disbursed_on, e.loan_id) < (l.disbursed_on, l.loan_id)
    and e.ended_on > l.disbursed_on;
create index on scope_overlap (loan_id);
analyze scope_overlap;

-- Accounts that money of the loans went to, or that they were repaid from; then those of several households. In steps,
-- so that the planner knows how many there are.
create temp table scope_own_account on commit drop as
select distinct l.disbursement_account as account from scope_loan l where l.disbursement_account is not null;
analyze scope_own_account;

create temp table scope_account on commit drop as
select l.disbursement_account as account, count(distinct l.household_id) as households
from scope_own_account o
join record.loan l on l.county = %(county)s and l.disbursement_account = o.account
group by l.disbursement_account
having count(distinct l.household_id) > 1;
analyze scope_account;

create temp table scope_own_payer on commit drop as
select distinct r.payer_account as account
from scope s
join record.repayment r on r.county = %(county)s and r.household_id = s.household_id
where r.origin = 'HOUSEHOLD' and r.payer_account is not null;
analyze scope_own_payer;

create temp table scope_payer on commit drop as
select r.payer_account as account, count(distinct r.household_id) as households
from scope_own_payer o
join record.repayment r on r.county = %(county)s and r.payer_account = o.account
where r.origin = 'HOUSEHOLD'
group by r.payer_account
having count(distinct r.household_id) > 1;
analyze scope_payer;

create temp table scope_payment on commit drop as
select l.loan_id, l.household_id, l.region, l.last_due_on, p.voucher_number, p.line, p.period_from, p.period_to, p.paid_on,
       p.amount, p.account_number
from scope_loan l
join record.subsidy_payment p on p.county = %(county)s and p.loan_id = l.loan_id;
create index on scope_payment (loan_id);
analyze scope_payment;

create temp table scope_own_number on commit drop as
select distinct p.identity_number
from scope s
join record.person p on p.county = %(county)s and p.household_id = s.household_id;
analyze scope_own_number;

create temp table scope_number on commit drop as
select p.identity_number, (array_agg(E'person\t' || p.person_id order by p.person_id))[1:20] as evidence
from scope_own_number o
join record.person p on p.county = %(county)s and p.identity_number = o.identity_number
group by p.identity_number
having count(distinct p.household_id) > 1;
analyze scope_number;
