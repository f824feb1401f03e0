-- Lending: what was paid out, what came back, what is outstanding.
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
