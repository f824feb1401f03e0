-- Of cases that the fund has paid, as one refused before has nothing to give back.
-- What was recovered long enough ago, times the fund's share, is more than the fund was given back for the case.
select c.case_id as subject, '' as fact, c.household_id, c.region, c.loan_id,
       back.since, (back.due - coalesce(given.amount, 0))::bigint as amount, (%(as_of)s::date - back.since) as days,
       null::text as severity, null::text as group_key,
       (array[E'compensation_case\t' || c.case_id] || back.evidence || coalesce(given.evidence, '{}'))[1:20] as evidence
from scope s
join record.compensation_case c on c.county = %(county)s and c.household_id = s.household_id
left join setting share on share.name = 'loss_share_of_fund' and c.approved_on between share.valid_from and share.valid_to
cross join lateral (
    select sum(coalesce(r.fund_part, r.amount * coalesce(c.fund_share, share.value) / 1000000)) as due,
           min(r.recovered_on) as since, array_agg(E'recovery\t' || r.recovery_id order by r.recovered_on) as evidence
    from record.recovery r
    join setting patience
        on patience.name = 'recovery_sharing_days' and %(as_of)s between patience.valid_from and patience.valid_to
    where r.county = %(county)s and r.loan_id = c.loan_id and coalesce(r.case_id, c.case_id) = c.case_id
      and r.recovered_on + patience.value::int < %(as_of)s
) back
left join lateral (
    select sum(t.amount) as amount, array_agg(E'fund_transaction\t' || t.transaction_id order by t.booked_on) as evidence
    from record.fund_transaction t
    where t.county = %(county)s and t.case_id = c.case_id and t.kind = 'RECOVERY'
) given on true
where c.paid_on is not null and back.due > coalesce(given.amount, 0)
union all
-- The bank's two parts do not make up what it recovered.
select c.case_id, 'parts ' || r.recovery_id, c.household_id, c.region, c.loan_id, r.recovered_on,
       abs(r.amount - r.fund_part - r.bank_part)::bigint, null, null, null,
       array[E'compensation_case\t' || c.case_id, E'recovery\t' || r.recovery_id]
from scope s
join record.compensation_case c on c.county = %(county)s and c.household_id = s.household_id
join record.recovery r
    on r.county = %(county)s and r.loan_id = c.loan_id and coalesce(r.case_id, c.case_id) = c.case_id
where c.paid_on is not null and r.fund_part + r.bank_part <> r.amount
union all
-- The fund booked more money back than its part of what the bank recovered.
select c.case_id, 'booked', c.household_id, c.region, c.loan_id, given.since,
       (given.amount - coalesce(back.due, 0))::bigint, null, null, null,
       (array[E'compensation_case\t' || c.case_id] || given.evidence || coalesce(back.evidence, '{}'))[1:20]
from scope s
join record.compensation_case c on c.county = %(county)s and c.household_id = s.household_id
left join setting share on share.name = 'loss_share_of_fund' and c.approved_on between share.valid_from and share.valid_to
cross join lateral (
    select sum(t.amount) as amount, min(t.booked_on) as since,
           array_agg(E'fund_transaction\t' || t.transaction_id order by t.booked_on) as evidence
    from record.fund_transaction t
    where t.county = %(county)s and t.case_id = c.case_id and t.kind = 'RECOVERY'
) given
cross join lateral (
    select sum(part.due) as due, coalesce(bool_or(part.due is null), false) as is_unknown,
           array_agg(E'recovery\t' || r.recovery_id order by r.recovered_on) as evidence
    from record.recovery r
    cross join lateral (
        select coalesce(r.fund_part, r.amount * coalesce(c.fund_share, share.value) / 1000000) as due
    ) part
    where r.county = %(county)s and r.loan_id = c.loan_id and coalesce(r.case_id, c.case_id) = c.case_id
) back
where not back.is_unknown and given.amount > coalesce(back.due, 0) + 100
