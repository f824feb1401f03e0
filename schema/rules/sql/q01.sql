-- Interest that was collected before the loan fell due, whose time for payment has passed, and that no payment covers.
-- Loans that only use what is above the household's cap are owed nothing.
with missing as materialized (
    select l.loan_id, l.household_id, l.region, l.person_id, l.disbursed_on,
           i.collection_id, i.period_from, i.period_to, i.days, i.interest
    from scope_loan l
    join record.interest_collection i on i.county = %(county)s and i.loan_id = l.loan_id
    join setting patience
        on patience.name = 'subsidy_payment_days' and %(as_of)s between patience.valid_from and patience.valid_to
    where i.period_to < l.last_due_on
      -- Settled on the 20th of the last month of a quarter.
      and (date_trunc('quarter', i.collected_on - interval '20 days' - interval '2 months') + interval '5 months 19 days')::date
          + patience.value::int <= %(as_of)s
      and not exists (
          select from record.subsidy_payment p
          where p.county = %(county)s and p.loan_id = l.loan_id
            and p.period_from <= i.period_from and p.period_to >= i.period_to)
)
select m.loan_id as subject, '' as fact, m.household_id, m.region, m.loan_id,
       min(m.period_from) as since, sum(m.interest)::bigint as amount, sum(m.days)::int as days,
       null::text as severity, null::text as group_key,
       (array_agg(E'interest_collection\t' || m.collection_id order by m.period_from))[1:20] as evidence
from missing m
join setting cap on cap.name = 'household_cap' and m.disbursed_on between cap.valid_from and cap.valid_to
left join record.household h on h.county = %(county)s and h.household_id = m.household_id
left join scope_death d on d.person_id = m.person_id
where m.period_to < coalesce(h.removed_on, 'infinity')
  and m.period_to <= coalesce(d.died_on, 'infinity')
  and cap.value > coalesce((
      select sum(o.amount) from scope_overlap o where o.loan_id = m.loan_id and o.ended_on > m.period_from), 0)
group by m.loan_id, m.household_id, m.region
