-- When time alone will move something, and from which day on it is then to be worked out again: the running period of
-- a loan that is open, the last period of one that has ended, and a period whose payment is still in time.
delete from rules.entitlement_due d using part p
where d.county = %(county)s and d.loan_id = p.loan_id and d.settled_on >= p.since;

insert into rules.entitlement_due (county, loan_id, settled_on, since, changes_on)
select %(county)s, loan_id, settled_on, (settled_on - interval '3 months')::date + 1, min(changes_on)
from (
    -- Tomorrow, if interest of the period that holds tomorrow was collected; else not before that period has ended.
    select a.loan_id, today.settled_on,
           case when exists (select from collection c where c.n = a.n and c.period_to > tomorrow.settled_on - interval '3 months')
                then %(as_of)s::date + 1 else tomorrow.settled_on end as changes_on
    from alive a
    cross join (select (date_trunc('quarter', (%(as_of)s::date - %(settlement_day)s)::timestamp + interval '1 month')
                    + interval '2 months')::date + (%(settlement_day)s - 1) as settled_on) today
    cross join (select (date_trunc('quarter', (%(as_of)s::date + 1 - %(settlement_day)s)::timestamp + interval '1 month')
                    + interval '2 months')::date + (%(settlement_day)s - 1) as settled_on) tomorrow
    where a.repaid_on > %(as_of)s
    union all
    select loan_id, settled_on, settled_on
    from (
        select a.loan_id, (date_trunc('quarter', (a.ended_on - 1 - %(settlement_day)s)::timestamp + interval '1 month')
                   + interval '2 months')::date + (%(settlement_day)s - 1) as settled_on
        from alive a
        where a.repaid_on <= %(as_of)s
    ) ended
    where settled_on > %(as_of)s
    union all
    -- Not paid out yet.
    select p.loan_id, (date_trunc('quarter', (p.disbursed_on - %(settlement_day)s)::timestamp + interval '1 month')
               + interval '2 months')::date + (%(settlement_day)s - 1), p.disbursed_on
    from part p
    where p.disbursed_on > %(as_of)s
    union all
    select p.loan_id, j.settled_on, greatest(j.settled_on, j.collected_on) + (%(payment_days)s + 1)
    from judged j join part p using (n)
    where j.verdict = 'WAITING'
) later
group by loan_id, settled_on;
