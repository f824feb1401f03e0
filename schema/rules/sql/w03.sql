-- Interest of a settlement day that has passed was not collected. Days after maturity bear penalty, not interest.
select l.loan_id as subject, '' as fact, l.household_id, l.region, l.loan_id,
       min(s.day) as since, l.balance as amount, (%(as_of)s::date - min(s.day)) as days,
       case when count(*) > 1 then 'HIGH' else 'MEDIUM' end as severity, null::text as group_key,
       array[E'loan\t' || l.loan_id] as evidence
from scope_loan l
join setting settlement
    on settlement.name = 'settlement_day' and %(as_of)s between settlement.valid_from and settlement.valid_to
cross join lateral (
    select max(i.period_to) as until
    from record.interest_collection i where i.county = %(county)s and i.loan_id = l.loan_id
) collected
cross join lateral (
    select (m.month + make_interval(days => settlement.value::int - 1))::date as day
    from generate_series(date_trunc('quarter', coalesce(collected.until, l.disbursed_on)) + interval '2 months',
                         %(as_of)s::timestamp, interval '3 months')
        m (month)
) s
where l.balance > 0 and s.day > l.disbursed_on and s.day < %(as_of)s and s.day < l.last_due_on
  and s.day > coalesce(collected.until, l.disbursed_on)
group by l.loan_id, l.household_id, l.region, l.balance
