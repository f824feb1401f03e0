-- Eligible and willing, no loan ever, and nobody wrote down why.
select a.household_id as subject, '' as fact, a.household_id, a.region, null::text as loan_id,
       coalesce(min(a.applied_on), min(a.rated_on)) as since, max(a.amount_requested) as amount, null::int as days,
       null::text as severity, null::text as group_key,
       (array_agg(E'application\t' || a.application_id order by a.application_id))[1:20] as evidence
from scope s
join record.application a on a.county = %(county)s and a.household_id = s.household_id
where a.is_eligible and a.has_willingness and a.ineligible_reason is null and a.state <> 'REFUSED'
  and not exists (select from scope_loan l where l.household_id = a.household_id)
group by a.household_id, a.region
