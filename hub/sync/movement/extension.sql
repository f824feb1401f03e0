select region, day, rollup.total(households), rollup.total(amount)
from (
    select region, signed_on as day, null::bigint as households, amount from state_extension
    union all
    select min(region), min(signed_on), 1, null
    from state_extension where household_id <> '' group by household_id
) event
group by region, day
