-- Periods for which more was paid than the entitlement gives. Where they were paid twice, Q03 reclaims it.
select l.loan_id as subject, '' as fact, l.household_id, l.region, l.loan_id,
       min(e.period_from) as since, sum(e.overpaid)::bigint as amount, null::int as days,
       null::text as severity, null::text as group_key,
       (select array_agg(E'subsidy_payment\t' || p.voucher_number || E'\t' || p.line order by p.period_from, p.paid_on)
        from record.subsidy_payment p
        where p.county = %(county)s and p.loan_id = l.loan_id
          and p.period_from <= max(e.period_to) and p.period_to >= min(e.period_from))[1:20] as evidence
from scope_loan l
join computed.entitlement e on e.county = %(county)s and e.loan_id = l.loan_id and e.verdict = 'OVER'
where not exists (
    select from computed.payment_fault f
    where f.county = %(county)s and f.loan_id = e.loan_id and f.kind = 'DOUBLE'
      and f.day_from <= e.period_to and f.day_to >= e.period_from)
group by l.loan_id, l.household_id, l.region
