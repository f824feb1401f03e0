select l.household_id as subject, '' as fact, l.household_id, l.region, min(l.loan_id) as loan_id,
       null::date as since, sum(l.balance)::bigint as amount, null::int as days,
       null::text as severity, null::text as group_key,
       (array[E'household\t' || l.household_id] || array_agg(E'loan\t' || l.loan_id order by l.loan_id))[1:20] as evidence
from scope_loan l
join record.household h on h.county = %(county)s and h.household_id = l.household_id
where l.balance > 0 and h.poverty_status in ('MONITORED', 'RETURNED')
group by l.household_id, l.region
