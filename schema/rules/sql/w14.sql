-- The borrower passes the oldest age before the loan falls due, and the birthday is near or past.
select l.loan_id as subject, '' as fact, l.household_id, l.region, l.loan_id,
       birthday.day as since, l.balance as amount, (l.last_due_on - birthday.day) as days,
       null::text as severity, null::text as group_key,
       array[E'loan\t' || l.loan_id, E'person\t' || l.person_id] as evidence
from scope_loan l
join setting oldest on oldest.name = 'maximum_age' and l.disbursed_on between oldest.valid_from and oldest.valid_to
join setting ahead on ahead.name = 'age_notice_months' and %(as_of)s between ahead.valid_from and ahead.valid_to
cross join lateral (
    select (l.birth_date + make_interval(years => oldest.value::int + 1))::date as day
) birthday
where l.balance > 0 and birthday.day <= l.last_due_on
  and birthday.day <= (%(as_of)s::date + make_interval(months => ahead.value::int))::date
