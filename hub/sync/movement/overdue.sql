-- Arrears of each kind: the balance on the first day, less what is paid meanwhile, less what is left on the last day.
insert into movement
select region, day, kind || '_amount', sum(value)
from (
    select o.kind, o.region, o.starts, o.ends,
           o.amount - coalesce(paid.before_start, 0) as balance_at_start,
           o.amount - coalesce(paid.before_end, 0) as balance_at_end
    from arrears o
    -- Apart, because most spans have had no payment.
    left join (
        select o.kind, o.loan_id, o.starts,
               sum(r.principal) filter (where r.day < o.starts) as before_start,
               sum(r.principal) filter (where r.day < o.ends) as before_end
        from arrears o join received r using (loan_id)
        group by o.kind, o.loan_id, o.starts
    ) paid using (kind, loan_id, starts)
) span
cross join lateral (values (starts, balance_at_start), (ends, -balance_at_end)) m (day, value)
where m.day is not null
group by region, day, kind;

insert into movement
select o.region, r.day, o.kind || '_amount', -sum(r.principal)
from arrears o
join received r on r.loan_id = o.loan_id and r.day >= o.starts and r.day < coalesce(o.ends, 'infinity')
group by o.region, r.day, o.kind;

insert into movement
select o.region, m.day, o.kind || '_loans', sum(m.value)
from arrears o
cross join lateral (values (o.starts, 1), (o.ends, -1)) m (day, value)
where o.kind in ('overdue', 'bad') and m.day is not null
group by o.region, m.day, o.kind;

insert into movement
select region, day, 'overdue_households', sum((open_after > 0)::int - (open_after - change > 0)::int)
from (
    select household_id, region, day, change,
           sum(change) over (partition by household_id order by day) as open_after
    from (
        select o.household_id, min(o.region) as region, m.day, sum(m.value) as change
        from arrears o
        cross join lateral (values (o.starts, 1), (o.ends, -1)) m (day, value)
        where o.kind = 'overdue' and o.household_id <> '' and m.day is not null
        group by o.household_id, m.day
    ) daily
) course
group by region, day;
