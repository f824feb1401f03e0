-- What the sections about loans share: received(loan_id, region, day, principal), loan_course and overdue_span.
-- A run makes and drops them once for each state.

-- Principal received on each loan; a booking dated before the loan was paid out counts from that day.
create temp table received on commit drop as
select l.loan_id, l.region, greatest(r.paid_on, l.disbursed_on) as day, r.principal
from state_repayment r join state_loan l using (loan_id)
where r.origin <> 'RECOVERY';
analyze received;

-- Each loan: when its balance became zero.
create temp table loan_course on commit drop as
select l.loan_id, l.household_id, l.region, l.amount, l.disbursed_on, l.due_on, s.settled_on
from state_loan l
left join (
    select loan_id, min(day) as settled_on
    from (
        select r.loan_id, r.day, l.amount, sum(r.principal) over (partition by r.loan_id order by r.day) as paid
        from received r join state_loan l using (loan_id)
    ) running
    where paid >= amount
    group by loan_id
) s using (loan_id);
analyze loan_course;

-- Spans in which a loan's maturity has passed while it is not settled. An extension counts from the day it is signed;
-- one that is signed late ends a span but does not undo it.
create temp table overdue_span on commit drop as
select loan_id, household_id, region, amount, overdue_from, least(overdue_until, settled_on) as overdue_until
from (
    select loan_id, household_id, region, amount, settled_on,
           greatest(due_on + 1, in_force_from, disbursed_on) as overdue_from,
           lead(in_force_from) over (partition by loan_id order by in_force_from, due_on) as overdue_until
    from (
        select loan_id, household_id, region, amount, settled_on, disbursed_on, due_on, date '-infinity' as in_force_from
        from loan_course
        union all
        select c.loan_id, c.household_id, c.region, c.amount, c.settled_on, c.disbursed_on, x.extended_due_on, x.signed_on
        from state_extension x join loan_course c using (loan_id)
    ) maturity
) span
where overdue_from < coalesce(least(overdue_until, settled_on), 'infinity');
analyze overdue_span;
