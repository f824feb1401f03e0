-- The county's rate has risen by the step within a month, or has come near the control line.
select %(county)s::text as subject, '' as fact, null::text as household_id, %(county)s::text as region, null::text as loan_id,
       %(as_of)s::date as since, today.overdue_amount as amount, null::int as days,
       null::text as severity, null::text as group_key, array[E'region\t' || %(county)s] as evidence
from setting line
join setting near on near.name = 'overdue_near_limit' and %(as_of)s between near.valid_from and near.valid_to
join setting step on step.name = 'overdue_monthly_step' and %(as_of)s between step.valid_from and step.valid_to
cross join lateral (
    select t.overdue_amount, t.outstanding_amount, t.overdue_amount::float8 / nullif(t.outstanding_amount, 0) as rate
    from rollup.daily t
    where t.county = %(county)s and t.region = %(county)s and t.day <= %(as_of)s order by t.day desc limit 1
) today
left join lateral (
    select t.overdue_amount::float8 / nullif(t.outstanding_amount, 0) as rate from rollup.daily t
    where t.county = %(county)s and t.region = %(county)s and t.day <= (%(as_of)s::date - interval '1 month')::date
    order by t.day desc limit 1
) before on true
where line.name = 'overdue_limit' and %(as_of)s between line.valid_from and line.valid_to
  and (today.rate >= line.value / 1e6 * near.value / 1e6 or today.rate >= before.rate + step.value / 1e6)
