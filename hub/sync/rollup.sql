-- What the households (and enterprises) in touched_* contribute to the ledger, by region and day, as rows of
-- movement(region, day, measure, value). Read from the state_* tables, which hold their facts in one state:
-- as they are now, or as they were before the run. A day's running total is the sum of all movements up to it.
-- The household '' stands for all rows that could not be placed with a household; it is never counted as one.

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

-- Lending.
insert into movement
select region, day, m.measure, m.value
from (
    select region, disbursed_on as day, count(*) as loans, sum(amount) as amount
    from loan_course group by region, disbursed_on
) x
cross join lateral (values
    ('disbursed_loans', loans), ('disbursed_amount', amount),
    ('outstanding_loans', loans), ('outstanding_amount', amount)
) m (measure, value);

insert into movement
select region, day, m.measure, m.value
from (
    select region, day, sum(principal) as amount from received group by region, day
) x
cross join lateral (values ('repaid_amount', amount), ('outstanding_amount', -amount)) m (measure, value);

insert into movement
select region, settled_on, m.measure, m.value
from (
    select region, settled_on, count(*) as loans from loan_course where settled_on is not null group by region, settled_on
) x
cross join lateral (values ('repaid_loans', loans), ('outstanding_loans', -loans)) m (measure, value);

insert into movement
select region, day, 'disbursed_households', count(*)
from (
    select household_id, min(region) as region, min(disbursed_on) as day
    from loan_course where household_id <> '' group by household_id
) x
group by region, day;

insert into movement
select region, day, 'outstanding_households', sum((open_after > 0)::int - (open_after - change > 0)::int)
from (
    select household_id, region, day, change,
           sum(change) over (partition by household_id order by day) as open_after
    from (
        select household_id, min(region) as region, day, sum(change) as change
        from (
            select household_id, region, disbursed_on as day, 1 as change from loan_course
            union all
            select household_id, region, settled_on, -1 from loan_course where settled_on is not null
        ) event
        where household_id <> ''
        group by household_id, day
    ) daily
) course
group by region, day;

-- Overdue: the balance on the first day, less what is paid meanwhile, less what is left on the last day.
insert into movement
select region, day, m.measure, sum(m.value)
from (
    select o.region, o.overdue_from, o.overdue_until,
           o.amount - coalesce(sum(r.principal) filter (where r.day < o.overdue_from), 0) as balance_from,
           o.amount - coalesce(sum(r.principal) filter (where r.day < o.overdue_until), 0) as balance_until
    from overdue_span o left join received r using (loan_id)
    group by o.loan_id, o.region, o.overdue_from, o.overdue_until, o.amount
) span
cross join lateral (values
    (overdue_from, 'overdue_loans', 1::bigint), (overdue_from, 'overdue_amount', balance_from),
    (overdue_until, 'overdue_loans', -1::bigint), (overdue_until, 'overdue_amount', -balance_until)
) m (day, measure, value)
where m.day is not null
group by region, day, m.measure;

insert into movement
select o.region, r.day, 'overdue_amount', -sum(r.principal)
from overdue_span o
join received r on r.loan_id = o.loan_id and r.day >= o.overdue_from and r.day < coalesce(o.overdue_until, 'infinity')
group by o.region, r.day;

-- Subsidy, compensation, extension.
insert into movement
select region, paid_on, 'subsidy_amount', sum(amount) from state_subsidy_payment group by region, paid_on;

insert into movement
select region, paid_on, 'compensated_amount', sum(amount) from state_compensation_case group by region, paid_on;

insert into movement
select region, day, 'compensated_households', count(*)
from (
    select household_id, min(region) as region, min(paid_on) as day
    from state_compensation_case where household_id <> '' group by household_id
) x
group by region, day;

insert into movement
select region, signed_on, 'extended_amount', sum(amount) from state_extension group by region, signed_on;

insert into movement
select region, day, 'extended_households', count(*)
from (
    select household_id, min(region) as region, min(signed_on) as day
    from state_extension where household_id <> '' group by household_id
) x
group by region, day;

-- Use by enterprises: amounts and households here, enterprises below.
insert into movement
select region, day, m.measure, sum(m.value)
from state_enterprise_use
cross join lateral (values
    (agreed_on, 'used_amount', amount), (agreed_on, 'remaining_amount', amount),
    (exited_on, 'exited_amount', amount), (exited_on, 'remaining_amount', -amount)
) m (day, measure, value)
where m.day is not null
group by region, day, m.measure;

insert into movement
select region, day, 'used_households', count(*)
from (
    select household_id, min(region) as region, min(agreed_on) as day
    from state_enterprise_use where household_id <> '' group by household_id
) x
group by region, day;

insert into movement
select region, day, m.measure, sum(m.value)
from (
    select region, day, (open_after > 0)::int - (open_after - change > 0)::int as turn,
           day = min(day) over (partition by household_id) as first_day
    from (
        select household_id, region, day, change,
               sum(change) over (partition by household_id order by day) as open_after
        from (
            select household_id, min(region) as region, day, sum(change) as change
            from (
                select household_id, region, agreed_on as day, 1 as change from state_enterprise_use
                union all
                select household_id, region, exited_on, -1 from state_enterprise_use where exited_on is not null
            ) event
            where household_id <> ''
            group by household_id, day
        ) daily
    ) course
) turns
-- Exited is what was used at some time and is not now.
cross join lateral (values ('remaining_households', turn), ('exited_households', first_day::int - turn)) m (measure, value)
group by region, day, m.measure;

insert into movement
select o.region, m.day, 'used_overdue_loans', sum(m.value)
from state_enterprise_use u
-- Of the household that agreed: where bank and ledger name two, that is a finding, not a figure.
join overdue_span o using (loan_id, household_id)
cross join lateral (
    select greatest(o.overdue_from, u.agreed_on) as starts, least(o.overdue_until, u.exited_on) as ends
) s
cross join lateral (values (s.starts, 1), (s.ends, -1)) m (day, value)
where s.starts < coalesce(s.ends, 'infinity') and m.day is not null
group by o.region, m.day;

-- Coverage. A household counts while it is listed.
insert into movement
select x.region, m.day, x.measure, sum(m.value)
from (
    select h.household_id, h.region, h.removed_on, s.measure, greatest(h.registered_on, s.since) as since
    from state_household h
    join (
        select household_id, 'listed_households' as measure, registered_on as since from state_household
        union all
        select household_id, 'filed_households', min(filed_on) from state_application group by household_id
        union all
        select household_id, 'rated_households', min(rated_on) from state_application group by household_id
        union all
        select household_id, 'demanding_households', min(applied_on)
        from state_application where is_eligible group by household_id
        union all
        select a.household_id, 'satisfied_households', greatest(min(a.applied_on), min(c.disbursed_on))
        from state_application a join loan_course c using (household_id)
        where a.is_eligible and a.applied_on is not null
        group by a.household_id
    ) s using (household_id)
    where s.since is not null
) x
cross join lateral (values (x.since, 1), (x.removed_on, -1)) m (day, value)
where x.since < coalesce(x.removed_on, 'infinity') and m.day is not null
group by x.region, m.day, x.measure;

drop table overdue_span;
drop table loan_course;
drop table received;
