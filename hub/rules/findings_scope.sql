-- All households; those touched; those of whom something was worked out otherwise; and those of whom a day alone can
-- open or close a finding: with a loan open, a case, or a finding of a daily rule. One select for each round.

-- everything
select h.household_id from record.household h where h.county = %(county)s
union
select f.household_id from computed.finding f
where f.county = %(county)s and f.state <> 'CLOSED' and f.household_id is not null;

-- touched
select household_id from touched_household
union
-- Those tied to them by a group as it was when it was found, such as one account: it may have come apart.
select other.household_id
from touched_household t
join computed.finding f on f.county = %(county)s and f.household_id = t.household_id
join computed.finding other on other.county = %(county)s and other.group_key = f.group_key
where f.state <> 'CLOSED' and f.group_key is not null and other.state <> 'CLOSED' and other.household_id is not null
union
-- Those whose payments are looked for among these loans, by number or by borrower: a payment may be of another household.
select q.household_id
from touched_loan t
join record.subsidy_payment q on q.county = %(county)s and q.loan_id = t.loan_id
where q.household_id is not null
union
select q.household_id
from (
    select l.borrower_identity_number as number
    from touched_loan t
    join record.loan l on l.county = %(county)s and l.loan_id = t.loan_id
    union
    select l.borrower_identity_number
    from history.loan l
    where l.county = %(county)s and l.superseded_in in (select f.sync_run_id from fresh_run f)
) borrower
join record.subsidy_payment q on q.county = %(county)s and q.payee_identity_number = borrower.number
where q.household_id is not null;

-- recounted
select household_id from recounted_household;

-- a new day
select l.household_id from record.loan l where l.county = %(county)s and l.household_id is not null and l.balance > 0
union
select c.household_id from record.compensation_case c where c.county = %(county)s and c.household_id is not null
union
select f.household_id from computed.finding f
where f.county = %(county)s and f.rule_code = any(%(daily)s) and f.state <> 'CLOSED' and f.household_id is not null;
