-- What is wrong with single payments of one part of the subject; the money concerned is by days, or by principal.
create temp table fault (
    y integer, kind text collate "C", day_from date, day_to date, amount bigint, rightful_rate bigint,
    rightful_principal bigint, other_voucher_number text collate "C", other_line integer, event_id text collate "C"
) on commit drop;

-- Days already paid for by a payment made before. Only where a payment begins before all earlier ones have ended.
insert into fault (y, kind, day_from, day_to, other_voucher_number, other_line)
select distinct on (y.y) y.y, 'DOUBLE', greatest(y.period_from, o.period_from), least(y.period_to, o.period_to),
       o.voucher_number, o.line
from (
    select distinct n
    from (
        select n, period_from, max(period_to) over (
            partition by n order by period_from, y rows between unbounded preceding and 1 preceding) as reached
        from payment
    ) course
    where reached >= period_from
) overlapping
join payment y using (n)
join payment o on o.n = y.n and o.period_from <= y.period_to and o.period_to >= y.period_from
    and (o.paid_on, o.voucher_number, o.line) < (y.paid_on, y.voucher_number, y.line)
order by y.y, o.paid_on, o.voucher_number, o.line;

-- What the steps say of each payment's days.
create temp table lived on commit drop as
select y, sum(days) as days,
       sum(days) filter (where not is_ordinary) as overdue_days, min(day_from) filter (where not is_ordinary) as overdue_from,
       max(day_to) filter (where not is_ordinary) as overdue_to,
       sum(days) filter (where is_ordinary and not is_collected) as uncollected_days,
       min(day_from) filter (where is_ordinary and not is_collected) as uncollected_from,
       max(day_to) filter (where is_ordinary and not is_collected) as uncollected_to,
       max(balance) filter (where is_ordinary and is_collected and missing is null) as balance,
       max(base) filter (where is_ordinary and is_collected and missing is null) as base
from (
    select y.y, s.is_ordinary, s.is_collected, s.missing, s.balance, s.base,
           greatest(y.period_from, s.day_from) as day_from, least(y.period_to, s.day_until - 1) as day_to,
           least(y.period_to, s.day_until - 1) - greatest(y.period_from, s.day_from) + 1 as days
    from payment y
    join step s on s.n = y.n and s.settled_on = y.first_settled
        and s.day_from <= y.period_to and s.day_until > y.period_from
    union all
    select y.y, s.is_ordinary, s.is_collected, s.missing, s.balance, s.base,
           greatest(y.period_from, s.day_from), least(y.period_to, s.day_until - 1),
           least(y.period_to, s.day_until - 1) - greatest(y.period_from, s.day_from) + 1
    from payment y
    join step s on s.n = y.n and s.settled_on > y.first_settled and s.settled_on <= y.last_settled
        and s.day_from <= y.period_to and s.day_until > y.period_from
    where y.first_settled < y.last_settled
) met
group by y;
analyze lived;

-- Days on which the loan was overdue, had not been collected, or did not exist.
insert into fault (y, kind, day_from, day_to, amount)
select y.y, 'ON_OVERDUE', l.overdue_from, l.overdue_to, round(y.amount::numeric * l.overdue_days / y.days)::bigint
from payment y join lived l using (y)
where l.overdue_days > 0
union all
select y.y, 'NOT_COLLECTED', l.uncollected_from, l.uncollected_to,
       round(y.amount::numeric * l.uncollected_days / y.days)::bigint
from payment y join lived l using (y)
where l.uncollected_days > 0
union all
select y.y, 'NO_PERIOD', y.period_from, y.period_to,
       round(y.amount::numeric * (y.days - coalesce(l.days, 0)) / y.days)::bigint
from payment y left join lived l using (y)
where y.days > coalesce(l.days, 0);

insert into fault (y, kind, day_from, day_to, amount, rightful_rate)
select y, 'WRONG_RATE', period_from, period_to,
       case when rate > rightful_rate then round(amount::numeric * (rate - rightful_rate) / rate)::bigint else 0 end,
       rightful_rate
from payment
where rate <> rightful_rate;

-- Counted on more principal than the loan owed on any of the days, or than the household's cap leaves to it.
insert into fault (y, kind, day_from, day_to, amount, rightful_principal)
select y.y, case when y.principal > l.balance then 'TOO_MUCH_PRINCIPAL' else 'ABOVE_CAP' end, y.period_from, y.period_to,
       round(y.amount::numeric * (y.principal - l.base) / y.principal)::bigint, l.base
from payment y join lived l using (y)
where y.principal > l.base;

insert into fault (y, kind, day_from, day_to, amount)
select y.y, 'AFTER_EXIT', greatest(y.period_from, h.removed_on), y.period_to,
       round(y.amount::numeric * (y.period_to - greatest(y.period_from, h.removed_on) + 1) / y.days)::bigint
from payment y
join record.household h on h.county = %(county)s and h.household_id = y.household_id and h.removed_on is not null
where h.removed_on <= y.period_to;

insert into fault (y, kind, day_from, day_to, amount, event_id)
select distinct on (y.y) y.y, 'AFTER_DEATH', greatest(y.period_from, d.occurred_on + 1), y.period_to,
       round(y.amount::numeric * (y.period_to - greatest(y.period_from, d.occurred_on + 1) + 1) / y.days)::bigint, d.event_id
from death d
join payment y on y.loan_id = d.loan_id and d.occurred_on < y.period_to
order by y.y, d.occurred_on, d.event_id;

-- Where the bank knows accounts of the household at all.
insert into fault (y, kind, day_from, day_to, amount)
select y.y, 'OTHER_ACCOUNT', y.period_from, y.period_to, y.amount
from payment y
join (select distinct household_id from part where disbursement_account is not null) known using (household_id)
left join (select distinct household_id, disbursement_account as account_number from part) own
    using (household_id, account_number)
where y.account_number is not null and own.household_id is null;

create temp table faulty on commit drop as
select y.voucher_number, y.line, f.kind, y.loan_id, f.day_from, f.day_to,
       coalesce(f.amount, round(y.amount::numeric * (f.day_to - f.day_from + 1) / y.days)::bigint) as amount,
       f.rightful_rate, f.rightful_principal, f.other_voucher_number, f.other_line, f.event_id, y.household_id, y.region
from fault f join payment y using (y);
analyze faulty;
