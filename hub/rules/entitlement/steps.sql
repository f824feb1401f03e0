-- One part of the subject, day by day without counting days: what changes on a day is an event, running sums of the
-- events are the state, and days of one state are a step. A loan is a number n here: cheaper to sort by than its name.

create temp table part on commit drop as
select row_number() over (order by loan_id)::integer as n, loan_id, household_id, region, debtor, amount, disbursed_on,
       due_on, disbursement_account, since, method, cap, allocation, rate, contract_share
from subject where chunk = %(chunk)s;
analyze part;

-- What each loan owes from a day on. A booking dated before the money was paid out counts from that day.
create temp table course on commit drop as
select n, day, balance, balance - coalesce(lag(balance) over (partition by n order by day), 0) as change
from (
    select n, day, greatest(sum(change) over (partition by n order by day), 0)::bigint as balance
    from (
        select n, day, sum(change)::bigint as change
        from (
            select n, disbursed_on as day, amount as change from part
            union all
            select p.n, greatest(r.paid_on, p.disbursed_on), -r.principal
            from part p join record.repayment r on r.county = %(county)s and r.loan_id = p.loan_id
            where r.origin <> 'RECOVERY'
        ) booked
        group by n, day
    ) daily
) owed;
analyze course;

-- Loans of which any day is to be worked out: first_day is the first, ended_on the day after the last.
create temp table alive on commit drop as
select n, loan_id, disbursed_on, due_on, method, cap, allocation, rate, contract_share, since, first_day, ended_on,
       repaid_on
from (
    select p.n, p.loan_id, p.disbursed_on, p.due_on, p.method, p.cap, p.allocation, p.rate, p.contract_share, p.since,
           greatest(p.disbursed_on, p.since) as first_day, coalesce(c.repaid_on, 'infinity') as repaid_on,
           least(c.repaid_on, %(as_of)s::date + 1) as ended_on
    from part p
    left join (select n, min(day) as repaid_on from course where balance = 0 group by n) c using (n)
) life
where first_day < ended_on;
analyze alive;

-- Interest that was collected, numbered in the order in which it begins: on any day the last one begun counts.
create temp table collection on commit drop as
select n, collection_id, period_from, period_to, collected_on, number
from (
    select a.n, i.collection_id, i.period_from, i.period_to, i.collected_on, a.since,
           row_number() over numbered as number,
           lead(i.period_from, 1, 'infinity') over numbered as next_from
    from alive a join record.interest_collection i on i.county = %(county)s and i.loan_id = a.loan_id
    window numbered as (partition by a.n order by i.period_from, i.collection_id)
) known
where period_to >= since or next_from >= since;
analyze collection;

-- Days before maturity. An extension counts from the day it is signed, so one signed late leaves a gap.
create temp table ordinary on commit drop as
select n, greatest(in_force_from, first_day) as starts, least(in_force_until, due) as ends
from (
    select n, first_day, in_force_from, due,
           lead(in_force_from, 1, 'infinity') over (partition by n order by in_force_from, due) as in_force_until
    from (
        select n, first_day, date '-infinity' as in_force_from, due_on as due from alive
        union all
        select a.n, a.first_day, x.signed_on, x.extended_due_on
        from alive a join record.extension x on x.county = %(county)s and x.loan_id = a.loan_id
    ) maturity
) span
where greatest(in_force_from, first_day) < least(in_force_until, due);
analyze ordinary;

-- What was before the first day counts from the first day.
create temp table event on commit drop as
select n, day, sum(balance)::bigint as balance, sum(taken)::bigint as taken, max(number) as number,
       sum(collected)::integer as collected, sum(ordinary)::integer as ordinary
from (
    select a.n, greatest(c.day, a.first_day) as day, c.change as balance, 0::bigint as taken, null::bigint as number,
           0 as collected, 0 as ordinary
    from alive a join course c on c.n = a.n
    union all
    -- What loans of the household that were paid out earlier owe meanwhile.
    select later.n, greatest(c.day, alive.first_day), 0, c.change, null, 0, 0
    from part earlier
    join part later on later.debtor = earlier.debtor
        and (earlier.disbursed_on, earlier.loan_id) < (later.disbursed_on, later.loan_id)
    join alive on alive.n = later.n
    join course c on c.n = earlier.n
    union all
    select a.n, greatest(c.period_from, a.since), 0, 0, c.number, 1, 0 from collection c join alive a on a.n = c.n
    union all
    select a.n, greatest(c.period_to + 1, a.since), 0, 0, null, -1, 0 from collection c join alive a on a.n = c.n
    union all
    select n, starts, 0, 0, null, 0, 1 from ordinary
    union all
    select n, ends, 0, 0, null, 0, -1 from ordinary where ends < 'infinity'
    union all
    -- Every period begins on the day after a settlement day.
    select n, begins::date, 0, 0, null, 0, 0
    from alive
    cross join lateral generate_series(
        (date_trunc('quarter', (alive.first_day - %(settlement_day)s)::timestamp + interval '1 month')
            + interval '2 months') + make_interval(days => %(settlement_day)s),
        (ended_on - 1)::timestamp, interval '3 months'
    ) begins
    union all
    select a.n, turn.day, 0, 0, null, 0, 0
    from alive a
    join (
        select valid_from as day from policy_period where name = 'subsidy_share'
        union
        select valid_until from policy_period where name = 'subsidy_share'
    ) turn on turn.day > a.first_day and turn.day < a.ended_on
    where a.contract_share is null
) happened
group by n, day;
analyze event;

create temp table span on commit drop as
select a.n, a.disbursed_on, a.method, a.cap, a.allocation, a.rate, s.day as day_from,
       least(lead(s.day) over (partition by s.n order by s.day), a.ended_on) as day_until,
       s.balance, s.taken, s.number, s.is_ordinary, s.settled_on, s.share
from (
    select n, day, balance, taken, number, is_ordinary, settled_on, share,
           row(balance, taken, number, is_ordinary, settled_on, share) is distinct from
           row(lag(balance) over days, lag(taken) over days, lag(number) over days, lag(is_ordinary) over days,
               lag(settled_on) over days, lag(share) over days) as is_new
    from (
        select r.n, r.day, r.balance, r.taken, r.is_ordinary,
               case when r.collected > 0 then r.number end as number,
               (date_trunc('quarter', (r.day - %(settlement_day)s)::timestamp + interval '1 month')
                   + interval '2 months')::date + (%(settlement_day)s - 1) as settled_on,
               coalesce(a.contract_share, f.value) as share
        from (
            select n, day, (sum(balance) over days)::bigint as balance, (sum(taken) over days)::bigint as taken,
                   max(number) over days as number, sum(collected) over days as collected,
                   sum(ordinary) over days > 0 as is_ordinary
            from event
            window days as (partition by n order by day)
        ) r
        join alive a on a.n = r.n
        left join policy_period f on a.contract_share is null and f.name = 'subsidy_share'
            and r.day >= f.valid_from and r.day < f.valid_until
    ) state
    window days as (partition by n order by day)
) s
join alive a on a.n = s.n
where s.is_new;

create temp table step on commit drop as
select n, settled_on, day_from, day_until, balance, taken, rate, share, is_ordinary, is_collected, collection_id,
       collected_on, missing, interest_days, base, base * rate * interest_days as product
from (
    select n, settled_on, day_from, day_until, balance, taken, rate, share, is_ordinary, is_collected, collection_id,
           collected_on, missing, interest_days,
           case when is_ordinary and is_collected and missing is null then greatest(0, least(balance, cap - taken))
                else 0 end as base
    from (
        select s.n, s.settled_on, s.day_from, s.day_until, s.balance, s.taken, s.rate, s.share, s.cap, s.is_ordinary,
               s.number is not null as is_collected, c.collection_id, c.collected_on,
               case when not s.is_ordinary or s.number is null then null
                    when s.cap is null then 'household_cap'
                    when s.taken > 0 and s.allocation is null and s.taken + s.balance > s.cap then 'cap_allocation'
                    when s.share is null then 'subsidy_share'
                    when s.method is null then 'interest_method'
               end as missing,
               case when s.method is distinct from 'INSTALMENT' then s.day_until - s.day_from else (
                   -- 逐笔: from the day of disbursement on, each full month is 30 days and the odd days are counted:
                   -- what has accrued up to the first day is taken from what has accrued up to the last.
                   select sum(sign * (30 * months + (day - (s.disbursed_on + make_interval(months => months))::date)))
                       ::integer
                   from (
                       select sign, day,
                              calendar - ((s.disbursed_on + make_interval(months => calendar))::date > day)::integer
                                  as months
                       from (
                           select sign, day,
                                  ((date_part('year', day) - date_part('year', s.disbursed_on)) * 12
                                   + date_part('month', day) - date_part('month', s.disbursed_on))::integer as calendar
                           from (values (-1, s.day_from), (1, s.day_until)) ends (sign, day)
                       ) counted
                   ) full_months
               ) end as interest_days
        from span s
        left join collection c on c.n = s.n and c.number = s.number
        where s.balance > 0 and s.day_from < s.day_until
    ) x
) x;
-- A period that has not ended yet counts as soon as any interest of it was collected.
delete from step where settled_on > %(as_of)s
    and (n, settled_on) not in (select n, settled_on from step where is_collected and settled_on > %(as_of)s);
analyze step;

-- Every step's share of the period's sum, which is rounded once: the running sums are rounded, and subtracted.
create temp table counted on commit drop as
select n, settled_on, number, day_from, day_until - 1 as day_to, day_until - day_from as days, interest_days, balance,
       taken, base, rate, share,
       sum_of_interest - coalesce(lag(sum_of_interest) over steps, 0) as interest,
       case when missing is null then sum_of_amount - coalesce(lag(sum_of_amount) over steps, 0) end as amount,
       case when not is_ordinary then 'OVERDUE' when not is_collected then 'NOT_COLLECTED'
            when missing is not null then 'NOT_CONFIGURED' when base = 0 then 'ABOVE_CAP' else 'SUBSIDISED' end as outcome,
       missing, collection_id, collected_on, is_ordinary, is_collected
from (
    select n, settled_on, day_from, day_until, balance, taken, rate, share, is_ordinary, is_collected, collection_id,
           collected_on, missing, interest_days, base, (row_number() over steps)::integer as number,
           round(sum(product) over steps / (%(year_days)s * 1000000::numeric))::bigint as sum_of_interest,
           round(sum(product::numeric * coalesce(share, 0)) over steps / (%(year_days)s * 1000000000000::numeric))
               ::bigint as sum_of_amount
    from step
    window steps as (partition by n, settled_on order by day_from)
) s
window steps as (partition by n, settled_on order by day_from);
analyze counted;

create temp table due on commit drop as
select n, settled_on, min(day_from) as period_from, max(day_to) as period_to,
       (sum(days) filter (where base > 0))::integer as days,
       (sum(days) filter (where is_ordinary and not is_collected))::integer as uncollected_days,
       (sum(days) filter (where not is_ordinary))::integer as overdue_days,
       sum(interest)::bigint as interest,
       case when min(missing) is null then sum(amount)::bigint end as amount,
       min(missing) as missing, max(collected_on) as collected_on
from counted
group by n, settled_on;
analyze due;
