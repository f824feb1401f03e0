select l.loan_id as subject, '' as fact, l.household_id, l.region, l.loan_id,
       (l.last_due_on + 1) as since, l.balance as amount, (%(as_of)s::date - l.last_due_on) as days,
       case when %(as_of)s::date - l.last_due_on <= 30 then 'MEDIUM' else 'HIGH' end as severity,
       null::text as group_key, array[E'loan\t' || l.loan_id] as evidence
from scope_loan l
where l.balance > 0 and l.last_due_on < %(as_of)s
