-- Counted with another rate than the contract's, or paid another share of it than the policy's.
select l.loan_id as subject, '' as fact, l.household_id, l.region, l.loan_id,
       min(p.period_from) as since,
       sum(p.amount - (2 * p.principal * l.rate * p.days + 360000000) / 720000000
           * coalesce(share.value, 1000000) / 1000000)::bigint as amount,
       null::int as days, null::text as severity, null::text as group_key,
       (array_agg(E'subsidy_payment\t' || p.voucher_number || E'\t' || p.line order by p.period_from))[1:20] as evidence
from scope_loan l
join record.subsidy_payment p on p.county = %(county)s and p.loan_id = l.loan_id
join setting tolerance on tolerance.name = 'subsidy_tolerance' and %(as_of)s between tolerance.valid_from and tolerance.valid_to
left join setting share
    on share.name = 'subsidy_share_of_contract' and l.disbursed_on between share.valid_from and share.valid_to
where p.rate <> l.rate
   or abs(p.amount - (2 * p.principal * p.rate * p.days + 360000000) / 720000000 * share.value / 1000000)
      > tolerance.value
group by l.loan_id, l.household_id, l.region
