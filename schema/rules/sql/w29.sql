-- Much of what the county or a township still has out falls due in one month.
select due.region as subject, to_char(due.month, 'YYYY-MM') as fact, null::text as household_id, due.region,
       null::text as loan_id, due.month as since, due.amount, null::int as days,
       null::text as severity, null::text as group_key, array[E'region\t' || due.region] as evidence
from (
    select g.region, date_trunc('month', l.due_on)::date as month, sum(l.balance)::bigint as amount, count(*) as loans,
           sum(sum(l.balance)) over (partition by g.region) as outstanding
    from record.loan l
    cross join lateral (values (left(l.region, 6)), (left(l.region, 9))) g (region)
    where l.county = %(county)s and l.status in ('OPEN', 'OVERDUE') and l.balance > 0
    group by g.region, date_trunc('month', l.due_on)
) due
join setting line on line.name = 'maturity_share' and %(as_of)s between line.valid_from and line.valid_to
join setting few on few.name = 'maturity_least_loans' and %(as_of)s between few.valid_from and few.valid_to
where due.month > %(as_of)s and due.loans >= few.value and due.amount * 1000000.0 > due.outstanding * line.value
