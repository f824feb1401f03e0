-- An agreement whose loan the bank does not know; a loan an enterprise repaid without an agreement; a loan to somebody
-- who is not in the registry. The last have no household and are looked at in every run.
select u.loan_id as subject, 'agreement' as fact, u.household_id, u.region, null::text as loan_id,
       u.agreed_on as since, u.amount, null::int as days, null::text as severity, null::text as group_key,
       array[E'enterprise_use\t' || u.agreement_number] as evidence
from scope s
join record.enterprise_use u on u.county = %(county)s and u.household_id = s.household_id
where not exists (select from record.loan l where l.county = %(county)s and l.loan_id = u.loan_id)
union all
select l.loan_id, 'repayment', l.household_id, l.region, l.loan_id,
       max(r.paid_on), sum(r.principal)::bigint, null, null, null,
       (array[E'loan\t' || l.loan_id] || array_agg(E'repayment\t' || r.repayment_id order by r.paid_on))[1:20]
from scope_loan l
join record.repayment r on r.county = %(county)s and r.loan_id = l.loan_id
where r.origin = 'ENTERPRISE'
  and not exists (select from record.enterprise_use u where u.county = %(county)s and u.loan_id = l.loan_id)
group by l.loan_id, l.household_id, l.region
union all
select l.loan_id, 'registry', l.household_id, l.region, l.loan_id,
       l.disbursed_on, l.amount, null, null, null, array[E'loan\t' || l.loan_id]
from record.loan l
where l.county = %(county)s and l.household_id is null
