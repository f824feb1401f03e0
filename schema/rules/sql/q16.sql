select l.loan_id as subject, '' as fact, l.household_id, l.region, l.loan_id,
       gone.since, l.balance as amount, (%(as_of)s::date - gone.since) as days,
       null::text as severity, null::text as group_key,
       (array[E'loan\t' || l.loan_id, E'household\t' || h.household_id] || gone.evidence)[1:20] as evidence
from scope_loan l
join record.household h on h.county = %(county)s and h.household_id = l.household_id
left join (
    -- Few such events are known of anybody.
    select r.household_id, min(r.occurred_on) as since,
           array_agg(E'risk_event\t' || r.event_id order by r.event_id) as evidence
    from record.risk_event r
    where r.county = %(county)s and r.kind = 'EXTINCT' and r.occurred_on <= %(as_of)s
    group by r.household_id
) gone on gone.household_id = l.household_id
where l.balance > 0 and (h.poverty_status = 'EXTINCT' or gone.since is not null)
