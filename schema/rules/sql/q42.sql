-- The bank closed a loan by compensation and the fund's ledger has no such case, or another sum; or the other way round.
select l.loan_id as subject, '' as fact, l.household_id, l.region, l.loan_id,
       coalesce(max(c.paid_on), max(b.paid_on)) as since,
       abs(coalesce(sum(c.principal_loss), 0) - coalesce(max(b.amount), 0))::bigint as amount, null::int as days,
       null::text as severity, null::text as group_key,
       (array[E'loan\t' || l.loan_id] || coalesce(array_agg(E'compensation_case\t' || c.case_id) filter (where c.case_id is not null), '{}')
        || coalesce(max(b.evidence), '{}'))[1:20] as evidence
from scope_loan l
left join record.compensation_case c on c.county = %(county)s and c.loan_id = l.loan_id and c.paid_on is not null
left join (
    select r.loan_id, sum(r.principal) as amount, max(r.paid_on) as paid_on,
           array_agg(E'repayment\t' || r.repayment_id order by r.repayment_id) as evidence
    from scope s
    join record.repayment r on r.county = %(county)s and r.household_id = s.household_id
    where r.origin = 'COMPENSATION'
    group by r.loan_id
) b on b.loan_id = l.loan_id
where c.case_id is not null or b.loan_id is not null
group by l.loan_id, l.household_id, l.region
having coalesce(sum(c.principal_loss), 0) <> coalesce(max(b.amount), 0)
union all
-- More was recovered on the loan than was lost: one of the two records is wrong.
select l.loan_id, 'recovered', l.household_id, l.region, l.loan_id, back.since,
       (back.amount - lost.amount)::bigint, null, null, null, (array[E'loan\t' || l.loan_id] || lost.evidence || back.evidence)[1:20]
from scope_loan l
cross join lateral (
    select sum(c.amount) as amount, array_agg(E'compensation_case\t' || c.case_id order by c.case_id) as evidence
    from record.compensation_case c
    where c.county = %(county)s and c.loan_id = l.loan_id and c.paid_on is not null
) lost
cross join lateral (
    select sum(r.amount) as amount, min(r.recovered_on) as since,
           array_agg(E'recovery\t' || r.recovery_id order by r.recovered_on) as evidence
    from record.recovery r
    where r.county = %(county)s and r.loan_id = l.loan_id
) back
where back.amount > lost.amount
