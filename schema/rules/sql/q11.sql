-- By the birthday in the registry, which the identity number repeats.
select l.loan_id as subject, '' as fact, l.household_id, l.region, l.loan_id,
       l.disbursed_on as since, l.amount, null::int as days, null::text as severity, null::text as group_key,
       array[E'loan\t' || l.loan_id, E'person\t' || l.person_id] as evidence
from scope_loan l
join setting youngest on youngest.name = 'minimum_age' and l.disbursed_on between youngest.valid_from and youngest.valid_to
join setting oldest on oldest.name = 'maximum_age' and l.disbursed_on between oldest.valid_from and oldest.valid_to
where l.disbursed_on < (l.birth_date + make_interval(years => youngest.value::int))::date
   or l.disbursed_on >= (l.birth_date + make_interval(years => oldest.value::int + 1))::date
