-- Periods of which nothing, or too little, was paid though it is late: what was owed follows from the steps of the
-- entitlement (cap, method of interest, share, days before maturity whose interest was collected).
select l.loan_id as subject, '' as fact, l.household_id, l.region, l.loan_id,
       min(e.period_from) as since, sum(e.unpaid)::bigint as amount, sum(e.days)::int as days,
       null::text as severity, null::text as group_key,
       ((select array_agg(E'interest_collection\t' || i.collection_id order by i.period_from)
         from record.interest_collection i
         where i.county = %(county)s and i.loan_id = l.loan_id
           and i.period_from <= max(e.period_to) and i.period_to >= min(e.period_from))
        || (select array_agg(E'subsidy_payment\t' || p.voucher_number || E'\t' || p.line order by p.period_from)
            from record.subsidy_payment p
            where p.county = %(county)s and p.loan_id = l.loan_id
              and p.period_from <= max(e.period_to) and p.period_to >= min(e.period_from)))[1:20] as evidence
from scope_loan l
join computed.entitlement e
    on e.county = %(county)s and e.loan_id = l.loan_id and e.verdict in ('MISSING', 'SHORT')
left join record.household h on h.county = %(county)s and h.household_id = l.household_id
left join scope_death d on d.person_id = l.person_id
where e.period_to < coalesce(h.removed_on, 'infinity')
  and e.period_to <= coalesce(d.died_on, 'infinity')
group by l.loan_id, l.household_id, l.region
