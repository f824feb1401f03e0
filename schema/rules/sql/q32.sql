-- Agreements that run at the same time share the loan; one that has ended makes room for the next.
with used as materialized (
    select l.loan_id, l.household_id, l.region, l.amount as lent, u.agreement_number, u.agreed_on, u.exited_on, u.amount
    from scope_loan l
    join record.enterprise_use u on u.county = %(county)s and u.loan_id = l.loan_id
),
together as (
    select a.loan_id, a.household_id, a.region, a.lent, a.agreement_number, a.agreed_on, sum(b.amount) as amount
    from used a
    join used b
        on b.loan_id = a.loan_id and b.agreed_on <= a.agreed_on
        and (coalesce(b.exited_on, 'infinity') > a.agreed_on or b.agreement_number = a.agreement_number)
    group by a.loan_id, a.household_id, a.region, a.lent, a.agreement_number, a.agreed_on
)
select t.loan_id as subject, '' as fact, t.household_id, t.region, t.loan_id,
       min(t.agreed_on) as since, abs(max(t.amount) - t.lent)::bigint as amount, null::int as days,
       null::text as severity, null::text as group_key,
       (array_agg(E'enterprise_use\t' || t.agreement_number order by t.agreed_on, t.agreement_number))[1:19]
           || array[E'loan\t' || t.loan_id] as evidence
from together t
group by t.loan_id, t.household_id, t.region, t.lent
having max(t.amount) <> t.lent
