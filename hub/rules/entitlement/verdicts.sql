-- Payments for the days that are worked out, each with the first and the last period that it meets.
create temp table payment on commit drop as
select row_number() over ()::integer as y, p.n, s.voucher_number, s.line, s.loan_id, s.household_id, s.region, s.principal,
       s.rate, s.period_from, s.period_to, s.amount, s.account_number, s.paid_on,
       s.period_to - s.period_from + 1 as days, p.rate as rightful_rate,
       (date_trunc('quarter', (s.period_from - %(settlement_day)s)::timestamp + interval '1 month')
           + interval '2 months')::date + (%(settlement_day)s - 1) as first_settled,
       (date_trunc('quarter', (s.period_to - %(settlement_day)s)::timestamp + interval '1 month')
           + interval '2 months')::date + (%(settlement_day)s - 1) as last_settled
from part p
join record.subsidy_payment s on s.county = %(county)s and s.loan_id = p.loan_id
where s.period_to >= p.since;
analyze payment;

-- What was paid, by period. A payment over several periods is shared out as they are entitled, or by days if none is.
create temp table paid on commit drop as
select n, settled_on, min(period_from) as period_from, max(period_to) as period_to, sum(amount)::bigint as amount
from (
    select n, first_settled as settled_on, period_from, period_to, amount from payment where first_settled = last_settled
    union all
    select n, settled_on, period_from, period_to,
           round(amount * cumulated / total) - round(amount * (cumulated - weight) / total)
    from (
        select n, settled_on, period_from, period_to, amount::numeric as amount,
               case when due_in_all > 0 then due_amount else days end as weight,
               case when due_in_all > 0 then due_so_far else days_so_far end as cumulated,
               case when due_in_all > 0 then due_in_all else days_in_all end as total
        from (
            select n, settled_on, period_from, period_to, amount, due_amount, days,
                   sum(due_amount) over whole as due_in_all, sum(due_amount) over periods as due_so_far,
                   sum(days) over whole as days_in_all, sum(days) over periods as days_so_far
            from (
                select y.y, y.n, y.amount, y.period_from, y.period_to, d.settled_on, coalesce(d.amount, 0) as due_amount,
                       least(d.settled_on, y.period_to)
                           - greatest((d.settled_on - interval '3 months')::date, y.period_from - 1) as days
                from payment y
                join due d on d.n = y.n and d.settled_on >= y.first_settled and d.settled_on <= y.last_settled
                where y.first_settled < y.last_settled
            ) met
            window whole as (partition by y), periods as (partition by y order by settled_on)
        ) summed
    ) weighed
    union all
    -- For days in no period of the loan.
    select y.n, y.first_settled, y.period_from, y.period_to, y.amount
    from payment y
    where y.first_settled < y.last_settled and not exists (
        select from due d where d.n = y.n and d.settled_on >= y.first_settled and d.settled_on <= y.last_settled
    )
) shared
group by n, settled_on;
analyze paid;

create temp table judged on commit drop as
select x.n, x.settled_on, x.period_from, x.period_to, x.days, x.uncollected_days, x.overdue_days, x.interest,
       x.amount, x.paid, greatest(coalesce(x.amount, 0) - x.paid, 0) as unpaid,
       case when x.missing is null then greatest(x.paid - x.amount, 0) else 0 end as overpaid,
       case when x.missing is not null then 'NOT_CONFIGURED'
            when x.paid - x.amount > %(tolerance)s then 'OVER'
            when x.amount - x.paid > %(tolerance)s and greatest(x.settled_on, x.collected_on) + %(payment_days)s >= %(as_of)s
                then 'WAITING'
            when x.amount - x.paid > %(tolerance)s and x.paid = 0 then 'MISSING'
            when x.amount - x.paid > %(tolerance)s then 'SHORT'
            when x.amount = 0 and x.paid = 0 then 'NOTHING'
            else 'EVEN' end collate "C" as verdict,
       x.missing, x.collected_on
from (
    select coalesce(d.n, y.n) as n, coalesce(d.settled_on, y.settled_on) as settled_on,
           coalesce(d.period_from, y.period_from) as period_from, coalesce(d.period_to, y.period_to) as period_to,
           coalesce(d.days, 0) as days, coalesce(d.uncollected_days, 0) as uncollected_days,
           coalesce(d.overdue_days, 0) as overdue_days, coalesce(d.interest, 0) as interest,
           case when d.n is null then 0 else d.amount end as amount, coalesce(y.amount, 0) as paid,
           d.missing, coalesce(d.collected_on, d.settled_on, y.settled_on) as collected_on
    from due d full join paid y on y.n = d.n and y.settled_on = d.settled_on
) x;
analyze judged;
