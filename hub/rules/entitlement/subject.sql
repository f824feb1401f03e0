-- The loans to be worked out, all of a debtor's together, each with the rules that follow it from the day it was signed.
-- (The bank's record has no day of signing; the day of disbursement stands for it.)
create temp table subject on commit drop as
select l.loan_id, l.household_id, l.region, l.debtor, l.amount, l.disbursed_on, l.due_on, l.disbursement_account,
       l.since,
       coalesce(l.interest_method, method.code) as method,
       cap.value as cap,
       allocation.code as allocation,
       least(l.rate, ceiling.value) as rate,
       share.value as contract_share,
       -- Neighbours in the bank's books are worked out together: their rows lie together.
       ((dense_rank() over (order by l.first_loan_id) - 1) / %(debtors_together)s)::integer as chunk
from (
    -- A loan whose household is not known stands for a household of its own.
    select c.loan_id, c.household_id, c.region, c.amount, c.disbursed_on, c.due_on, c.disbursement_account,
           c.interest_method, c.rate, c.since, coalesce(c.household_id, '#' || c.loan_id) as debtor,
           min(c.loan_id) over (partition by coalesce(c.household_id, '#' || c.loan_id)) as first_loan_id
    from (
        select l.loan_id, l.household_id, l.region, l.amount, l.disbursed_on, l.due_on, l.disbursement_account,
               l.interest_method, l.rate, %(since)s::date as since
        from record.loan l
        where l.county = %(county)s and %(whole)s
        union all
        select l.loan_id, l.household_id, l.region, l.amount, l.disbursed_on, l.due_on, l.disbursement_account,
               l.interest_method, l.rate, d.since
        from debtor d
        join record.loan l on l.county = %(county)s and l.household_id = d.household_id
        where not %(whole)s
        union all
        select l.loan_id, l.household_id, l.region, l.amount, l.disbursed_on, l.due_on, l.disbursement_account,
               l.interest_method, l.rate, d.since
        from debtor d
        join record.loan l on l.county = %(county)s and l.loan_id = d.loan_id and l.household_id is null
        where not %(whole)s
    ) c
) l
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
    and l.disbursed_on >= method.valid_from and l.disbursed_on < method.valid_until;
create index on subject (chunk);
analyze subject;

-- Deaths of borrowers.
create temp table death on commit drop as
select distinct on (s.loan_id, e.occurred_on) s.loan_id, e.occurred_on, e.event_id
from subject s
join record.loan l on l.county = %(county)s and l.loan_id = s.loan_id
join record.person b on b.county = %(county)s and b.identity_number = l.borrower_identity_number
join record.risk_event e on e.county = %(county)s and e.person_id = b.person_id
where e.kind = 'DEATH' and coalesce(b.birth_date <= e.occurred_on, true)
order by s.loan_id, e.occurred_on, e.event_id;
analyze death;
