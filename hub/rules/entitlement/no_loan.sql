-- Payments for which the bank knows no loan.
insert into computed.payment_fault (
    county, voucher_number, line, kind, loan_id, day_from, day_to, amount, household_id, region, computed_in
)
select %(county)s, y.voucher_number, y.line, 'NO_LOAN', y.loan_id, y.period_from, y.period_to, y.amount,
       y.household_id, y.region, %(run)s
from record.subsidy_payment y
where y.county = %(county)s
    and not exists (select from record.loan l where l.county = %(county)s and l.loan_id = y.loan_id);
