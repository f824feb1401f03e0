-- Two payments for overlapping periods of one loan, in whatever batch or to whatever account; of which loans, the
-- payments' own faults tell. However many came before it, a payment is reclaimed once.
with again as (
    select l.loan_id, l.household_id, l.region, E'subsidy_payment\t' || later.voucher_number || E'\t' || later.line as key,
           later.period_from, later.amount,
           max(least(later.period_to, earlier.period_to) - greatest(later.period_from, earlier.period_from) + 1) as days,
           array_agg(E'subsidy_payment\t' || earlier.voucher_number || E'\t' || earlier.line) as before
    from (
        select distinct l.loan_id, l.household_id, l.region
        from scope_loan l
        join computed.payment_fault f on f.county = %(county)s and f.loan_id = l.loan_id and f.kind = 'DOUBLE'
    ) l
    join record.subsidy_payment earlier on earlier.county = %(county)s and earlier.loan_id = l.loan_id
    join record.subsidy_payment later
        on later.county = %(county)s and later.loan_id = l.loan_id
        and (later.paid_on, later.voucher_number, later.line) > (earlier.paid_on, earlier.voucher_number, earlier.line)
        and later.period_from <= earlier.period_to and earlier.period_from <= later.period_to
    group by l.loan_id, l.household_id, l.region, later.voucher_number, later.line, later.period_from, later.amount
)
select a.loan_id as subject, '' as fact, a.household_id, a.region, a.loan_id,
       min(a.period_from) as since, sum(a.amount)::bigint as amount, sum(a.days)::int as days,
       null::text as severity, null::text as group_key,
       (select array_agg(distinct k.key)
        from again o cross join lateral unnest(o.before || o.key) k (key)
        where o.loan_id = a.loan_id)[1:20] as evidence
from again a
group by a.loan_id, a.household_id, a.region
