/* region */ select (select row_to_json(o)
from (select (select count(*)
from record.loan t2
where t2.county = $1::text and t2.region >= $2::text and t2.region <= $3::text and t2."disbursed_on" >= $4::date and t2."status" = $5::text) as "totalCount",
(select row_to_json(o)
from (select count(p.position) > 50 as "hasNextPage", translate(encode(convert_to('["d6f30849",' || substr((array_agg(p.c0))[least(count(p.position), 50)]::text, 2), 'UTF8'), 'base64'), E'+/=\n', '-_') as "endCursor") o) as "pageInfo", coalesce(json_agg(p.c1) filter
(where p.position <= 50), '[]'::json) as "nodes"
from (select json_build_array(t1."disbursed_on", t1."loan_id") as c0,
(select row_to_json(o)
from (select t1."loan_id" as "loanId", (t1."amount" * 0.01)::text as "amount", trim_scale(t1."rate" * 0.0001)::text as "rate", case when length(t1."borrower_identity_number") > 10 then left(t1."borrower_identity_number", 6) || repeat('*', length(t1."borrower_identity_number") - 10) || right(t1."borrower_identity_number", 4) else repeat('*', length(t1."borrower_identity_number")) end as "borrowerIdentityNumber",
(select row_to_json(o)
from (select t3."household_id" as "householdId", t3."head_name" as "headName"
from record.household t3
where t3.county = t1.county and t3.household_id = t1.household_id and t3.region >= $2::text and t3.region <= $3::text) o) as "household",
(select row_to_json(o)
from (select sd.agency as "agency", sd.name as "delivery", t1."source_row" as "row"
from sync.source_part sp join sync.delivery sd on sd.county = sp.county and sd.delivery_id = sp.delivery_id
where sp.county = t1.county and sp.part_id = t1."source_part") o) as "source") o) as c1, row_number() over
(order by t1."disbursed_on" desc, t1."loan_id" desc) as position
from record.loan t1
where t1.county = $1::text and t1.region >= $2::text and t1.region <= $3::text and t1."disbursed_on" >= $4::date and t1."status" = $5::text
order by t1."disbursed_on" desc, t1."loan_id" desc
limit 51) p) o) as r0
