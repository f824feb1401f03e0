-- The fund at the end of each day on which its account, the county's loans, a case or the policy changed.
insert into computed.fund_standing (
    county, standing_on, balance, outstanding, leverage, leverage_limit, required, capacity, pending, is_over_leverage,
    is_short, bad_rate, stop_line, is_suspended, missing_parameter, region, computed_in
)
with booked as (
    select t.booked_on as day,
           sum(case when t.kind in ('FUNDING', 'INTEREST', 'RECOVERY') then t.amount else -t.amount end) as change
    from record.fund_transaction t
    where t.county = %(county)s and t.booked_on <= %(as_of)s
    group by t.booked_on
),
-- A case waits from its application until it is paid; nobody says when one was refused or closed unpaid.
waiting as (
    select turn.day, sum(turn.sign * part.amount) as change,
           sum(turn.sign) filter (where part.amount is null) as unknown
    from record.compensation_case c
    left join policy_period share
        on share.name = 'loss_share_of_fund' and coalesce(c.approved_on, c.applied_on) >= share.valid_from
        and coalesce(c.approved_on, c.applied_on) < share.valid_until
    cross join lateral (
        select (c.amount * coalesce(c.fund_share, share.value) + 500000) / 1000000 as amount
    ) part
    cross join lateral (values (c.applied_on, 1), (c.paid_on, -1)) turn (day, sign)
    where c.county = %(county)s and (c.paid_on is not null or c.state in ('APPLIED', 'APPROVED'))
        and turn.day <= %(as_of)s
    group by turn.day
),
lent as (
    select d.day, d.outstanding_amount, d.bad_amount
    from rollup.daily d
    where d.county = %(county)s and d.region = %(county)s and d.day <= %(as_of)s
),
day as (
    select day from booked union select day from waiting union select day from lent union select %(as_of)s::date
    union
    select turn.day
    from policy_period p
    cross join lateral (values (p.valid_from), (p.valid_until)) turn (day)
    where p.name in ('fund_leverage', 'fund_least_share', 'lending_stop')
        and turn.day between (select least(min(b.day), (select min(l.day) from lent l)) from booked b) and %(as_of)s
),
standing as (
    select day.day,
           coalesce(sum(b.change) over days, 0)::bigint as balance,
           coalesce(sum(w.change) over days, 0)::bigint as pending,
           coalesce(sum(w.unknown) over days, 0) > 0 as is_unknown
    from day
    left join booked b on b.day = day.day
    left join waiting w on w.day = day.day
    window days as (order by day.day)
),
judged as (
    select s.day, s.balance, case when not s.is_unknown then s.pending end as pending, s.is_unknown,
           coalesce(l.outstanding_amount, 0) as outstanding, coalesce(l.bad_amount, 0) as bad,
           times.value as times, least_share.value as least_share, stop.value as stop
    from standing s
    left join lateral (
        select l.outstanding_amount, l.bad_amount
        from rollup.daily l
        where l.county = %(county)s and l.region = %(county)s and l.day <= s.day
        order by l.day desc limit 1
    ) l on true
    left join policy_period times
        on times.name = 'fund_leverage' and s.day >= times.valid_from and s.day < times.valid_until
    left join policy_period least_share
        on least_share.name = 'fund_least_share' and s.day >= least_share.valid_from and s.day < least_share.valid_until
    left join policy_period stop
        on stop.name = 'lending_stop' and s.day >= stop.valid_from and s.day < stop.valid_until
)
select %(county)s, day, balance, outstanding,
       case when balance > 0 then round(outstanding * 1000000.0 / balance)::bigint end, times,
       ceil(outstanding::numeric / nullif(times, 0))::bigint, balance * times - outstanding, pending,
       balance * times < outstanding,
       balance * 1000000.0 * times < outstanding::numeric * least_share,
       case when outstanding > 0 then round(bad * 1000000.0 / outstanding)::bigint end, stop,
       case when stop is not null then outstanding > 0 and bad * 1000000.0 >= outstanding::numeric * stop end,
       nullif(concat_ws(
           ', ', case when times is null then 'fund_leverage' end, case when least_share is null then 'fund_least_share' end,
           case when stop is null then 'lending_stop' end, case when is_unknown then 'loss_share_of_fund' end
       ), ''),
       %(county)s, %(run)s
from judged;
