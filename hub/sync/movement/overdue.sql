-- Arrears of each kind: the balance on the first day, less what is paid meanwhile, less what is left on the last day.
with debtor as materialized (
    select household_id, min(region) as region, count(*) as spans, min(starts) as starts, min(ends) as ends
    from arrears where kind = 'overdue' and household_id <> '' group by household_id
),
-- Apart, because most spans have had no payment.
paid as materialized (
    select o.kind, o.region, o.starts, o.ends,
           rollup.total(r.principal) filter (where r.day < o.starts) as before_start,
           rollup.total(r.principal) filter (where r.day < o.ends) as before_end
    from arrears o join received r using (loan_id)
    group by o.kind, o.loan_id, o.region, o.starts, o.ends
),
event (region, day, kind, households, loans, amount) as (
    select region, starts, kind, null::bigint, 1::bigint, amount from arrears
    union all
    select region, ends, kind, null, -1, -amount from arrears where ends is not null
    union all
    select o.region, m.day, o.kind, null, null, m.amount
    from paid o
    cross join lateral (values (o.starts, -o.before_start), (o.ends, o.before_end)) m (day, amount)
    where m.amount <> 0
    union all
    select o.region, r.day, o.kind, null, null, -r.principal
    from arrears o
    join received r on r.loan_id = o.loan_id and r.day >= o.starts and r.day < coalesce(o.ends, 'infinity')
    union all
    -- Of one span, its own days are the household's.
    select region, starts, 'overdue', 1, null, null from debtor where spans = 1
    union all
    select region, ends, 'overdue', -1, null, null from debtor where spans = 1 and ends is not null
    union all
    select region, day, 'overdue', (open_after > 0)::int - (open_after - change > 0)::int, null, null
    from (
        select household_id, region, day, change,
               sum(change) over (partition by household_id order by day) as open_after
        from (
            select d.household_id, d.region, m.day, sum(m.value) as change
            from debtor d
            join arrears o using (household_id)
            cross join lateral (values (o.starts, 1), (o.ends, -1)) m (day, value)
            where d.spans > 1 and o.kind = 'overdue' and m.day is not null
            group by d.household_id, d.region, m.day
        ) daily
    ) course
)
select region, day, rollup.total(households),
       rollup.total(loans) filter (where kind = 'overdue'), rollup.total(amount) filter (where kind = 'overdue'),
       rollup.total(amount) filter (where kind = 'late30'), rollup.total(amount) filter (where kind = 'past_due'),
       rollup.total(loans) filter (where kind = 'bad'), rollup.total(amount) filter (where kind = 'bad')
from (
    -- By kind first: a kind is then looked at once for each place and day, not for each span.
    select region, day, kind, rollup.total(households) as households, rollup.total(loans) as loans,
           rollup.total(amount) as amount
    from event
    group by region, day, kind
) net
group by region, day
