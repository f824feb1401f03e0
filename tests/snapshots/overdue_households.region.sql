/* region hub_reads_city_staff_loan_review */ select r0.a as r0, coalesce(r0.n, 0) as n, array_to_json(array[r0.s]) as s
from (select) z
left join (select (select row_to_json(o)
from (select r.k0 as "edges") o) as a, r.n, r.s
from (select coalesce(json_agg(p.c0), '[]'::json) as k0, count(*) as n, json_build_array(json_agg(p.c1)) as s
from (select (select row_to_json(o)
from (select translate(encode(convert_to('["d8b459e2",' || substr(json_build_array(t2."name", t1."registered_on", t1."household_id")::text, 2), 'UTF8'), 'base64'), E'+/=\n', '-_') as "cursor",
(select row_to_json(o)
from (select t1."household_id" as "householdId",
(select row_to_json(o)
from (select (select row_to_json(o)
from (select a.a0 as "count"
from (select count(*) as a0
from shown.person t6
where t6.county = t1.county and t6.household_id = t1.household_id and t6.region >= $1::text and t6.region <= $2::text) a) o) as "aggregate") o) as "persons") o) as "node") o) as c0, t1."household_id" as c1
from shown.household t1
left join shown.region t2 on t2.county = t1.county and t2.code = t1.region_code and t2.region >= $1::text and t2.region <= $2::text
where t1.county = $3::text and t1.region >= $1::text and t1.region <= $2::text and (t1."removed_on" is not null) is not true and exists (select
from shown.loan t3
where t3.county = t1.county and t3.household_id = t1.household_id and t3.region >= $1::text and t3.region <= $2::text and t3."status" = $4::text)
order by t2."name" asc, t1."registered_on" desc, t1."household_id" desc
limit 20) p) r) r0 on true
