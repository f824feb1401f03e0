-- An agency has not delivered for long; or too many of the bank's loans are to people the registry does not know; or
-- something happened to somebody before birth.
select s.agency as subject, 'age' as fact, null::text as household_id, %(county)s::text as region, null::text as loan_id,
       max(s.finished_at)::date as since, null::bigint as amount, (%(as_of)s::date - max(s.finished_at)::date) as days,
       null::text as severity, null::text as group_key, array[]::text[] as evidence
from sync.run s
join setting line on line.name = 'delivery_age_days' and %(as_of)s between line.valid_from and line.valid_to
where s.county = %(county)s and s.state = 'DONE'
group by s.agency
having %(as_of)s::date - max(s.finished_at)::date > max(line.value)
union all
select 'BANK', 'unmatched', null, %(county)s::text, null, null, unmatched.amount, null, null, null,
       array[E'region\t' || %(county)s]
from setting line
cross join lateral (
    select count(*) filter (where l.household_id is null) as loans, count(*) as all_loans,
           (sum(l.amount) filter (where l.household_id is null))::bigint as amount
    from record.loan l where l.county = %(county)s
) unmatched
where line.name = 'unmatched_share' and %(as_of)s between line.valid_from and line.valid_to
  and unmatched.loans * 1000000.0 > unmatched.all_loans * line.value
union all
select 'RELIEF', 'event ' || r.event_id, r.household_id, r.region, null, r.occurred_on, null, null, null, null,
       array[E'risk_event\t' || r.event_id, E'person\t' || p.person_id]
from record.risk_event r
join record.person p on p.county = r.county and p.person_id = r.person_id
where r.county = %(county)s and r.kind in ('DEATH', 'INCAPACITY') and r.occurred_on < p.birth_date
