-- How each loan was found to belong to a person, and each payment to a loan; plain agreement (grade A by number and
-- name) needs no row. Only what hangs on a touched loan or household, and everything that found no household.
create temp table linked_loan on commit drop as
select l.loan_id from record.loan l where %(whole)s and l.county = %(county)s
union
select l.loan_id from record.loan l where not %(whole)s and l.county = %(county)s and l.household_id is null
union
select t.loan_id from touched_loan t where not %(whole)s
union
select l.loan_id from touched_household t
join record.loan l on l.county = %(county)s and l.household_id = t.household_id
where not %(whole)s;

analyze linked_loan;

create temp table linked_payment on commit drop as
select s.voucher_number, s.line from record.subsidy_payment s where %(whole)s and s.county = %(county)s
union
select s.voucher_number, s.line from record.subsidy_payment s
where not %(whole)s and s.county = %(county)s and s.household_id is null
union
select s.voucher_number, s.line from touched_loan t
join record.subsidy_payment s on s.county = %(county)s and s.loan_id = t.loan_id
where not %(whole)s
union
select s.voucher_number, s.line from touched_household t
join record.subsidy_payment s on s.county = %(county)s and s.household_id = t.household_id
where not %(whole)s
union
-- Whose loan was not known by its number.
select substring(k.record_key from '^(.*)/[0-9]+$'), substring(k.record_key from '/([0-9]+)$')::integer
from computed.record_link k
where not %(whole)s and k.county = %(county)s and k.dataset = 'subsidy_payment' and k.method <> 'LOAN_NUMBER';

analyze linked_payment;

create temp table found_link on commit drop as
with subject as (
    select l.loan_id, l.borrower_name, l.borrower_identity_number, l.household_id
    from linked_loan t
    join record.loan l on l.county = %(county)s and l.loan_id = t.loan_id
), by_number as (
    select s.loan_id, s.borrower_name, s.borrower_identity_number, p.person_id, p.household_id, p.name
    from subject s
    left join lateral (
        select person_id, household_id, name from record.person
        where county = %(county)s and identity_number = s.borrower_identity_number
        order by (name = s.borrower_name) desc, person_id limit 1
    ) p on true
), candidate as (
    select n.loan_id, c.person_id, c.household_id
    from by_number n
    join record.person c on c.county = %(county)s and c.name = n.borrower_name
        and to_char(c.birth_date, 'YYYYMMDD') = substr(n.borrower_identity_number, 7, 8)
    where n.person_id is null
), payment as (
    select s.voucher_number || '/' || s.line as record_key, s.loan_id, s.payee_identity_number, s.payee_name,
        s.account_number, s.period_from, s.period_to
    from linked_payment t
    join record.subsidy_payment s on s.county = %(county)s and s.voucher_number = t.voucher_number and s.line = t.line
), numbered as (
    select p.record_key, p.loan_id as given, p.payee_identity_number, p.payee_name, p.account_number, p.period_from,
        p.period_to, l.loan_id, l.borrower_identity_number, l.borrower_name, l.household_id
    from payment p left join record.loan l on l.county = %(county)s and l.loan_id = p.loan_id
), by_period as (
    select n.record_key, l.loan_id, l.household_id, count(*) over (partition by n.record_key) as hits
    from numbered n
    join record.loan l on l.county = %(county)s and l.borrower_identity_number = n.payee_identity_number
        and l.disbursed_on <= n.period_from and l.due_on >= n.period_to
    where n.loan_id is null
), by_account as (
    select n.record_key, l.loan_id, l.household_id, count(*) over (partition by n.record_key) as hits
    from numbered n
    join record.loan l on l.county = %(county)s and n.account_number in (l.disbursement_account, l.account_number)
    where n.loan_id is null and n.account_number is not null
        and not exists (select from by_period b where b.record_key = n.record_key)
)
select 'loan' as dataset, loan_id as record_key, 'PERSON' as entity, person_id as entity_key, 'B' as grade,
    'IDENTITY_NUMBER' as method, 90 as score, 'LINKED' as state, false as is_alert, household_id
from by_number where person_id is not null and name <> borrower_name
union all
select 'loan', loan_id, 'PERSON', person_id, 'F', 'NAME_AND_BIRTH', 50, 'PROPOSED', false, household_id from candidate
union all
select 'loan', loan_id, 'PERSON', '', 'G', 'NONE', 0, 'UNLINKED', false, null
from by_number n where person_id is null and not exists (select from candidate c where c.loan_id = n.loan_id)
union all
select 'subsidy_payment', record_key, 'LOAN', loan_id, 'B', 'LOAN_NUMBER', 90, 'LINKED', false, household_id
from numbered where payee_identity_number = borrower_identity_number and payee_name <> borrower_name
union all
select 'subsidy_payment', record_key, 'LOAN', loan_id, 'D', 'LOAN_NUMBER', 60, 'LINKED', true, household_id
from numbered where payee_identity_number <> borrower_identity_number
union all
select 'subsidy_payment', record_key, 'LOAN', loan_id, case when hits = 1 then 'A' else 'F' end,
    'IDENTITY_AND_PERIOD', case when hits = 1 then 95 else 50 end,
    case when hits = 1 then 'LINKED' else 'PROPOSED' end, false, household_id
from by_period
union all
select 'subsidy_payment', record_key, 'LOAN', loan_id, case when hits = 1 then 'E' else 'F' end, 'ACCOUNT',
    case when hits = 1 then 70 else 40 end, case when hits = 1 then 'LINKED' else 'PROPOSED' end, false, household_id
from by_account
union all
select 'subsidy_payment', record_key, 'LOAN', '', 'G', 'NONE', 0, 'UNLINKED', false, null
from numbered n where loan_id is null
    and not exists (select from by_period b where b.record_key = n.record_key)
    and not exists (select from by_account b where b.record_key = n.record_key);

-- What was looked at anew: a link of it that was not found again no longer holds.
delete from computed.record_link k where k.county = %(county)s and (
    %(whole)s
    or not exists (select from found_link f where (f.dataset, f.record_key, f.entity, f.entity_key)
        = (k.dataset, k.record_key, k.entity, k.entity_key))
    and (k.household_id is null or k.household_id in (select household_id from touched_household)
        or k.entity_key in (select loan_id from touched_loan) or k.record_key in (select loan_id from touched_loan)
        or exists (select from found_link f where f.dataset = k.dataset and f.record_key = k.record_key)));

insert into computed.record_link as k (county, dataset, record_key, entity, entity_key, grade, method, score, state,
    is_alert, household_id, region, computed_in)
select %(county)s, f.dataset, f.record_key, f.entity, f.entity_key, f.grade, f.method, f.score, f.state, f.is_alert,
    f.household_id, coalesce(h.region, %(county)s), %(run)s
from found_link f
left join record.household h on h.county = %(county)s and h.household_id = f.household_id
on conflict (county, dataset, record_key, entity, entity_key) do update set grade = excluded.grade,
    method = excluded.method, score = excluded.score, state = excluded.state, is_alert = excluded.is_alert,
    household_id = excluded.household_id, region = excluded.region, computed_in = excluded.computed_in
where (k.grade, k.method, k.score, k.is_alert, k.household_id, k.region)
    is distinct from (excluded.grade, excluded.method, excluded.score, excluded.is_alert, excluded.household_id, excluded.region);

drop table found_link, linked_loan, linked_payment;
