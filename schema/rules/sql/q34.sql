-- No loan by its number, nor by the payee's identity number and period. Payments without a household are looked at in
-- every run.
with loose as materialized (
    select q.loan_id, q.voucher_number, q.line, q.household_id, q.region, q.payee_identity_number, q.period_from,
           q.period_to, q.amount, q.days
    from scope s
    join record.subsidy_payment q on q.county = %(county)s and q.household_id = s.household_id
    where not exists (select from scope_loan l where l.loan_id = q.loan_id)
    union all
    select q.loan_id, q.voucher_number, q.line, q.household_id, q.region, q.payee_identity_number, q.period_from,
           q.period_to, q.amount, q.days
    from record.subsidy_payment q
    where q.county = %(county)s and q.household_id is null
)
select coalesce(p.loan_id, p.voucher_number || '-' || p.line) as subject, '' as fact, p.household_id, p.region,
       null::text as loan_id, min(p.period_from) as since, sum(p.amount)::bigint as amount, sum(p.days)::int as days,
       null::text as severity, null::text as group_key,
       (array_agg(E'subsidy_payment\t' || p.voucher_number || E'\t' || p.line order by p.period_from))[1:20] as evidence
from loose p
-- Few are left here, so each is looked up.
left join lateral (
    select true as is_found from record.loan l where l.county = %(county)s and l.loan_id = p.loan_id limit 1
) by_number on true
left join lateral (
    select true as is_found from record.loan l
    where l.county = %(county)s and l.borrower_identity_number = p.payee_identity_number
      and l.disbursed_on <= p.period_to and coalesce(l.settled_on, 'infinity') > p.period_from
    limit 1
) by_payee on true
where by_number.is_found is null and by_payee.is_found is null
group by 1, p.household_id, p.region
