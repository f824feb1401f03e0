select l.loan_id as subject, '' as fact, l.household_id, l.region, l.loan_id,
       u.agreed_on as since, u.amount, null::int as days, null::text as severity, null::text as group_key,
       array[E'enterprise_use\t' || u.agreement_number, E'loan\t' || l.loan_id] as evidence
from scope_loan l
join record.enterprise_use u on u.county = %(county)s and u.loan_id = l.loan_id
join setting ban on ban.name = 'enterprise_use' and u.agreed_on between ban.valid_from and ban.valid_to
where ban.code = 'FORBIDDEN'
