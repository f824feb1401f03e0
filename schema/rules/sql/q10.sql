select l.loan_id as subject, '' as fact, l.household_id, l.region, l.loan_id,
       l.disbursed_on as since, l.amount,
       (l.due_on - (l.disbursed_on + make_interval(months => term.value::int))::date) as days,
       null::text as severity, null::text as group_key, array[E'loan\t' || l.loan_id] as evidence
from scope_loan l
join setting term on term.name = 'term_months' and l.disbursed_on between term.valid_from and term.valid_to
where l.due_on > (l.disbursed_on + make_interval(months => term.value::int))::date
