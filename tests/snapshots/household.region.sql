/* region hub_reads_city_staff_loan_review */ select r0.a as r0, coalesce(r0.n, 0) as n, array_to_json(array[r0.s]) as s
from (select) z
left join (select (select row_to_json(o)
from (select t1."household_id" as "householdId", t1."head_name" as "headName", t1."phone_masked" as "phone",
(select row_to_json(o)
from (select coalesce(json_agg(row_to_json(p)), '[]'::json) as "nodes"
from (select t2."loan_id" as "loanId", (t2."amount" * 0.01)::text as "amount", (t2."balance" * 0.01)::text as "balance",
(select row_to_json(o)
from (select coalesce(json_agg(row_to_json(p)), '[]'::json) as "nodes"
from (select (t3."amount" * 0.01)::text as "amount", t3."paid_on" as "paidOn"
from shown.subsidy_payment t3
where t3.county = t2.county and t3.loan_id = t2.loan_id and t3.region >= $2::text and t3.region <= $3::text
order by t3."voucher_number" asc, t3."line" asc
limit 50) p) o) as "subsidyPayments",
(select row_to_json(o)
from (select coalesce(json_agg(row_to_json(p)), '[]'::json) as "nodes"
from (select (t4."principal" * 0.01)::text as "principal", t4."paid_on" as "paidOn"
from shown.repayment t4
where t4.county = t2.county and t4.loan_id = t2.loan_id and t4.region >= $2::text and t4.region <= $3::text
order by t4."repayment_id" asc
limit 50) p) o) as "repayments"
from shown.loan t2
where t2.county = t1.county and t2.household_id = t1.household_id and t2.region >= $2::text and t2.region <= $3::text
order by t2."loan_id" asc
limit 50) p) o) as "loans") o) as a, 1 as n, to_json(t1."household_id") as s
from shown.household t1
where t1.county = $1::text and t1.region >= $2::text and t1.region <= $3::text and t1."household_id" = $4::text) r0 on true
