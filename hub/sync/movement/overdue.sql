-- Overdue: the balance on the first day, less what is paid meanwhile, less what is left on the last day.
insert into movement
select region, day, m.measure, sum(m.value)
from (
    select o.region, o.overdue_from, o.overdue_until,
           o.amount - coalesce(paid.before_from, 0) as balance_from,
           o.amount - coalesce(paid.before_until, 0) as balance_until
    from overdue_span o
    -- Apart, because most spans have had no payment.
    left join (
        select o.loan_id, o.overdue_from,
               sum(r.principal) filter (where r.day < o.overdue_from) as before_from,
               sum(r.principal) filter (where r.day < o.overdue_until) as before_until
        from overdue_span o join received r using (loan_id)
        group by o.loan_id, o.overdue_from
    ) paid using (loan_id, overdue_from)
) span
cross join lateral (values
    (overdue_from, 'overdue_loans', 1::bigint), (overdue_from, 'overdue_amount', balance_from),
    (overdue_until, 'overdue_loans', -1::bigint), (overdue_until, 'overdue_amount', -balance_until)
) m (day, measure, value)
where m.day is not null
group by region, day, m.measure;

insert into movement
select o.region, r.day, 'overdue_amount', -sum(r.principal)
from overdue_span o
join received r on r.loan_id = o.loan_id and r.day >= o.overdue_from and r.day < coalesce(o.overdue_until, 'infinity')
group by o.region, r.day;
