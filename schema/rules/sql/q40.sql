-- One identity number in more than one household: every person that has it.
with number as (
    select distinct p.identity_number
    from scope s
    join record.person p on p.county = %(county)s and p.household_id = s.household_id
),
shared as (
    select p.identity_number, (array_agg(E'person\t' || p.person_id order by p.person_id))[1:20] as evidence
    from record.person p
    where p.county = %(county)s and p.identity_number in (select n.identity_number from number n)
    group by p.identity_number
    having count(distinct p.household_id) > 1
)
select p.person_id as subject, '' as fact, p.household_id, p.region, null::text as loan_id,
       null::date as since, null::bigint as amount, null::int as days, null::text as severity,
       encode(sha256(convert_to(p.identity_number, 'UTF8')), 'hex') as group_key, s.evidence
from shared s
join record.person p on p.county = %(county)s and p.identity_number = s.identity_number
