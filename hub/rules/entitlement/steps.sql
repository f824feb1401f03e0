-- One part of the subject, day by day without counting days: what changes on a day is an event, running sums of the
-- events are the state, and days of one state are a step.

create temp table part on commit drop as
select loan_id, household_id, region, debtor, amount, disbursed_on, due_on, method, cap, allocation, rate, contract_share
from subject where chunk = %(chunk)s;
analyze part;

-- What each loan owes from a day on. A booking dated before the money was paid out counts from that day.
create temp table course on commit drop as
select loan_id, day, balance, balance - coalesce(lag(balance) over (partition by loan_id order by day), 0) as change
from (
    select loan_id, day, greatest(sum(change) over (partition by loan_id order by day), 0)::bigint as balance
    from (
        select loan_id, day, sum(change) as change
        from (
            select loan_id, disbursed_on as day, amount as change from part
            union all
            select p.loan_id, greatest(r.paid_on, p.disbursed_on), -r.principal
            from part p join record.repayment r on r.county = %(county)s and r.loan_id = p.loan_id
            where r.origin <> 'RECOVERY'
        ) booked
        group by loan_id, day
    ) daily
) owed;
analyze course;

create temp table life on commit drop as
select p.loan_id, p.disbursed_on,
       coalesce(min(c.day) filter (where c.balance = 0), %(as_of)s::date + 1) as ended_on
from part p join course c using (loan_id)
group by p.loan_id, p.disbursed_on;
analyze life;

-- Interest that was collected, numbered in the order in which it begins: on any day the last one begun counts.
create temp table collection on commit drop as
select i.loan_id, i.collection_id, i.period_from, i.period_to, i.collected_on,
       row_number() over (partition by i.loan_id order by i.period_from, i.collection_id) as number
from part p join record.interest_collection i on i.county = %(county)s and i.loan_id = p.loan_id;
analyze collection;

-- Days before maturity. An extension counts from the day it is signed, so one signed late leaves a gap.
create temp table ordinary on commit drop as
select loan_id, greatest(in_force_from, disbursed_on) as starts, least(in_force_until, due) as ends
from (
    select loan_id, disbursed_on, in_force_from, due,
           lead(in_force_from, 1, 'infinity') over (partition by loan_id order by in_force_from, due) as in_force_until
    from (
        select loan_id, disbursed_on, date '-infinity' as in_force_from, due_on as due from part
        union all
        select p.loan_id, p.disbursed_on, x.signed_on, x.extended_due_on
        from part p join record.extension x on x.county = %(county)s and x.loan_id = p.loan_id
    ) maturity
) span
where greatest(in_force_from, disbursed_on) < least(in_force_until, due);
analyze ordinary;

create temp table event on commit drop as
select loan_id, day,
       sum(balance)::bigint as balance, sum(taken)::bigint as taken, sum(begun)::integer as begun,
       sum(collected)::integer as collected, sum(ordinary)::integer as ordinary
from (
    select loan_id, day, change as balance, 0 as taken, 0 as begun, 0 as collected, 0 as ordinary from course
    union all
    -- What loans of the household that were paid out earlier owe meanwhile.
    select later.loan_id, greatest(c.day, later.disbursed_on), 0, c.change, 0, 0, 0
    from part earlier
    join part later on later.debtor = earlier.debtor
        and (earlier.disbursed_on, earlier.loan_id) < (later.disbursed_on, later.loan_id)
    join course c on c.loan_id = earlier.loan_id
    union all
    select loan_id, period_from, 0, 0, 1, 1, 0 from collection
    union all
    select loan_id, period_to + 1, 0, 0, 0, -1, 0 from collection
    union all
    select loan_id, starts, 0, 0, 0, 0, 1 from ordinary
    union all
    select loan_id, ends, 0, 0, 0, 0, -1 from ordinary where ends < 'infinity'
    union all
    -- Every period begins on the day after a settlement day.
    select l.loan_id, first_day::date, 0, 0, 0, 0, 0
    from life l
    cross join lateral generate_series(
        (date_trunc('quarter', (l.disbursed_on - %(settlement_day)s)::timestamp + interval '1 month')
            + interval '2 months') + make_interval(days => %(settlement_day)s),
        (l.ended_on - 1)::timestamp, interval '3 months'
    ) first_day
    union all
    select p.loan_id, s.valid_from, 0, 0, 0, 0, 0
    from part p
    join life l using (loan_id)
    join policy_period s on s.name = 'subsidy_share' and s.valid_from > p.disbursed_on and s.valid_from < l.ended_on
    where p.contract_share is null
    union all
    select p.loan_id, s.valid_until, 0, 0, 0, 0, 0
    from part p
    join life l using (loan_id)
    join policy_period s on s.name = 'subsidy_share' and s.valid_until > p.disbursed_on and s.valid_until < l.ended_on
    where p.contract_share is null
) happened
group by loan_id, day;
analyze event;

create temp table span on commit drop as
select p.loan_id, p.household_id, p.region, p.disbursed_on, p.method, p.cap, p.allocation, p.rate,
       s.day as day_from, least(lead(s.day) over (partition by s.loan_id order by s.day), l.ended_on) as day_until,
       s.balance, s.taken, s.number, s.is_ordinary, s.settled_on, s.share
from (
    select loan_id, day, balance, taken, number, is_ordinary, settled_on, share,
           row(balance, taken, number, is_ordinary, settled_on, share) is distinct from
           row(lag(balance) over days, lag(taken) over days, lag(number) over days, lag(is_ordinary) over days,
               lag(settled_on) over days, lag(share) over days) as is_new
    from (
        select r.loan_id, r.day, r.balance, r.taken, r.is_ordinary,
               case when r.collected > 0 then r.begun end as number,
               (date_trunc('quarter', (r.day - %(settlement_day)s)::timestamp + interval '1 month')
                   + interval '2 months')::date + (%(settlement_day)s - 1) as settled_on,
               coalesce(p.contract_share, f.value) as share
        from (
            select loan_id, day, sum(balance) over days as balance, sum(taken) over days as taken,
                   sum(begun) over days as begun, sum(collected) over days as collected,
                   sum(ordinary) over days > 0 as is_ordinary
            from event
            window days as (partition by loan_id order by day)
        ) r
        join part p using (loan_id)
        left join policy_period f on p.contract_share is null and f.name = 'subsidy_share'
            and r.day >= f.valid_from and r.day < f.valid_until
    ) state
    window days as (partition by loan_id order by day)
) s
join part p using (loan_id)
join life l using (loan_id)
where s.is_new;

create temp table step on commit drop as
select loan_id, household_id, region, settled_on, day_from, day_until, balance, taken, rate, share, is_ordinary,
       is_collected, collection_id, collected_on, missing, interest_days, base,
       base::numeric * rate * interest_days as product
from (
    select loan_id, household_id, region, settled_on, day_from, day_until, balance, taken, rate, share, is_ordinary,
           is_collected, collection_id, collected_on, missing, interest_days,
           case when subsidisable and missing is null then greatest(0, least(balance, cap - taken)) else 0 end as base
    from (
        select s.loan_id, s.household_id, s.region, s.settled_on, s.day_from, s.day_until, s.balance::bigint as balance,
               s.taken::bigint as taken, s.rate, s.share, s.cap, s.is_ordinary, s.number is not null as is_collected,
               c.collection_id, c.collected_on,
               s.is_ordinary and s.number is not null as subsidisable,
               case when not s.is_ordinary or s.number is null then null
                    when s.cap is null then 'household_cap'
                    when s.taken > 0 and s.allocation is null and s.taken + s.balance > s.cap then 'cap_allocation'
                    when s.share is null then 'subsidy_share'
                    when s.method is null then 'interest_method'
               end as missing,
               coalesce(m.interest_days, s.day_until - s.day_from) as interest_days
        from span s
        left join collection c on c.loan_id = s.loan_id and c.number = s.number
        left join lateral (
            -- 逐笔: from the day of disbursement on, each full month is 30 days and the odd days are counted; what has
            -- accrued up to the first day is taken from what has accrued up to the last.
            select sum(sign * (30 * months + (day - (s.disbursed_on + make_interval(months => months))::date)))::integer
                as interest_days
            from (
                select sign, day,
                       calendar - ((s.disbursed_on + make_interval(months => calendar))::date > day)::integer as months
                from (
                    select sign, day, ((extract(year from day) - extract(year from s.disbursed_on)) * 12
                        + extract(month from day) - extract(month from s.disbursed_on))::integer as calendar
                    from (values (-1, s.day_from), (1, s.day_until)) ends (sign, day)
                ) counted
            ) full_months
        ) m on s.method = 'INSTALMENT'
        where s.balance > 0 and s.day_from < s.day_until
    ) x
) x;
-- A period that has not ended yet counts as soon as any interest of it was collected.
delete from step where settled_on > %(as_of)s
    and (loan_id, settled_on) not in (select loan_id, settled_on from step where is_collected);
analyze step;

-- Every step's share of the period's sum, which is rounded once: the running sums are rounded, and subtracted.
create temp table counted on commit drop as
select loan_id, household_id, region, settled_on, day_from, day_until, balance, taken, rate, share, is_ordinary,
       is_collected, collection_id, collected_on, missing, interest_days, base, number,
       sum_of_interest - coalesce(lag(sum_of_interest) over steps, 0) as interest,
       case when missing is null then sum_of_amount - coalesce(lag(sum_of_amount) over steps, 0) end as amount
from (
    select loan_id, household_id, region, settled_on, day_from, day_until, balance, taken, rate, share, is_ordinary,
           is_collected, collection_id, collected_on, missing, interest_days, base, row_number() over steps as number,
           round(sum(product) over steps / (%(year_days)s * 1000000::numeric))::bigint as sum_of_interest,
           round(sum(product * coalesce(share, 0)) over steps / (%(year_days)s * 1000000000000::numeric))::bigint
               as sum_of_amount
    from step
    window steps as (partition by loan_id, settled_on order by day_from)
) s
window steps as (partition by loan_id, settled_on order by day_from);

insert into computed.entitlement_step (
    county, loan_id, settled_on, step, day_from, day_to, days, interest_days, balance, taken, base, rate, share,
    interest, amount, outcome, missing_parameter, collection_id, household_id, region, computed_in
)
select %(county)s, loan_id, settled_on, number, day_from, day_until - 1, day_until - day_from, interest_days,
       balance, taken, base, rate, share, interest, amount,
       case when not is_ordinary then 'OVERDUE' when not is_collected then 'NOT_COLLECTED'
            when missing is not null then 'NOT_CONFIGURED' when base = 0 then 'ABOVE_CAP' else 'SUBSIDISED' end,
       missing, collection_id, household_id, region, %(run)s
from counted;

create temp table due on commit drop as
select loan_id, settled_on, household_id, region, min(day_from) as period_from, max(day_until) - 1 as period_to,
       sum(day_until - day_from) filter (where base > 0) as days,
       sum(day_until - day_from) filter (where is_ordinary and not is_collected) as uncollected_days,
       sum(day_until - day_from) filter (where not is_ordinary) as overdue_days,
       sum(interest)::bigint as interest,
       case when min(missing) is null then sum(amount)::bigint end as amount,
       min(missing) as missing, max(collected_on) as collected_on
from counted
group by loan_id, settled_on, household_id, region;
analyze due;
