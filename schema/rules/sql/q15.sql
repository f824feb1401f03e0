-- The main labourer died or can no longer work, time has passed, the loan is open and no case was opened.
select l.loan_id as subject, '' as fact, l.household_id, l.region, l.loan_id,
       min(r.occurred_on) as since, l.balance as amount, (%(as_of)s::date - min(r.occurred_on)) as days,
       null::text as severity, null::text as group_key,
       (array[E'loan\t' || l.loan_id] || array_agg(E'risk_event\t' || r.event_id order by r.event_id))[1:20] as evidence
from scope_loan l
join record.risk_event r on r.county = %(county)s and r.household_id = l.household_id and r.kind in ('DEATH', 'INCAPACITY')
join record.person p on p.county = %(county)s and p.person_id = r.person_id and p.is_main_labour
join setting patience
    on patience.name = 'compensation_opening_days' and %(as_of)s between patience.valid_from and patience.valid_to
where l.balance > 0 and coalesce(p.birth_date <= r.occurred_on, true) and r.occurred_on + patience.value::int < %(as_of)s
  and not exists (select from record.compensation_case c where c.county = %(county)s and c.loan_id = l.loan_id)
group by l.loan_id, l.household_id, l.region, l.balance
