-- The loans to be worked out: all, or those of the households a run touched, each with the rules that follow it from
-- the day it was signed. (The bank's record has no day of signing; the day of disbursement stands for it.)
create temp table subject on commit drop as
select l.loan_id, l.household_id, l.region,
       -- A loan whose household is not known stands for a household of its own.
       coalesce(l.household_id, '#' || l.loan_id) as debtor,
       l.amount, l.disbursed_on, l.due_on,
       coalesce(l.interest_method, method.code) as method,
       cap.value as cap,
       allocation.code as allocation,
       least(l.rate, ceiling.value) as rate,
       share.value as contract_share,
       (hashtext(coalesce(l.household_id, '#' || l.loan_id)) & 2147483647) %% %(chunks)s as chunk
from record.loan l
left join policy_period cap
    on cap.name = 'household_cap' and l.disbursed_on >= cap.valid_from and l.disbursed_on < cap.valid_until
left join policy_period allocation
    on allocation.name = 'cap_allocation'
    and l.disbursed_on >= allocation.valid_from and l.disbursed_on < allocation.valid_until
left join policy_period ceiling
    on ceiling.name = case when l.due_on <= l.disbursed_on + interval '1 year'
                           then 'rate_ceiling_short' else 'rate_ceiling_long' end
    and l.disbursed_on >= ceiling.valid_from and l.disbursed_on < ceiling.valid_until
left join policy_period share
    on share.name = 'subsidy_share_of_contract'
    and l.disbursed_on >= share.valid_from and l.disbursed_on < share.valid_until
left join policy_period method
    on method.name = 'interest_method'
    and l.disbursed_on >= method.valid_from and l.disbursed_on < method.valid_until
where l.county = %(county)s
    and (%(whole)s or coalesce(l.household_id, '#' || l.loan_id) in (select debtor from due_debtor));
create index on subject (chunk);
analyze subject;
