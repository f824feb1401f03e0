select l.loan_id as subject, '' as fact, l.household_id, l.region, l.loan_id,
       min(r.occurred_on) as since, l.balance as amount, (%(as_of)s::date - min(r.occurred_on)) as days,
       null::text as severity, null::text as group_key,
       (array[E'loan\t' || l.loan_id] || array_agg(E'risk_event\t' || r.event_id order by r.event_id))[1:20] as evidence
from scope_loan l
join record.risk_event r
    on r.county = %(county)s and r.household_id = l.household_id and r.kind = 'INCAPACITY' and r.occurred_on <= %(as_of)s
join record.person p on p.county = %(county)s and p.person_id = r.person_id and p.is_main_labour
where l.balance > 0 and coalesce(p.birth_date <= r.occurred_on, true)
group by l.loan_id, l.household_id, l.region, l.balance
