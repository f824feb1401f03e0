-- Whose loans are to be worked out anew: of touched loans and households, and of those for whom time alone has moved
-- something: a settlement day has passed over an open loan, or a payment that was in time is late.
create temp table due_debtor on commit drop as
select coalesce(l.household_id, '#' || l.loan_id) as debtor
from record.loan l
where l.county = %(county)s
    and (l.loan_id in (select loan_id from touched_loan)
         or l.household_id in (select household_id from touched_household)
         or (%(former_as_of)s::date is distinct from %(as_of)s::date and l.balance > 0))
union
select coalesce(e.household_id, '#' || e.loan_id)
from computed.entitlement e
where e.county = %(county)s and e.verdict = 'WAITING' and %(former_as_of)s::date is distinct from %(as_of)s::date;
analyze due_debtor;
