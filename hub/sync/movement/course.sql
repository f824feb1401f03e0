-- What the sections about loans share: received(loan_id, region, day, principal), loan_course, maturity, grade and arrears.
-- A run makes and drops them once for each state.

-- Principal received on each loan; a booking dated before the loan was paid out counts from that day.
create temp table received on commit drop as
select l.loan_id, l.region, greatest(r.paid_on, l.disbursed_on) as day, r.principal
from state_repayment r join state_loan l using (loan_id)
where r.origin <> 'RECOVERY';
analyze received;

-- Each loan: when its balance became zero. Most are repaid at once: only several payments need to be added up in order.
create temp table loan_course on commit drop as
with paid as materialized (
    select loan_id, count(*) as payments, min(day) as day, rollup.total(principal) as principal
    from received group by loan_id
)
select l.loan_id, l.household_id, l.region, l.amount, l.disbursed_on, l.due_on, s.settled_on
from state_loan l
left join (
    select p.loan_id, p.day as settled_on
    from paid p join state_loan l using (loan_id)
    where p.payments = 1 and p.principal >= l.amount
    union all
    select loan_id, min(day)
    from (
        select r.loan_id, r.day, l.amount, sum(r.principal) over (partition by r.loan_id order by r.day) as running
        from paid p join received r using (loan_id) join state_loan l using (loan_id)
        where p.payments > 1
    ) sums
    where running >= amount
    group by loan_id
) s using (loan_id);
analyze loan_course;

-- Each maturity of a loan and the days on which it holds (until: not included). An extension counts from the day it is
-- signed; of two signed on one day the later maturity counts.
create temp table maturity on commit drop as
select c.loan_id, c.household_id, c.region, c.amount, c.disbursed_on, c.settled_on, c.due_on,
       date '-infinity' as in_force_from, null::date as in_force_until
from loan_course c
where not exists (select from state_extension x where x.loan_id = c.loan_id)
union all
select loan_id, household_id, region, amount, disbursed_on, settled_on, due_on, in_force_from,
       lead(in_force_from) over (partition by loan_id order by in_force_from, due_on)
from (
    select loan_id, household_id, region, amount, disbursed_on, settled_on, due_on, date '-infinity' as in_force_from
    from loan_course c
    where exists (select from state_extension x where x.loan_id = c.loan_id)
    union all
    select c.loan_id, c.household_id, c.region, c.amount, c.disbursed_on, c.settled_on, x.extended_due_on, x.signed_on
    from state_extension x join loan_course c using (loan_id)
) due;
analyze maturity;

-- Each loan's grade and the days on which it holds: by the register of changes, of which the first says what was before;
-- a loan without any change has had the grade that is delivered with it.
create temp table grade on commit drop as
select c.loan_id, c.household_id, c.region, c.amount, c.disbursed_on, c.settled_on, g.grade, g.since,
       lead(g.since) over (partition by c.loan_id order by g.since, g.change_id) as until
from (
    select loan_id, change_id, changed_on as since, new_grade as grade from state_classification_change
    union all
    select loan_id, '', date '-infinity', former_grade
    from (
        select distinct on (loan_id) loan_id, former_grade
        from state_classification_change order by loan_id, changed_on, change_id
    ) first
    union all
    select l.loan_id, '', date '-infinity', l.classification
    from state_loan l
    where l.classification in ('SUBSTANDARD', 'DOUBTFUL', 'LOSS')
      and not exists (select from state_classification_change x where x.loan_id = l.loan_id)
) g
join loan_course c using (loan_id);
analyze grade;

-- Spans in which a loan is not settled and a maturity has passed: the one in force (overdue), the one in force by more
-- than thirty days (late30), the contract's own (past_due); or in which it has a bad grade (bad). An extension that is
-- signed late ends a span but does not undo it.
create temp table arrears on commit drop as
select kind, loan_id, household_id, region, amount, starts, ends
from (
    select k.kind, m.loan_id, m.household_id, m.region, m.amount,
           greatest(m.due_on + k.days, m.in_force_from, m.disbursed_on) as starts,
           least(m.in_force_until, m.settled_on) as ends
    from maturity m
    cross join (values ('overdue', 1), ('late30', 31)) k (kind, days)
    union all
    select 'bad', loan_id, household_id, region, amount, greatest(since, disbursed_on), least(until, settled_on)
    from grade where grade in ('SUBSTANDARD', 'DOUBTFUL', 'LOSS')
    union all
    select 'past_due', loan_id, household_id, region, amount, greatest(due_on + 1, disbursed_on), settled_on
    from loan_course
) span
where starts < coalesce(ends, 'infinity');
analyze arrears;
