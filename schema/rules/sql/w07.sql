-- The share of substandard, doubtful and lost loans exceeds the bank's own target by more than is tolerated.
select %(county)s::text as subject, '' as fact, null::text as household_id, %(county)s::text as region, null::text as loan_id,
       %(as_of)s::date as since, bad.amount, null::int as days, null::text as severity, null::text as group_key,
       array[E'region\t' || %(county)s] as evidence
from setting target
join setting tolerance
    on tolerance.name = 'bad_loan_tolerance' and %(as_of)s between tolerance.valid_from and tolerance.valid_to
cross join lateral (
    select sum(l.balance) filter (where l.classification in ('SUBSTANDARD', 'DOUBTFUL', 'LOSS'))::bigint as amount,
           sum(l.balance) as outstanding
    from record.loan l where l.county = %(county)s and l.status in ('OPEN', 'OVERDUE')
) bad
where target.name = 'bad_loan_target' and %(as_of)s between target.valid_from and target.valid_to
  and bad.amount * 1000000.0 >= bad.outstanding * (target.value + tolerance.value)
