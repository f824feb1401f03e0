select l.loan_id as subject, '' as fact, l.household_id, l.region, l.loan_id,
       d.died_on as since, l.balance as amount, (%(as_of)s::date - d.died_on) as days,
       null::text as severity, null::text as group_key,
       (array[E'loan\t' || l.loan_id, E'person\t' || l.person_id] || d.evidence)[1:20] as evidence
from scope_loan l
join scope_death d on d.person_id = l.person_id
where l.balance > 0 and d.died_on <= %(as_of)s
