-- Use by enterprises: amounts and households here, enterprises in hub/sync/rollup.py.
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
