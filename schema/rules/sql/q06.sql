-- A payment counted on more principal than earlier loans of the household, still running, leave of the cap.
select l.loan_id as subject, '' as fact, l.household_id, l.region, l.loan_id,
       min(p.period_from) as since, sum(p.amount)::bigint as amount, sum(p.days)::int as days,
       null::text as severity, null::text as group_key,
       (array[E'loan\t' || l.loan_id] || array_agg(distinct E'loan\t' || other.first_loan)
        || array_agg(E'subsidy_payment\t' || p.voucher_number || E'\t' || p.line order by p.period_from))[1:20] as evidence
from scope_loan l
join (select distinct o.loan_id from scope_overlap o) overlapped on overlapped.loan_id = l.loan_id
join record.subsidy_payment p on p.county = %(county)s and p.loan_id = l.loan_id
join setting cap on cap.name = 'household_cap' and l.disbursed_on between cap.valid_from and cap.valid_to
cross join lateral (
    select sum(o.amount) as amount, min(o.earlier_loan_id) as first_loan
    from scope_overlap o
    where o.loan_id = l.loan_id and o.ended_on > p.period_from
) other
where other.amount > 0 and p.principal > greatest(0, cap.value - other.amount)
group by l.loan_id, l.household_id, l.region
