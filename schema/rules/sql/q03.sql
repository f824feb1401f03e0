-- Two payments for overlapping periods of one loan, in whatever batch or to whatever account; of which loans, the
-- payments' own faults tell.
select l.loan_id as subject, '' as fact, l.household_id, l.region, l.loan_id,
       min(later.period_from) as since, sum(later.amount)::bigint as amount,
       sum(least(later.period_to, earlier.period_to) - greatest(later.period_from, earlier.period_from) + 1)::int as days,
       null::text as severity, null::text as group_key,
       (array_agg(E'subsidy_payment\t' || earlier.voucher_number || E'\t' || earlier.line)
        || array_agg(E'subsidy_payment\t' || later.voucher_number || E'\t' || later.line))[1:20] as evidence
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
group by l.loan_id, l.household_id, l.region
