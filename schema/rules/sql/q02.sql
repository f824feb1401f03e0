-- Paid more than principal within the cap, contract rate and days up to maturity give; by accumulated days.
select l.loan_id as subject, '' as fact, l.household_id, l.region, l.loan_id,
       min(p.period_from) as since, sum(p.amount - due.amount)::bigint as amount, null::int as days,
       null::text as severity, null::text as group_key,
       (array_agg(E'subsidy_payment\t' || p.voucher_number || E'\t' || p.line order by p.period_from))[1:20] as evidence
from scope_loan l
join record.subsidy_payment p on p.county = %(county)s and p.loan_id = l.loan_id
join setting cap on cap.name = 'household_cap' and l.disbursed_on between cap.valid_from and cap.valid_to
join setting tolerance on tolerance.name = 'subsidy_tolerance' and %(as_of)s between tolerance.valid_from and tolerance.valid_to
left join setting share
    on share.name = 'subsidy_share_of_contract' and l.disbursed_on between share.valid_from and share.valid_to
cross join lateral (
    select greatest(0, least(l.amount, cap.value - coalesce((
               select sum(o.amount) from scope_overlap o
               where o.loan_id = l.loan_id and o.ended_on > p.period_from), 0)))::bigint as principal,
           greatest(0, least(p.period_to, l.last_due_on - 1) - p.period_from + 1)::bigint as days
) base
cross join lateral (
    select (2 * base.principal * l.rate * base.days + 360000000) / 720000000
           * coalesce(share.value, 1000000) / 1000000 as amount
) due
where p.amount - due.amount > tolerance.value
group by l.loan_id, l.household_id, l.region
