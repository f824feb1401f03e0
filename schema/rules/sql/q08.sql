-- On the day of lending the household was not, or no longer, on the list.
select l.loan_id as subject, '' as fact, l.household_id, l.region, l.loan_id,
       l.disbursed_on as since, l.amount, null::int as days, null::text as severity, null::text as group_key,
       array[E'loan\t' || l.loan_id, E'household\t' || h.household_id] as evidence
from scope_loan l
join record.household h on h.county = %(county)s and h.household_id = l.household_id
where l.issue_type <> 'RENEWAL'
  and (h.registered_on > l.disbursed_on or h.removed_on < l.disbursed_on)
