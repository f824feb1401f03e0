select l.loan_id as subject, '' as fact, l.household_id, l.region, l.loan_id,
       (l.last_due_on + 1) as since, l.balance as amount, (%(as_of)s::date - l.last_due_on) as days,
       null::text as severity, null::text as group_key, array[E'loan\t' || l.loan_id] as evidence
from scope_loan l
join setting line
    on line.name = 'substandard_overdue_days' and %(as_of)s between line.valid_from and line.valid_to
where l.balance > 0 and l.last_due_on + line.value::int < %(as_of)s and l.classification in ('NORMAL', 'SPECIAL_MENTION')
