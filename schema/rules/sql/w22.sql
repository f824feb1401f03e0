-- Owed, and nobody has called since long; or overdue, and nobody has called since maturity, or not for some time.
with called as materialized (
    select v.household_id, max(v.visited_on) as last_on,
           (array_agg(E'visit\t' || v.visit_id order by v.visited_on desc, v.visit_id))[1:1] as evidence
    from scope s
    join record.visit v on v.county = %(county)s and v.household_id = s.household_id and v.visited_on <= %(as_of)s
    group by v.household_id
)
select l.loan_id as subject, '' as fact, l.household_id, l.region, l.loan_id,
       owed.called_on as since, l.balance as amount, (%(as_of)s::date - owed.called_on) as days,
       case when owed.is_overdue then 'HIGH' end as severity, null::text as group_key,
       array[E'loan\t' || l.loan_id] || coalesce(c.evidence, '{}') as evidence
from scope_loan l
join setting usual on usual.name = 'visit_days' and %(as_of)s between usual.valid_from and usual.valid_to
join setting overdue on overdue.name = 'overdue_visit_days' and %(as_of)s between overdue.valid_from and overdue.valid_to
left join called c on c.household_id = l.household_id
cross join lateral (
    select greatest(l.disbursed_on, c.last_on) as called_on,
           greatest(l.last_due_on, c.last_on) + overdue.value::int < %(as_of)s as is_overdue
) owed
where l.balance > 0 and (owed.is_overdue or owed.called_on + usual.value::int < %(as_of)s)
