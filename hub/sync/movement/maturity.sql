-- What fell due: the balance left on the eve of each maturity that was in force on its day.
with fell_due as materialized (
    select loan_id, region, due_on, in_force_from, amount
    from maturity
    where due_on > disbursed_on and due_on >= in_force_from and due_on < coalesce(in_force_until, 'infinity')
      and (settled_on is null or settled_on >= due_on)
),
paid as (
    select m.loan_id, m.in_force_from, rollup.total(r.principal) as principal
    from fell_due m join received r on r.loan_id = m.loan_id and r.day < m.due_on
    group by m.loan_id, m.in_force_from
)
select m.region, m.due_on, count(*), rollup.total(m.amount - coalesce(p.principal, 0))
from fell_due m
left join paid p using (loan_id, in_force_from)
where m.amount > coalesce(p.principal, 0)
group by m.region, m.due_on
