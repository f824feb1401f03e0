-- Payments for which the bank knows no loan: of those that were touched, and of those that name none.
create temp table lost (
    voucher_number text collate "C", line integer, loan_id text collate "C", day_from date, day_to date, amount bigint,
    household_id text collate "C", region text collate "C"
) on commit drop;

insert into lost
select y.voucher_number, y.line, y.loan_id, y.period_from, y.period_to, y.amount, y.household_id, y.region
from record.subsidy_payment y
where %(whole)s and y.county = %(county)s
    and not exists (select from record.loan l where l.county = %(county)s and l.loan_id = y.loan_id);

insert into lost
select y.voucher_number, y.line, y.loan_id, y.period_from, y.period_to, y.amount, y.household_id, y.region
from gone g join record.subsidy_payment y on y.county = %(county)s and y.loan_id = g.loan_id
where not %(whole)s
union all
select y.voucher_number, y.line, y.loan_id, y.period_from, y.period_to, y.amount, y.household_id, y.region
from record.subsidy_payment y where not %(whole)s and y.county = %(county)s and y.loan_id is null;
analyze lost;

delete from computed.payment_fault t
using (
    select f.voucher_number, f.line, f.kind from computed.payment_fault f
    where f.county = %(county)s
        and (f.loan_id is null
             or %(whole)s and not exists (select from record.loan l where l.county = %(county)s and l.loan_id = f.loan_id))
    union
    select f.voucher_number, f.line, f.kind
    from gone g join computed.payment_fault f on f.county = %(county)s and f.loan_id = g.loan_id
) former
where t.county = %(county)s and t.voucher_number = former.voucher_number and t.line = former.line and t.kind = former.kind
    and not exists (
        select from lost y
        where y.voucher_number = t.voucher_number and y.line = t.line and t.kind = 'NO_LOAN'
            and row(y.loan_id, y.day_from, y.day_to, y.amount, y.household_id, y.region)
                is not distinct from row(t.loan_id, t.day_from, t.day_to, t.amount, t.household_id, t.region));

insert into computed.payment_fault (
    county, voucher_number, line, kind, loan_id, day_from, day_to, amount, household_id, region, computed_in
)
select %(county)s, y.voucher_number, y.line, 'NO_LOAN', y.loan_id, y.day_from, y.day_to, y.amount, y.household_id,
       y.region, %(run)s
from lost y
where not exists (
    select from computed.payment_fault t
    where t.county = %(county)s and t.voucher_number = y.voucher_number and t.line = y.line and t.kind = 'NO_LOAN');
