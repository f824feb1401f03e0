-- Missing by a report and not reached since, or not reached by the last two calls.
with calls as materialized (
    select v.household_id, v.visit_id, v.visited_on, v.outcome,
           row_number() over (partition by v.household_id order by v.visited_on desc, v.visit_id desc) as place
    from scope s
    join record.visit v on v.county = %(county)s and v.household_id = s.household_id and v.visited_on <= %(as_of)s
),
missed as (
    select household_id from calls where place <= 2
    group by household_id having count(*) = 2 and bool_and(outcome = 'NOT_REACHED')
),
trouble as (
    select c.household_id, c.visited_on as since, E'visit\t' || c.visit_id as evidence
    from calls c join missed m using (household_id)
    where c.place <= 2
    union all
    select r.household_id, r.occurred_on, E'risk_event\t' || r.event_id
    from scope s
    join record.risk_event r
        on r.county = %(county)s and r.household_id = s.household_id and r.kind = 'MISSING' and r.occurred_on <= %(as_of)s
    where not exists (
        select from calls c
        where c.household_id = r.household_id and c.visited_on > r.occurred_on and c.outcome <> 'NOT_REACHED')
)
select l.loan_id as subject, '' as fact, l.household_id, l.region, l.loan_id,
       min(t.since) as since, l.balance as amount, (%(as_of)s::date - min(t.since)) as days,
       null::text as severity, null::text as group_key,
       (array[E'loan\t' || l.loan_id] || array_agg(t.evidence order by t.since, t.evidence))[1:20] as evidence
from scope_loan l
join trouble t on t.household_id = l.household_id
where l.balance > 0
group by l.loan_id, l.household_id, l.region, l.balance
