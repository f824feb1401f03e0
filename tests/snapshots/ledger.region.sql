/* region hub_reads_city_staff_loan_review */ select r0.a as r0, coalesce(r0.n, 0) as n, array_to_json(array[r0.s]) as s
from (select) z
left join (select (select row_to_json(o)
from (select $1::date as "asOf",
(select row_to_json(o)
from (select t1."code" as "code", t1."name" as "name") o) as "region",
(select row_to_json(o)
from (select coalesce(d."disbursed_households", 0) as "households", coalesce(d."disbursed_loans", 0) as "loans", (coalesce(d."disbursed_amount", 0) * 0.01)::text as "amount") o) as "disbursed",
(select row_to_json(o)
from (select round(coalesce(d."exited_amount", 0) * 100.0 / nullif(d."used_amount", 0), 2)::text as "repaymentRate") o) as "enterpriseUse",
(select row_to_json(o)
from (select coalesce(d."overdue_loans", 0) as "loans", (coalesce(d."overdue_amount", 0) * 0.01)::text as "amount", round(coalesce(d."overdue_amount", 0) * 100.0 / nullif(d."outstanding_amount", 0), 2)::text as "rate") o) as "overdue",
(select coalesce(json_agg(p.n), '[]'::json)
from (select (select row_to_json(o)
from (select (select row_to_json(o)
from (select t2."code" as "code", t2."name" as "name") o) as "region",
(select row_to_json(o)
from (select round(coalesce(g."overdue_amount", 0) * 100.0 / nullif(g."outstanding_amount", 0), 2)::text as "rate") o) as "overdue") o) as n
from shown.region t2
left join lateral (select d.overdue_amount, d.outstanding_amount
from rollup.daily d
where d.county = t2.county and d.region = t2.code and d.day <= $1::date
order by d.day desc
limit 1) g on true
where t2.county = t1.county and t2.level = 'TOWNSHIP' and t2.code > t1.code and t2.code < t1.code || '~' and t2.region >= $3::text and t2.region <= $4::text
order by t2.code
limit 1000) p) as "groups"
from shown.region t1
left join lateral (select d.disbursed_households, d.disbursed_loans, d.disbursed_amount, d.exited_amount, d.used_amount, d.overdue_loans, d.overdue_amount, d.outstanding_amount
from rollup.daily d
where d.county = t1.county and d.region = t1.code and d.day <= $1::date
order by d.day desc
limit 1) d on true
where t1.county = $2::text and t1.region >= $3::text and t1.region <= $4::text and t1.code = $5::text) o) as a, 0 as n, null::json as s) r0 on true
