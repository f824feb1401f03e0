-- Lending: what was paid out, what came back, what is outstanding.
with borrower as materialized (
    select household_id, min(region) as region, count(*) as loans,
           min(disbursed_on) as first_on, min(settled_on) as settled_on
    from loan_course where household_id <> '' group by household_id
),
event (region, day, new_households, new_loans, new_amount, closed_loans, repaid, owing_households, owing_loans, owing) as (
    select region, disbursed_on, null::bigint, 1::bigint, amount, null::bigint, null::bigint, null::bigint, 1::bigint, amount
    from loan_course
    union all
    select region, day, null, null, null, null, principal, null, null, -principal from received
    union all
    select region, settled_on, null, null, null, 1, null, null, -1, null from loan_course where settled_on is not null
    union all
    -- Of one loan, its own days are the household's; most have one.
    select region, first_on, 1, null, null, null, null, case when loans = 1 then 1 end, null, null from borrower
    union all
    select region, settled_on, null, null, null, null, null, -1, null, null
    from borrower where loans = 1 and settled_on is not null
    union all
    select region, day, null, null, null, null, null, (open_after > 0)::int - (open_after - change > 0)::int, null, null
    from (
        select household_id, region, day, change,
               sum(change) over (partition by household_id order by day) as open_after
        from (
            select b.household_id, b.region, m.day, sum(m.value) as change
            from borrower b
            join loan_course c using (household_id)
            cross join lateral (values (c.disbursed_on, 1), (c.settled_on, -1)) m (day, value)
            where b.loans > 1 and m.day is not null
            group by b.household_id, b.region, m.day
        ) daily
    ) course
)
select region, day, rollup.total(new_households), rollup.total(new_loans), rollup.total(new_amount),
       rollup.total(closed_loans), rollup.total(repaid),
       rollup.total(owing_households), rollup.total(owing_loans), rollup.total(owing)
from event
group by region, day
