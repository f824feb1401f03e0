-- What was paid, by period. A payment over several periods is shared out as they are entitled, or by days if none is.
create temp table paid on commit drop as
select loan_id, settled_on, min(period_from) as period_from, max(period_to) as period_to, sum(amount)::bigint as amount
from (
    select loan_id, settled_on, period_from, period_to,
           round(amount * (sum(weight) over periods) / total) - round(amount * (sum(weight) over periods - weight) / total)
               as amount
    from (
        select voucher_number, line, loan_id, settled_on, period_from, period_to, amount, weight,
               sum(weight) over (partition by voucher_number, line) as total
        from (
            select voucher_number, line, loan_id, settled_on, period_from, period_to, amount,
                   case when bool_or(due_amount > 0) over (partition by voucher_number, line)
                           then due_amount else days end::numeric as weight
            from (
                select y.voucher_number, y.line, y.loan_id, y.amount, y.period_from, y.period_to, d.settled_on,
                       coalesce(d.amount, 0) as due_amount,
                       least(d.settled_on, y.period_to)
                           - greatest((d.settled_on - interval '3 months')::date, y.period_from - 1) as days
                from part p
                join record.subsidy_payment y on y.county = %(county)s and y.loan_id = p.loan_id
                join due d on d.loan_id = y.loan_id and d.settled_on >= y.period_from
                    and (d.settled_on - interval '3 months')::date < y.period_to
            ) met
        ) weighed
    ) totalled
    window periods as (partition by voucher_number, line order by settled_on)
    union all
    -- For days in no period of the loan.
    select y.loan_id,
           (date_trunc('quarter', (y.period_from - %(settlement_day)s)::timestamp + interval '1 month')
               + interval '2 months')::date + (%(settlement_day)s - 1),
           y.period_from, y.period_to, y.amount
    from part p
    join record.subsidy_payment y on y.county = %(county)s and y.loan_id = p.loan_id
    where not exists (
        select from due d where d.loan_id = y.loan_id and d.settled_on >= y.period_from
            and (d.settled_on - interval '3 months')::date < y.period_to
    )
) shared
group by loan_id, settled_on;
analyze paid;

insert into computed.entitlement (
    county, loan_id, settled_on, period_from, period_to, days, uncollected_days, overdue_days, interest, amount, paid,
    unpaid, overpaid, verdict, missing_parameter, household_id, region, computed_in
)
select %(county)s, loan_id, settled_on, period_from, period_to, days, uncollected_days, overdue_days, interest, amount,
       paid, greatest(coalesce(amount, 0) - paid, 0), case when missing is null then greatest(paid - amount, 0) else 0 end,
       case when missing is not null then 'NOT_CONFIGURED'
            when paid - amount > %(tolerance)s then 'OVER'
            when amount - paid > %(tolerance)s and greatest(settled_on, collected_on) + %(payment_days)s >= %(as_of)s
                then 'WAITING'
            when amount - paid > %(tolerance)s and paid = 0 then 'MISSING'
            when amount - paid > %(tolerance)s then 'SHORT'
            when amount = 0 and paid = 0 then 'NOTHING'
            else 'EVEN' end,
       missing, household_id, region, %(run)s
from (
    select coalesce(d.loan_id, y.loan_id) as loan_id, coalesce(d.settled_on, y.settled_on) as settled_on,
           coalesce(d.period_from, y.period_from) as period_from, coalesce(d.period_to, y.period_to) as period_to,
           coalesce(d.days, 0) as days, coalesce(d.uncollected_days, 0) as uncollected_days,
           coalesce(d.overdue_days, 0) as overdue_days, coalesce(d.interest, 0) as interest,
           case when d.loan_id is null then 0 else d.amount end as amount, coalesce(y.amount, 0) as paid,
           d.missing, coalesce(d.collected_on, d.settled_on, y.settled_on) as collected_on
    from due d full join paid y on y.loan_id = d.loan_id and y.settled_on = d.settled_on
) x
join (select loan_id, household_id, region from part) p using (loan_id);
