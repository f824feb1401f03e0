-- Renewed after maturity, by a household no longer on the list, more often than allowed, or in a circle.
with recursive chain as (
    select l.loan_id, n.previous_loan_id, 1 as renewals
    from scope_loan l
    join record.renewal n on n.county = %(county)s and n.loan_id = l.loan_id
    union all
    select c.loan_id, n.previous_loan_id, c.renewals + 1
    from chain c
    join record.renewal n on n.county = %(county)s and n.loan_id = c.previous_loan_id
    where c.renewals < 50
) cycle previous_loan_id set is_circle using path,
long as (
    select c.loan_id, max(c.renewals) as renewals, bool_or(c.is_circle or c.previous_loan_id = c.loan_id) as is_circle,
           array_agg(distinct E'loan\t' || c.previous_loan_id) as evidence
    from chain c
    group by c.loan_id
)
select l.loan_id as subject, '' as fact, l.household_id, l.region, l.loan_id,
       n.renewed_on as since, n.amount, greatest(0, n.renewed_on - before.last_due_on) as days,
       null::text as severity, null::text as group_key,
       (array[E'renewal\t' || l.loan_id, E'loan\t' || l.loan_id] || long.evidence)[1:20] as evidence
from scope_loan l
join record.renewal n on n.county = %(county)s and n.loan_id = l.loan_id
join long on long.loan_id = l.loan_id
left join scope_loan before on before.loan_id = n.previous_loan_id
left join record.household h on h.county = %(county)s and h.household_id = l.household_id
left join setting most on most.name = 'renewal_count' and n.renewed_on between most.valid_from and most.valid_to
where n.renewed_on > before.last_due_on
   or h.removed_on < n.renewed_on
   or long.is_circle
   or long.renewals > most.value
