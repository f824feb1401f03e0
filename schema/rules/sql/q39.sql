-- The delay for the epidemic ended for all on 2021-03-31 (银保监发〔2020〕28号); the loan is open and nothing followed.
select l.loan_id as subject, '' as fact, l.household_id, l.region, l.loan_id,
       x.extended_due_on as since, l.balance as amount, (%(as_of)s::date - x.extended_due_on) as days,
       null::text as severity, null::text as group_key,
       array[E'loan\t' || l.loan_id, E'extension\t' || x.extension_id] as evidence
from scope_loan l
join record.extension x
    on x.county = %(county)s and x.loan_id = l.loan_id and x.extended_due_on = l.last_due_on
    and position('疫情' in x.reason) > 0
where l.balance > 0 and l.last_due_on < %(as_of)s
  and x.signed_on between date '2020-01-01' and date '2021-03-31' and %(as_of)s > date '2021-03-31'
