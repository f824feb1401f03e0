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
    ) s using (household_id)
    where s.since is not null
) x
cross join lateral (values (x.since, 1), (x.removed_on, -1)) m (day, value)
where x.since < coalesce(x.removed_on, 'infinity') and m.day is not null
group by x.region, m.day, x.measure;
