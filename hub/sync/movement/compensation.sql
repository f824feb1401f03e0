select region, day, rollup.total(households), rollup.total(amount)
from (
    select region, paid_on as day, null::bigint as households, amount from state_compensation_case
    union all
    select min(region), min(paid_on), 1, null
    from state_compensation_case where household_id <> '' group by household_id
) event
group by region, day
