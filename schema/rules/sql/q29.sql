-- Overdue for some time, and nobody is in charge of the household, or nobody has called since maturity. Where no visit
-- was ever delivered, only the first is asked.
with called as materialized (
    select v.household_id, max(v.visited_on) as last_on
    from scope s
    join record.visit v on v.county = %(county)s and v.household_id = s.household_id and v.visited_on <= %(as_of)s
    group by v.household_id
)
select l.loan_id as subject, '' as fact, l.household_id, l.region, l.loan_id,
       l.last_due_on as since, l.balance as amount, (%(as_of)s::date - l.last_due_on) as days,
       null::text as severity, null::text as group_key, array[E'loan\t' || l.loan_id] as evidence
from scope_loan l
join setting patience on patience.name = 'overdue_visit_days' and %(as_of)s between patience.valid_from and patience.valid_to
left join called c on c.household_id = l.household_id
-- Few are overdue, so each is looked up.
left join lateral (
    select true as is_there
    from record.officer_assignment o
    where o.county = %(county)s and o.household_id = l.household_id
      and o.valid_from <= %(as_of)s and coalesce(o.valid_to, 'infinity') >= %(as_of)s
    limit 1
) officer on true
where l.balance > 0 and l.last_due_on + patience.value::int < %(as_of)s
  and (
      officer.is_there is null
      or (coalesce(c.last_on, '-infinity') <= l.last_due_on
          and exists (select from record.visit v where v.county = %(county)s))
  )
