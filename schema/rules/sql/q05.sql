-- Counted with another rate than the contract's; or with the right days, rate and principal, and yet another amount
-- than the entitlement of just these days: then the share is another than the policy's.
with odd as materialized (
    select l.loan_id, l.household_id, l.region, f.voucher_number, f.line, p.period_from, f.amount
    from scope_loan l
    join computed.payment_fault f on f.county = %(county)s and f.loan_id = l.loan_id and f.kind = 'WRONG_RATE'
    join record.subsidy_payment p
        on p.county = %(county)s and p.voucher_number = f.voucher_number and p.line = f.line
    union all
    select u.loan_id, u.household_id, u.region, p.voucher_number, p.line, p.period_from, p.amount - due.amount
    from (
        select distinct l.loan_id, l.household_id, l.region
        from scope_loan l
        join computed.entitlement e
            on e.county = %(county)s and e.loan_id = l.loan_id and e.verdict in ('OVER', 'SHORT')
    ) u
    join record.subsidy_payment p on p.county = %(county)s and p.loan_id = u.loan_id
    join setting tolerance
        on tolerance.name = 'subsidy_tolerance' and %(as_of)s between tolerance.valid_from and tolerance.valid_to
    cross join lateral (
        select sum(s.amount)::bigint as amount, min(s.day_from) as day_from, max(s.day_to) as day_to,
               min(s.base) as least_base, max(s.base) as most_base, bool_and(s.outcome = 'SUBSIDISED') as is_counted
        from computed.entitlement_step s
        where s.county = %(county)s and s.loan_id = p.loan_id and s.day_from <= p.period_to and s.day_to >= p.period_from
    ) due
    where due.day_from = p.period_from and due.day_to = p.period_to
      and due.least_base = p.principal and due.most_base = p.principal
      and abs(p.amount - due.amount) > tolerance.value
      and not exists (
          select from computed.payment_fault f
          where f.county = %(county)s and f.voucher_number = p.voucher_number and f.line = p.line)
)
select o.loan_id as subject, '' as fact, o.household_id, o.region, o.loan_id,
       min(o.period_from) as since, sum(o.amount)::bigint as amount, null::int as days,
       null::text as severity, null::text as group_key,
       (array_agg(E'subsidy_payment\t' || o.voucher_number || E'\t' || o.line order by o.period_from))[1:20] as evidence
from odd o
group by o.loan_id, o.household_id, o.region
