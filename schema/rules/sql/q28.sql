-- Falls due soon, and nobody is in charge of the household.
select l.loan_id as subject, '' as fact, l.household_id, l.region, l.loan_id,
       l.last_due_on as since, l.balance as amount, (l.last_due_on - %(as_of)s::date) as days,
       null::text as severity, null::text as group_key, array[E'loan\t' || l.loan_id] as evidence
from scope_loan l
join setting ahead on ahead.name = 'maturity_notice_days' and %(as_of)s between ahead.valid_from and ahead.valid_to
where l.balance > 0 and l.last_due_on between %(as_of)s and %(as_of)s::date + ahead.value::int
  and not exists (
      select from record.officer_assignment o
      where o.county = %(county)s and o.household_id = l.household_id
        and o.valid_from <= %(as_of)s and coalesce(o.valid_to, 'infinity') >= %(as_of)s)
