-- What is wrong with single payments of one part of the subject; the money concerned is by days, or by principal.
create temp table payment on commit drop as
select y.voucher_number, y.line, y.loan_id, y.household_id, y.region, y.payee_identity_number, y.principal,
       y.rate, y.period_from, y.period_to, y.amount, y.account_number, y.paid_on,
       y.period_to - y.period_from + 1 as days, p.rate as rightful_rate
from part p
join record.subsidy_payment y on y.county = %(county)s and y.loan_id = p.loan_id;
analyze payment;

create temp table fault on commit drop as
-- Days already paid for by a payment made before.
select distinct on (y.voucher_number, y.line) y.voucher_number, y.line, 'DOUBLE' as kind,
       greatest(y.period_from, o.period_from) as day_from, least(y.period_to, o.period_to) as day_to,
       null::bigint as amount, null::bigint as rightful_rate, null::bigint as rightful_principal,
       o.voucher_number as other_voucher_number, o.line as other_line, null::text as event_id
from payment y
join payment o on o.loan_id = y.loan_id and o.period_from <= y.period_to and o.period_to >= y.period_from
    and (o.paid_on, o.voucher_number, o.line) < (y.paid_on, y.voucher_number, y.line)
order by y.voucher_number, y.line, o.paid_on, o.voucher_number, o.line;

-- Days on which the loan was overdue, had not been collected, or did not exist: what the steps say of them.
insert into fault
select y.voucher_number, y.line, why.kind, min(greatest(y.period_from, s.day_from)),
       max(least(y.period_to, s.day_until - 1)),
       round(y.amount::numeric * sum(least(y.period_to, s.day_until - 1) - greatest(y.period_from, s.day_from) + 1)
             / y.days)::bigint,
       null, null, null, null, null
from payment y
join step s on s.loan_id = y.loan_id and s.day_from <= y.period_to and s.day_until > y.period_from
cross join lateral (
    select case when not s.is_ordinary then 'ON_OVERDUE' else 'NOT_COLLECTED' end as kind
) why
where not s.is_ordinary or not s.is_collected
group by y.voucher_number, y.line, why.kind, y.amount, y.days;

insert into fault
select y.voucher_number, y.line, 'NO_PERIOD', y.period_from, y.period_to,
       round(y.amount::numeric * (y.days - lived.days) / y.days)::bigint, null, null, null, null, null
from payment y
join (
    select o.voucher_number, o.line,
           coalesce(sum(least(o.period_to, s.day_until - 1) - greatest(o.period_from, s.day_from) + 1)
                    filter (where s.loan_id is not null), 0) as days
    from payment o
    left join step s on s.loan_id = o.loan_id and s.day_from <= o.period_to and s.day_until > o.period_from
    group by o.voucher_number, o.line
) lived using (voucher_number, line)
where y.days > lived.days;

insert into fault
select y.voucher_number, y.line, 'WRONG_RATE', y.period_from, y.period_to,
       case when y.rate > y.rightful_rate
            then round(y.amount::numeric * (y.rate - y.rightful_rate) / y.rate)::bigint else 0 end,
       y.rightful_rate, null, null, null, null
from payment y
where y.rate <> y.rightful_rate;

-- Counted on more principal than the loan owed on any of the days, or than the household's cap leaves to it.
insert into fault
select y.voucher_number, y.line, case when y.principal > max(s.balance) then 'TOO_MUCH_PRINCIPAL' else 'ABOVE_CAP' end,
       y.period_from, y.period_to, round(y.amount::numeric * (y.principal - max(s.base)) / y.principal)::bigint,
       null, max(s.base), null, null, null
from payment y
join step s on s.loan_id = y.loan_id and s.day_from <= y.period_to and s.day_until > y.period_from
where s.is_ordinary and s.is_collected and s.missing is null
group by y.voucher_number, y.line, y.period_from, y.period_to, y.principal, y.amount
having y.principal > max(s.base);

insert into fault
select y.voucher_number, y.line, 'AFTER_EXIT', greatest(y.period_from, h.removed_on), y.period_to,
       round(y.amount::numeric * (y.period_to - greatest(y.period_from, h.removed_on) + 1) / y.days)::bigint,
       null, null, null, null, null
from payment y
join record.household h on h.county = %(county)s and h.household_id = y.household_id
where h.removed_on <= y.period_to;

insert into fault
select distinct on (y.voucher_number, y.line) y.voucher_number, y.line, 'AFTER_DEATH',
       greatest(y.period_from, e.occurred_on + 1), y.period_to,
       round(y.amount::numeric * (y.period_to - greatest(y.period_from, e.occurred_on + 1) + 1) / y.days)::bigint,
       null, null, null, null, e.event_id
from payment y
join record.loan l on l.county = %(county)s and l.loan_id = y.loan_id
join record.person b on b.county = %(county)s and b.identity_number = l.borrower_identity_number
join record.risk_event e on e.county = %(county)s and e.person_id = b.person_id
where e.kind = 'DEATH' and e.occurred_on < y.period_to and coalesce(b.birth_date <= e.occurred_on, true)
order by y.voucher_number, y.line, e.occurred_on, e.event_id;

-- Where the bank knows accounts of the household at all.
insert into fault
select y.voucher_number, y.line, 'OTHER_ACCOUNT', y.period_from, y.period_to, y.amount, null, null, null, null, null
from payment y
where y.account_number is not null and y.household_id is not null
    and exists (
        select from record.loan l
        where l.county = %(county)s and l.household_id = y.household_id and l.disbursement_account is not null)
    and not exists (
        select from record.loan l
        where l.county = %(county)s and l.household_id = y.household_id
            and l.disbursement_account = y.account_number);

insert into computed.payment_fault (
    county, voucher_number, line, kind, loan_id, day_from, day_to, amount, rightful_rate, rightful_principal,
    other_voucher_number, other_line, event_id, household_id, region, computed_in
)
select %(county)s, f.voucher_number, f.line, f.kind, y.loan_id, f.day_from, f.day_to,
       coalesce(f.amount, round(y.amount::numeric * (f.day_to - f.day_from + 1) / y.days)::bigint),
       f.rightful_rate, f.rightful_principal, f.other_voucher_number, f.other_line, f.event_id, y.household_id,
       y.region, %(run)s
from fault f join payment y using (voucher_number, line);
