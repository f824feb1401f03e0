-- Settled and lent again on the same day, twice in a row, and nobody called in between.
select l.loan_id as subject, '' as fact, l.household_id, l.region, l.loan_id,
       first.renewed_on as since, l.amount, null::int as days, null::text as severity, null::text as group_key,
       array[E'loan\t' || first.previous_loan_id, E'loan\t' || second.previous_loan_id, E'loan\t' || l.loan_id,
             E'renewal\t' || first.loan_id, E'renewal\t' || second.loan_id] as evidence
from scope_loan l
join record.renewal second on second.county = %(county)s and second.loan_id = l.loan_id
join record.renewal first on first.county = %(county)s and first.loan_id = second.previous_loan_id
join scope_loan middle on middle.loan_id = second.previous_loan_id
join scope_loan start on start.loan_id = first.previous_loan_id
where middle.settled_on = second.renewed_on and start.settled_on = first.renewed_on
  and not exists (
      select from record.visit v
      where v.county = %(county)s and v.household_id = l.household_id
        and v.visited_on between first.renewed_on and second.renewed_on)
