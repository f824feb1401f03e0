/* region hub_reads_city_staff_loan_review */ select r0.a as r0, coalesce(r0.n, 0) as n, array_to_json(array[r0.s]) as s
from (select) z
left join (select (select row_to_json(o)
from (select r.k0 as "totalCount", r.k1 as "pageInfo", r.k2 as "nodes") o) as a, r.n, r.s
from (select (select count(*)
from shown.loan t3
where t3.county = $1::text and t3.region >= $2::text and t3.region <= $3::text and t3."disbursed_on" >= $4::date and t3."status" = $5::text) as k0,
(select row_to_json(o)
from (select count(p.position) > 50 as "hasNextPage", translate(encode(convert_to('["d6f30849",' || substr((array_agg(p.c0))[least(count(p.position), 50)]::text, 2), 'UTF8'), 'base64'), E'+/=\n', '-_') as "endCursor") o) as k1, coalesce(json_agg(p.c1) filter
(where p.position <= 50), '[]'::json) as k2, count(*) filter
(where p.position <= 50) as n, json_build_array(json_agg(p.c2) filter
(where p.position <= 50),
(select case when count(*) <= 20 then json_agg(x.s) end
from (select t5."household_id" as s
from shown.loan t5
where t5.county = $1::text and t5.region >= $2::text and t5.region <= $3::text and t5."disbursed_on" >= $4::date and t5."status" = $5::text
limit 21) x)) as s
from (select json_build_array(t1."disbursed_on", t1."loan_id") as c0,
(select row_to_json(o)
from (select t1."loan_id" as "loanId", (t1."amount" * 0.01)::text as "amount", trim_scale(t1."rate" * 0.0001)::text as "rate", t1."borrower_identity_number_masked" as "borrowerIdentityNumber",
(select row_to_json(o)
from (select t4."household_id" as "householdId", t4."head_name" as "headName"
from shown.household t4
where t4.county = t1.county and t4.household_id = t1.household_id and t4.region >= $2::text and t4.region <= $3::text) o) as "household",
(select row_to_json(o)
from (select sd.agency as "agency", sd.name as "delivery", t1."source_row" as "row"
from sync.source_part sp join sync.delivery sd on sd.county = sp.county and sd.delivery_id = sp.delivery_id
where sp.county = t1.county and sp.part_id = t1."source_part") o) as "source") o) as c1, t1."household_id" as c2, row_number() over
(order by t1."disbursed_on" desc, t1."loan_id" desc) as position
from shown.loan t1
where t1.county = $1::text and t1.region >= $2::text and t1.region <= $3::text and t1."disbursed_on" >= $4::date and t1."status" = $5::text
order by t1."disbursed_on" desc, t1."loan_id" desc
limit 51) p) r) r0 on true
