-- What fell due: the balance left on the eve of each maturity that was in force on its day.
insert into movement
select x.region, x.due_on, m.measure, sum(m.value)
from (
    select m.region, m.due_on, m.amount - coalesce(sum(r.principal), 0) as balance
    from maturity m
    left join received r on r.loan_id = m.loan_id and r.day < m.due_on
    where m.due_on > m.disbursed_on and m.due_on >= m.in_force_from
      and m.due_on < coalesce(m.in_force_until, 'infinity')
    group by m.region, m.loan_id, m.due_on, m.in_force_from, m.amount
) x
cross join lateral (values ('matured_loans', 1::bigint), ('matured_amount', x.balance)) m (measure, value)
where x.balance > 0
group by x.region, x.due_on, m.measure;
