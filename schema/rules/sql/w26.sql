-- The balance is more times the fund than allowed; the fund is far below what it should be.
select %(county)s::text as subject, '' as fact, null::text as household_id, %(county)s::text as region, null::text as loan_id,
       %(as_of)s::date as since, greatest(0, owed.amount / times.value - fund.amount)::bigint as amount, null::int as days,
       case when fund.amount * times.value * 1000000.0 < owed.amount * least_share.value then 'HIGH' end as severity,
       null::text as group_key, array[E'region\t' || %(county)s] as evidence
from setting times
join setting least_share
    on least_share.name = 'fund_least_share' and %(as_of)s between least_share.valid_from and least_share.valid_to
cross join lateral (
    select coalesce(sum(case when t.kind in ('FUNDING', 'RECOVERY', 'INTEREST') then t.amount else -t.amount end), 0)::bigint
           as amount
    from record.fund_transaction t where t.county = %(county)s and t.booked_on <= %(as_of)s
) fund
cross join lateral (
    select t.outstanding_amount as amount from rollup.daily t
    where t.county = %(county)s and t.region = %(county)s and t.day <= %(as_of)s order by t.day desc limit 1
) owed
where times.name = 'fund_leverage' and %(as_of)s between times.valid_from and times.valid_to
  and owed.amount > fund.amount * times.value
