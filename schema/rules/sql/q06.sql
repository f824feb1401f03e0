-- A payment counted on more principal than earlier loans of the household, still running, leave of the cap.
select l.loan_id as subject, '' as fact, l.household_id, l.region, l.loan_id,
       min(f.day_from) as since, sum(f.amount)::bigint as amount, sum(f.day_to - f.day_from + 1)::int as days,
       null::text as severity, null::text as group_key,
       (array[E'loan\t' || l.loan_id]
        || (select array_agg(distinct E'loan\t' || o.earlier_loan_id) from scope_overlap o where o.loan_id = l.loan_id)
        || array_agg(E'subsidy_payment\t' || f.voucher_number || E'\t' || f.line order by f.day_from))[1:20] as evidence
from scope_loan l
join computed.payment_fault f on f.county = %(county)s and f.loan_id = l.loan_id and f.kind = 'ABOVE_CAP'
group by l.loan_id, l.household_id, l.region
