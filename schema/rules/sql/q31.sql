-- Registered, but without a credit file or without a rating: the hundred per cent is not true for it.
select h.household_id as subject, '' as fact, h.household_id, h.region, null::text as loan_id,
       h.registered_on as since, null::bigint as amount, null::int as days,
       null::text as severity, null::text as group_key, array[E'household\t' || h.household_id] as evidence
from scope s
join record.household h on h.county = %(county)s and h.household_id = s.household_id
where h.removed_on is null
  and not exists (
      select from record.application a
      where a.county = %(county)s and a.household_id = h.household_id
        and a.filed_on is not null and a.rated_on is not null)
