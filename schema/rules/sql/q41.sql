-- Settled, and the subsidy ends before the last interest that was collected in time; its day of payment has passed.
select l.loan_id as subject, '' as fact, l.household_id, l.region, l.loan_id,
       paid.until as since, sum(i.interest)::bigint as amount, sum(i.days)::int as days,
       null::text as severity, null::text as group_key,
       (array[E'loan\t' || l.loan_id]
        || array_agg(E'interest_collection\t' || i.collection_id order by i.period_from))[1:20] as evidence
from scope_loan l
cross join lateral (
    select max(p.period_to) as until from record.subsidy_payment p where p.county = %(county)s and p.loan_id = l.loan_id
) paid
join record.interest_collection i
    on i.county = %(county)s and i.loan_id = l.loan_id and i.period_from > paid.until and i.period_to < l.last_due_on
join setting patience on patience.name = 'subsidy_payment_days' and %(as_of)s between patience.valid_from and patience.valid_to
where l.balance = 0
  and (date_trunc('quarter', i.collected_on - interval '20 days' - interval '2 months') + interval '5 months 19 days')::date
      + patience.value::int <= %(as_of)s
group by l.loan_id, l.household_id, l.region, paid.until
