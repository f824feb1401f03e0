-- One identity number in more than one household: every person that has it.
select p.person_id as subject, '' as fact, p.household_id, p.region, null::text as loan_id,
       null::date as since, null::bigint as amount, null::int as days, null::text as severity,
       encode(sha256(convert_to(p.identity_number, 'UTF8')), 'hex') as group_key, s.evidence
from scope_number s
join record.person p on p.county = %(county)s and p.identity_number = s.identity_number
