-- Compensated is not settled: the claim stays open for recovery.
select c.loan_id as subject, '' as fact, l.household_id, l.region, l.loan_id,
       c.paid_on as since, c.amount, null::int as days, null::text as severity, null::text as group_key,
       array[E'compensation_case\t' || c.case_id, E'loan\t' || l.loan_id] as evidence
from scope_loan l
join record.compensation_case c on c.county = %(county)s and c.loan_id = l.loan_id
where c.paid_on is not null and l.status not in ('COMPENSATED', 'WRITTEN_OFF')
