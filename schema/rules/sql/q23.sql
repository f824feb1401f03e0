-- Money of several households went to one account, or their loans were repaid from one, and no agreement says why.
with gathered as materialized (
    select 'paid' as fact, l.disbursement_account as account, l.loan_id, l.household_id, l.region,
           l.disbursed_on as day, l.amount
    from scope_account a
    join record.loan l on l.county = %(county)s and l.disbursement_account = a.account
    where not exists (select from record.enterprise_use u where u.county = %(county)s and u.loan_id = l.loan_id)
    union all
    select 'repaid', r.payer_account, l.loan_id, l.household_id, l.region, max(r.paid_on), sum(r.principal)::bigint
    from scope_payer a
    join record.repayment r on r.county = %(county)s and r.payer_account = a.account and r.origin = 'HOUSEHOLD'
    join record.loan l on l.county = %(county)s and l.loan_id = r.loan_id
    where not exists (select from record.enterprise_use u where u.county = %(county)s and u.loan_id = l.loan_id)
    group by r.payer_account, l.loan_id, l.household_id, l.region
),
account as (
    select g.fact, g.account, (array_agg(E'loan\t' || g.loan_id order by g.day, g.loan_id))[1:19] as evidence
    from gathered g
    group by g.fact, g.account
    having count(distinct g.household_id) >= (
        select s.value from setting s
        where s.name = 'gathering_households' and %(as_of)s between s.valid_from and s.valid_to)
)
select g.loan_id as subject, g.fact, g.household_id, g.region, g.loan_id,
       g.day as since, g.amount, null::int as days, null::text as severity,
       encode(sha256(convert_to(g.fact || g.account, 'UTF8')), 'hex') as group_key,
       a.evidence || array[E'loan\t' || g.loan_id] as evidence
from gathered g
join account a on a.fact = g.fact and a.account = g.account
