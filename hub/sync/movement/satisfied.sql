-- Demand that was met. A household counts while it is listed.
select x.region, m.day, rollup.total(m.value)
from (
    select h.region, h.removed_on, greatest(h.registered_on, s.since) as since
    from state_household h
    join (
        select a.household_id, greatest(min(a.applied_on), min(c.disbursed_on)) as since
        from state_application a join loan_course c using (household_id)
        where a.is_eligible and a.applied_on is not null
        group by a.household_id
    ) s using (household_id)
    where s.since is not null
) x
cross join lateral (values (x.since, 1::bigint), (x.removed_on, -1)) m (day, value)
where x.since < coalesce(x.removed_on, 'infinity') and m.day is not null
group by x.region, m.day
