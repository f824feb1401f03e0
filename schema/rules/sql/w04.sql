select r.code as subject, '' as fact, null::text as household_id, r.code as region, null::text as loan_id,
       %(as_of)s::date as since, d.overdue_amount as amount, null::int as days,
       case when d.overdue_amount * 1000000 >= d.outstanding_amount * stop.value then 'HIGH' else 'MEDIUM' end as severity,
       null::text as group_key, array[E'region\t' || r.code] as evidence
from record.region r
join setting line on line.name = 'overdue_limit' and %(as_of)s between line.valid_from and line.valid_to
join setting stop on stop.name = 'village_lending_stop' and %(as_of)s between stop.valid_from and stop.valid_to
cross join lateral (
    select t.overdue_amount, t.outstanding_amount from rollup.daily t
    where t.county = %(county)s and t.region = r.code and t.day <= %(as_of)s order by t.day desc limit 1
) d
where r.county = %(county)s and r.level = 'VILLAGE' and d.overdue_amount > 0
  and d.overdue_amount * 1000000 >= d.outstanding_amount * line.value
