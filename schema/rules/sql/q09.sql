-- What the household owed on the day a loan was paid out, that loan included, is above the cap. A renewal continues
-- what it replaces, and an extension lends nothing.
select l.loan_id as subject, '' as fact, l.household_id, l.region, l.loan_id,
       l.disbursed_on as since, (l.amount + other.owed - cap.value)::bigint as amount, null::int as days,
       null::text as severity, null::text as group_key, (array[E'loan\t' || l.loan_id] || other.evidence)[1:20] as evidence
from scope_loan l
join setting cap on cap.name = 'household_cap' and l.disbursed_on between cap.valid_from and cap.valid_to
cross join lateral (
    select sum(o.amount - coalesce((
               select sum(r.principal) from record.repayment r
               where r.county = %(county)s and r.loan_id = o.earlier_loan_id and r.paid_on <= l.disbursed_on), 0)) as owed,
           array_agg(E'loan\t' || o.earlier_loan_id order by o.earlier_loan_id) as evidence
    from scope_overlap o
    where o.loan_id = l.loan_id and o.earlier_loan_id is distinct from l.previous_loan_id
) other
where other.owed > 0 and l.amount + other.owed > cap.value
