-- Much of what the county or a township still has out falls due in one month, an extended loan in its new one.
select due.region as subject, to_char(due.month, 'YYYY-MM') as fact, null::text as household_id, due.region,
       null::text as loan_id, due.month as since, due.amount, null::int as days,
       null::text as severity, null::text as group_key, array[E'region\t' || due.region] as evidence
from (
    select g.region, date_trunc('month', greatest(l.due_on, x.extended_due_on))::date as month,
           sum(l.balance)::bigint as amount, count(*) as loans,
           sum(sum(l.balance)) over (partition by g.region) as outstanding
    from record.loan l
    left join (
        select e.loan_id, max(e.extended_due_on) as extended_due_on
        from record.extension e where e.county = %(county)s group by e.loan_id
    ) x on x.loan_id = l.loan_id
    cross join lateral (values (6), (9)) d (digits)
    cross join lateral (select left(l.region, d.digits) as region) g
    -- A loan that lies in no township is the county's alone.
    where l.county = %(county)s and l.status in ('OPEN', 'OVERDUE') and l.balance > 0 and length(g.region) = d.digits
    group by g.region, date_trunc('month', greatest(l.due_on, x.extended_due_on))
) due
join setting line on line.name = 'maturity_share' and %(as_of)s between line.valid_from and line.valid_to
join setting few on few.name = 'maturity_least_loans' and %(as_of)s between few.valid_from and few.valid_to
where due.month > %(as_of)s and due.loans >= few.value and due.amount * 1000000.0 > due.outstanding * line.value
