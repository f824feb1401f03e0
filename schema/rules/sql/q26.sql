-- Agreed after maturity, longer than the share of the term that is allowed, or more often than allowed.
select l.loan_id as subject, '' as fact, l.household_id, l.region, l.loan_id,
       min(x.signed_on) as since, max(x.amount) as amount, max(greatest(0, x.signed_on - x.original_due_on)) as days,
       null::text as severity, null::text as group_key,
       (array[E'loan\t' || l.loan_id] || array_agg(E'extension\t' || x.extension_id order by x.signed_on))[1:20] as evidence
from scope_loan l
join (
    select e.extension_id, e.loan_id, e.signed_on, e.original_due_on, e.extended_due_on, e.amount,
           row_number() over (partition by e.loan_id order by e.signed_on, e.extension_id) as place
    from scope s
    join record.extension e on e.county = %(county)s and e.household_id = s.household_id
) x on x.loan_id = l.loan_id
join setting longest
    on longest.name = case when l.due_on > (l.disbursed_on + interval '1 year')::date
                           then 'extension_share_long' else 'extension_share_short' end
    and x.signed_on between longest.valid_from and longest.valid_to
left join setting most on most.name = 'extension_count' and x.signed_on between most.valid_from and most.valid_to
where x.signed_on > x.original_due_on
   -- Months differ in length: three days more are not an excess.
   or x.extended_due_on - l.due_on > (l.due_on - l.disbursed_on) * longest.value / 1000000 + 3
   or x.place > most.value
group by l.loan_id, l.household_id, l.region
