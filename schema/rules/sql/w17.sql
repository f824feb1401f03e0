-- One finding for each enterprise with money still out: the first agreement ends soon, or many households depend on it.
select u.credit_code as subject, '' as fact, null::text as household_id, coalesce(max(e.region), %(county)s) as region,
       null::text as loan_id, min(u.ends_on) as since, sum(u.amount)::bigint as amount,
       (min(u.ends_on) - %(as_of)s::date) as days, null::text as severity, null::text as group_key,
       (array[E'enterprise\t' || u.credit_code]
        || array_agg(E'enterprise_use\t' || u.agreement_number order by u.ends_on, u.agreement_number))[1:20] as evidence
from record.enterprise_use u
left join record.enterprise e on e.county = %(county)s and e.credit_code = u.credit_code
join setting ahead on ahead.name = 'enterprise_notice_days' and %(as_of)s between ahead.valid_from and ahead.valid_to
join setting many on many.name = 'enterprise_households' and %(as_of)s between many.valid_from and many.valid_to
where u.county = %(county)s and u.exited_on is null
group by u.credit_code
having min(u.ends_on) <= %(as_of)s::date + max(ahead.value)::int or count(distinct u.household_id) >= max(many.value)
