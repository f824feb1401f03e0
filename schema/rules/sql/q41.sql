-- Settled, and nothing or too little was paid for the last period that is owed a subsidy at all; the time for it is over.
select l.loan_id as subject, '' as fact, l.household_id, l.region, l.loan_id,
       e.period_from as since, e.unpaid as amount, e.days,
       null::text as severity, null::text as group_key,
       (array[E'loan\t' || l.loan_id]
        || (select array_agg(E'interest_collection\t' || i.collection_id order by i.collection_id)
            from record.interest_collection i
            where i.county = %(county)s and i.loan_id = l.loan_id
              and i.period_from <= e.period_to and i.period_to >= e.period_from))[1:20] as evidence
from scope_loan l
join computed.entitlement e
    on e.county = %(county)s and e.loan_id = l.loan_id and e.verdict in ('MISSING', 'SHORT')
where l.balance = 0
  and not exists (
      select from computed.entitlement later
      where later.county = %(county)s and later.loan_id = e.loan_id and later.settled_on > e.settled_on
        and (later.amount > 0 or later.paid > 0))
  -- Of a loan for which nothing was ever paid, Q01 says so.
  and exists (
      select from computed.entitlement former
      where former.county = %(county)s and former.loan_id = e.loan_id and former.paid > 0)
