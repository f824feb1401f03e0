/* county hub_reads_city_staff_loan_review */ select r0.a as r0, r1.a as r1, coalesce(r0.n, 0) + coalesce(r1.n, 0) as n, array_to_json(array[r0.s, r1.s]) as s
from (select) z
left join (select (select row_to_json(o)
from (select r.k0 as "aggregate", r.k1 as "groups") o) as a, r.n, r.s
from (select (select row_to_json(o)
from (select a.a0 as "count",
(select row_to_json(o)
from (select a.a1 as "householdId") o) as "countDistinct"
from (select count(*) as a0, count(distinct t2."household_id") as a1
from shown.loan t2
where t2.county = $1::text and t2."status" = any($2::text[])) a) o) as k0,
(select case when width_bucket(0, 0, 1, 1001 - count(*)::int) > 0 then coalesce(json_agg(p.n), '[]'::json) end
from (select (select row_to_json(o)
from (select (select row_to_json(o)
from (select g.k0 as "status", g.k1 as "dueOn", case when g.k2 is not null then (select row_to_json(o)
from (select g.k2 as "code",
(select t4.name
from shown.region t4
where t4.county = $1::text and t4.code = g.k2) as "name") o) end as "region",
(select row_to_json(o)
from (select g.k3 as "povertyStatus") o) as "household") o) as "keys",
(select row_to_json(o)
from (select g.a0 as "count",
(select row_to_json(o)
from (select g.a1 as "householdId") o) as "countDistinct",
(select row_to_json(o)
from (select (g.a2 * 0.01)::text as "amount") o) as "sum",
(select row_to_json(o)
from (select g.a3 as "dueOn") o) as "max") o) as "aggregate") o) as n
from (select t3."status" as k0, date_trunc('quarter', t3."due_on"::timestamp)::date as k1, case when length(t3."region") >= 9 then left(t3."region", 9) end as k2, t5."poverty_status" as k3, count(*) as a0, count(distinct t3."household_id") as a1, sum(t3."amount") as a2, max(t3."due_on") as a3
from shown.loan t3
left join shown.household t5 on t5.county = t3.county and t5.household_id = t3.household_id
where t3.county = $1::text and t3."status" = any($2::text[]) group by 1, 2, 3, 4 having count(*) > $3::bigint and sum(t3."amount") >= $4::numeric) g
order by g.a2 desc, g.k1 asc, g.k0 asc, g.k2 asc, g.k3 asc
limit 1001) p) as k1, 0 as n, json_build_array((select case when count(*) <= 20 then json_agg(x.s) end
from (select t6."household_id" as s
from shown.loan t6
where t6.county = $1::text and t6."status" = any($2::text[])
limit 21) x)) as s) r) r0 on true
left join (select (select row_to_json(o)
from (select r.k0 as "nodes") o) as a, r.n, r.s
from (select coalesce(json_agg(p.c0), '[]'::json) as k0, count(*) as n, json_build_array(json_agg(p.c1)) as s
from (select (select row_to_json(o)
from (select (select row_to_json(o)
from (select (select coalesce(json_agg(p.n), '[]'::json)
from (select (select row_to_json(o)
from (select (select row_to_json(o)
from (select g.k0 as "disbursedOn") o) as "keys",
(select row_to_json(o)
from (select g.a0 as "count") o) as "aggregate") o) as n
from (select date_trunc('year', t10."disbursed_on"::timestamp)::date as k0, count(*) as a0
from shown.loan t10
where t10.county = t7.county and t10.household_id = t7.household_id group by 1) g
order by g.k0 asc
limit 2) p) as "groups") o) as "loans") o) as c0, t7."household_id" as c1
from shown.household t7
where t7.county = $1::text
order by t7."household_id" asc
limit 3) p) r) r1 on true
