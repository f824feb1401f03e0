-- Arrears of each kind: the balance on the first day, less what is paid meanwhile, less what is left on the last day.
with debtor as materialized (
    select household_id, min(region) as region, count(*) as spans, min(starts) as starts, min(ends) as ends
    from arrears where kind = 'overdue' and household_id <> '' group by household_id
),
-- Apart, because most spans have had no payment.
paid as materialized (
    select o.kind, o.loan_id, o.starts,
           rollup.total(r.principal) filter (where r.day < o.starts) as before_start,
           rollup.total(r.principal) filter (where r.day < o.ends) as before_end
    from arrears o join received r using (loan_id)
    group by o.kind, o.loan_id, o.starts
),
event (region, day, kind, households, loans, amount) as (
    select o.region, m.day, o.kind, null::bigint, m.loans, m.amount
    from arrears o
    left join paid p using (kind, loan_id, starts)
    cross join lateral (values
        (o.starts, 1::bigint, o.amount - coalesce(p.before_start, 0)),
        (o.ends, -1::bigint, coalesce(p.before_end, 0) - o.amount)
    ) m (day, loans, amount)
    where m.day is not null
    union all
    select o.region, r.day, o.kind, null, null, -r.principal
    from arrears o
    join received r on r.loan_id = o.loan_id and r.day >= o.starts and r.day < coalesce(o.ends, 'infinity')
    union all
    -- Of one span, its own days are the household's.
    select d.region, m.day, 'overdue', m.households, null, null
    from debtor d
    cross join lateral (values (d.starts, 1), (d.ends, -1)) m (day, households)
    where d.spans = 1 and m.day is not null
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
from event
group by region, day
