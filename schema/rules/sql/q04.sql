-- Days from maturity on were subsidised, or days of which no interest had been collected when it was paid.
with wrong as (
    select p.loan_id, p.household_id, p.region, p.voucher_number, p.line, p.amount,
           greatest(p.period_from, p.last_due_on) as since, p.period_to
    from scope_payment p
    where p.period_to >= p.last_due_on
    union
    select p.loan_id, p.household_id, p.region, p.voucher_number, p.line, p.amount, p.period_from, p.period_to
    from scope_payment p
    -- One look into the index for each payment: all bookings of millions of loans are not to be read for some.
    left join lateral (
        select true as is_collected from record.interest_collection i
        where i.county = %(county)s and i.loan_id = p.loan_id
          and i.period_from <= p.period_to and i.period_to >= p.period_from and i.collected_on <= p.paid_on
        limit 1
    ) c on true
    where p.period_to < p.last_due_on and c.is_collected is null
)
select w.loan_id as subject, '' as fact, w.household_id, w.region, w.loan_id,
       min(w.since) as since, sum(w.amount)::bigint as amount, sum(w.period_to - w.since + 1)::int as days,
       null::text as severity, null::text as group_key,
       (array_agg(E'subsidy_payment\t' || w.voucher_number || E'\t' || w.line order by w.since))[1:20] as evidence
from wrong w
group by w.loan_id, w.household_id, w.region
