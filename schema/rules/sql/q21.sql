select l.loan_id as subject, '' as fact, l.household_id, l.region, l.loan_id,
       u.exited_on as since, l.balance as amount, (%(as_of)s::date - u.exited_on) as days,
       null::text as severity, null::text as group_key,
       array[E'enterprise_use\t' || u.agreement_number, E'loan\t' || l.loan_id] as evidence
from scope_loan l
join record.enterprise_use u on u.county = %(county)s and u.loan_id = l.loan_id
where u.exited_on <= %(as_of)s and l.balance > 0
