-- Use by enterprises: amounts and households here, enterprises in hub/sync/rollup.py.
select region, day, rollup.total(used_amount), rollup.total(exited_amount), rollup.total(remaining_amount),
       rollup.total(used_households), rollup.total(exited_households), rollup.total(remaining_households)
from (
    select region, agreed_on as day, amount as used_amount, null::bigint as exited_amount, amount as remaining_amount,
           null::bigint as used_households, null::bigint as exited_households, null::bigint as remaining_households
    from state_enterprise_use
    union all
    select region, exited_on, null, amount, -amount, null, null, null
    from state_enterprise_use where exited_on is not null
    union all
    select min(region), min(agreed_on), null, null, null, 1, null, null
    from state_enterprise_use where household_id <> '' group by household_id
    union all
    -- Exited is what was used at some time and is not now.
    select region, day, null, null, null, null, first_day::int - turn, turn
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
) event
group by region, day
