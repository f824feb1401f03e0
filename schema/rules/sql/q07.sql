-- Subsidised for days after the household left the registry; being lifted out of poverty is no such leaving.
select l.loan_id as subject, '' as fact, l.household_id, l.region, l.loan_id,
       h.removed_on as since, sum(p.amount)::bigint as amount,
       sum(p.period_to - greatest(p.period_from, h.removed_on + 1) + 1)::int as days,
       null::text as severity, null::text as group_key,
       (array[E'household\t' || h.household_id]
        || array_agg(E'subsidy_payment\t' || p.voucher_number || E'\t' || p.line order by p.period_from))[1:20] as evidence
from scope_loan l
join record.household h on h.county = %(county)s and h.household_id = l.household_id and h.removed_on is not null
join scope_payment p on p.loan_id = l.loan_id and p.period_to > h.removed_on
group by l.loan_id, l.household_id, l.region, h.household_id, h.removed_on
