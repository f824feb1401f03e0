-- Coverage. A household counts while it is listed.
select x.region, m.day,
       rollup.total(m.value) filter (where x.reached = 'listed'),
       rollup.total(m.value) filter (where x.reached = 'filed'),
       rollup.total(m.value) filter (where x.reached = 'rated'),
       rollup.total(m.value) filter (where x.reached = 'demanding')
from (
    select h.household_id, h.region, h.removed_on, s.reached, greatest(h.registered_on, s.since) as since
    from state_household h
    join (
        select household_id, 'listed' as reached, registered_on as since from state_household
        union all
        select household_id, 'filed', min(filed_on) from state_application group by household_id
        union all
        select household_id, 'rated', min(rated_on) from state_application group by household_id
        union all
        select household_id, 'demanding', min(applied_on)
        from state_application where is_eligible group by household_id
    ) s using (household_id)
    where s.since is not null
) x
cross join lateral (values (x.since, 1::bigint), (x.removed_on, -1)) m (day, value)
where x.since < coalesce(x.removed_on, 'infinity') and m.day is not null
group by x.region, m.day
