select l.loan_id as subject, '' as fact, l.household_id, l.region, l.loan_id,
       d.died_on as since, sum(p.amount)::bigint as amount,
       sum(p.period_to - greatest(p.period_from, d.died_on + 1) + 1)::int as days,
       null::text as severity, null::text as group_key,
       (min(d.evidence) || array_agg(E'subsidy_payment\t' || p.voucher_number || E'\t' || p.line order by p.period_from))[1:20]
           as evidence
from scope_loan l
join scope_death d on d.person_id = l.person_id
join scope_payment p on p.loan_id = l.loan_id and p.period_to > d.died_on
group by l.loan_id, l.household_id, l.region, d.died_on
