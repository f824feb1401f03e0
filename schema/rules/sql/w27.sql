select c.case_id as subject, '' as fact, c.household_id, c.region, c.loan_id,
       coalesce(max(r.recovered_on), c.paid_on) as since, c.amount - coalesce(sum(r.amount), 0)::bigint as amount,
       (%(as_of)s::date - coalesce(max(r.recovered_on), c.paid_on)) as days,
       null::text as severity, null::text as group_key,
       (array[E'compensation_case\t' || c.case_id]
        || coalesce(array_agg(E'recovery\t' || r.recovery_id) filter (where r.recovery_id is not null), '{}'))[1:20] as evidence
from scope s
join record.compensation_case c on c.county = %(county)s and c.household_id = s.household_id
join setting patience on patience.name = 'recovery_action_days' and %(as_of)s between patience.valid_from and patience.valid_to
left join record.recovery r
    on r.county = %(county)s and r.loan_id = c.loan_id and coalesce(r.case_id, c.case_id) = c.case_id
where c.state = 'PAID'
group by c.case_id, c.household_id, c.region, c.loan_id, c.paid_on, c.amount, patience.value
having coalesce(max(r.recovered_on), c.paid_on) + patience.value::int < %(as_of)s
