-- Compensated though nothing had happened to the household and the loan was not overdue for as many days as are agreed;
-- or above the cap.
select c.loan_id as subject, '' as fact, l.household_id, l.region, l.loan_id,
       c.applied_on as since, c.amount, (c.applied_on - l.last_due_on) as days,
       null::text as severity, null::text as group_key,
       array[E'compensation_case\t' || c.case_id, E'loan\t' || l.loan_id] as evidence
from scope_loan l
join record.compensation_case c on c.county = %(county)s and c.loan_id = l.loan_id
join setting trigger_days
    on trigger_days.name = 'compensation_trigger_days' and c.applied_on between trigger_days.valid_from and trigger_days.valid_to
join setting cap on cap.name = 'household_cap' and l.disbursed_on between cap.valid_from and cap.valid_to
where c.paid_on is not null
  and (c.principal_loss > cap.value
       or (c.applied_on < l.last_due_on + trigger_days.value::int
           and not exists (
               select from record.risk_event r
               left join record.person p on p.county = %(county)s and p.person_id = r.person_id
               where r.county = %(county)s and r.household_id = l.household_id
                 and coalesce(p.birth_date <= r.occurred_on, true) and r.kind in ('DEATH', 'INCAPACITY', 'EXTINCT') and r.occurred_on <= c.applied_on)))
