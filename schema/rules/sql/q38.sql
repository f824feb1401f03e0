-- Paid to an account that none of the household's loans was paid out to. Where several households' loans went to one
-- account it says nothing about any of them, and Q23 asks about that.
select l.loan_id as subject, '' as fact, l.household_id, l.region, l.loan_id,
       min(p.period_from) as since, sum(p.amount)::bigint as amount, null::int as days,
       null::text as severity, null::text as group_key,
       (array[E'loan\t' || l.loan_id]
        || array_agg(E'subsidy_payment\t' || p.voucher_number || E'\t' || p.line order by p.period_from))[1:20] as evidence
from scope_loan l
join scope_payment p on p.loan_id = l.loan_id
where p.account_number is not null and l.disbursement_account is not null
  and l.disbursement_account not in (select a.account from scope_account a)
  and not exists (
      select from scope_loan own
      where own.household_id = l.household_id and own.disbursement_account = p.account_number)
group by l.loan_id, l.household_id, l.region
