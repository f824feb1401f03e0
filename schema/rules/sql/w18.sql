select u.credit_code as subject, '' as fact, null::text as household_id, e.region, null::text as loan_id,
       null::date as since, sum(u.amount)::bigint as amount, null::int as days,
       null::text as severity, null::text as group_key,
       (array[E'enterprise\t' || u.credit_code]
        || array_agg(E'enterprise_use\t' || u.agreement_number order by u.agreement_number))[1:20] as evidence
from record.enterprise_use u
join record.enterprise e on e.county = %(county)s and e.credit_code = u.credit_code
where u.county = %(county)s and u.exited_on is null and e.status in ('DEREGISTERED', 'ABNORMAL')
group by u.credit_code, e.region
