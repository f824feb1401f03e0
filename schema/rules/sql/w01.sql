select l.loan_id as subject, '' as fact, l.household_id, l.region, l.loan_id,
       l.last_due_on as since, l.balance as amount, (l.last_due_on - %(as_of)s::date) as days,
       case when l.last_due_on - %(as_of)s::date <= 7 then 'HIGH'
            when l.last_due_on - %(as_of)s::date <= 30 then 'MEDIUM' else 'LOW' end as severity,
       null::text as group_key, array[E'loan\t' || l.loan_id] as evidence
from scope_loan l
join setting ahead on ahead.name = 'maturity_notice_days' and %(as_of)s between ahead.valid_from and ahead.valid_to
where l.balance > 0 and l.last_due_on between %(as_of)s and %(as_of)s::date + ahead.value::int
