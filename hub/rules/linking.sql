-- How each loan was found to belong to a person, and each payment to a loan. Plain agreement (by number and name) needs no
-- row and is sorted out first: of millions, few remain. Looked at again is whatever has a row or found no household, and
-- what can have come to need one: a new payment, and whatever hangs on a loan or a person now called or numbered otherwise,
-- or told now with 15 digits.
create temp table changed_loan on commit drop as
select l.loan_id
from record.loan l
left join history.loan h on h.county = %(county)s and h.loan_id = l.loan_id and h.superseded_in = any(%(fresh)s)
where not %(whole)s and l.county = %(county)s and l.recorded_in = any(%(fresh)s)
    and row(l.borrower_name, l.borrower_identity_number, l.disbursement_account, l.household_id)
        is distinct from row(h.borrower_name, h.borrower_identity_number, h.disbursement_account, h.household_id)
union
select h.loan_id
from history.loan h
where not %(whole)s and h.county = %(county)s and h.superseded_in = any(%(fresh)s)
    and not exists (select from record.loan l where l.county = %(county)s and l.loan_id = h.loan_id)
union
select l.loan_id
from record.loan l
join sync.lengthened_number n on n.county = %(county)s and n.source_part = l.source_part and n.source_row = l.source_row
where not %(whole)s and l.county = %(county)s and l.recorded_in = any(%(fresh)s);

analyze changed_loan;

create temp table changed_number on commit drop as
select unnest(array[p.identity_number, h.identity_number]) as identity_number
from record.person p
left join history.person h on h.county = %(county)s and h.person_id = p.person_id and h.superseded_in = any(%(fresh)s)
where not %(whole)s and p.county = %(county)s and p.recorded_in = any(%(fresh)s)
    and row(p.name, p.identity_number, p.household_id) is distinct from row(h.name, h.identity_number, h.household_id)
union
select h.identity_number
from history.person h
where not %(whole)s and h.county = %(county)s and h.superseded_in = any(%(fresh)s)
    and not exists (select from record.person p where p.county = %(county)s and p.person_id = h.person_id)
union
select p.identity_number
from record.person p
join sync.lengthened_number n on n.county = %(county)s and n.source_part = p.source_part and n.source_row = p.source_row
where not %(whole)s and p.county = %(county)s and p.recorded_in = any(%(fresh)s);

analyze changed_number;

create temp table linked_loan on commit drop as
select loan_id from changed_loan where not %(whole)s
union
select l.loan_id from record.loan l where not %(whole)s and l.county = %(county)s and l.household_id is null
union
select l.loan_id from changed_number n
join record.loan l on l.county = %(county)s and l.borrower_identity_number = n.identity_number
where not %(whole)s
union
select k.record_key from computed.record_link k where not %(whole)s and k.county = %(county)s and k.dataset = 'loan';

analyze linked_loan;

create temp table linked_payment on commit drop as
select s.voucher_number, s.line from record.subsidy_payment s
where not %(whole)s and s.county = %(county)s and s.recorded_in = any(%(fresh)s)
union
select s.voucher_number, s.line from record.subsidy_payment s
where not %(whole)s and s.county = %(county)s and s.household_id is null
union
select s.voucher_number, s.line from changed_loan c
join record.subsidy_payment s on s.county = %(county)s and s.loan_id = c.loan_id
where not %(whole)s
union
select s.voucher_number, s.line from changed_number n
join record.subsidy_payment s on s.county = %(county)s and s.payee_identity_number = n.identity_number
where not %(whole)s
union
select substring(k.record_key from '^(.*)/[0-9]+$'), substring(k.record_key from '/([0-9]+)$')::integer
from computed.record_link k
where not %(whole)s and k.county = %(county)s and k.dataset = 'subsidy_payment';

analyze linked_payment;

create temp table unclear_loan on commit drop as
select l.loan_id, l.borrower_name, l.borrower_identity_number, l.household_id
from record.loan l
where %(whole)s and l.county = %(county)s
    and not exists (select from record.person p where p.county = %(county)s
        and p.identity_number = l.borrower_identity_number and p.name = l.borrower_name)
union all
select l.loan_id, l.borrower_name, l.borrower_identity_number, l.household_id
from linked_loan t
join record.loan l on l.county = %(county)s and l.loan_id = t.loan_id
where not %(whole)s
    and not exists (select from record.person p where p.county = %(county)s
        and p.identity_number = l.borrower_identity_number and p.name = l.borrower_name);

analyze unclear_loan;

create temp table unclear_payment on commit drop as
select s.voucher_number || '/' || s.line as record_key, s.payee_identity_number, s.payee_name, s.account_number,
    s.period_from, s.period_to, l.loan_id, l.borrower_identity_number, l.borrower_name, l.disbursement_account,
    l.household_id
from record.subsidy_payment s
left join record.loan l on l.county = %(county)s and l.loan_id = s.loan_id
where %(whole)s and s.county = %(county)s and (l.loan_id is null or s.payee_identity_number <> l.borrower_identity_number or s.payee_name <> l.borrower_name
        or s.account_number is not null and s.account_number is distinct from l.disbursement_account)
union all
select s.voucher_number || '/' || s.line, s.payee_identity_number, s.payee_name, s.account_number, s.period_from,
    s.period_to, l.loan_id, l.borrower_identity_number, l.borrower_name, l.disbursement_account, l.household_id
from linked_payment t
join record.subsidy_payment s on s.county = %(county)s and s.voucher_number = t.voucher_number and s.line = t.line
left join record.loan l on l.county = %(county)s and l.loan_id = s.loan_id
where not %(whole)s and (l.loan_id is null or s.payee_identity_number <> l.borrower_identity_number or s.payee_name <> l.borrower_name
        or s.account_number is not null and s.account_number is distinct from l.disbursement_account);

analyze unclear_payment;

-- What agrees plainly, but by a number that came with 15 digits, which have no check character.
create temp table lengthened_loan on commit drop as
select distinct on (l.loan_id) l.loan_id, p.person_id, p.household_id
from (
    select l.loan_id from record.loan l
    where %(whole)s and l.county = %(county)s
        and exists (select from sync.lengthened_number n where n.county = %(county)s)
    union all
    select t.loan_id from linked_loan t where not %(whole)s
) t
join record.loan l on l.county = %(county)s and l.loan_id = t.loan_id
join record.person p on p.county = %(county)s and p.identity_number = l.borrower_identity_number
    and p.name = l.borrower_name
left join sync.lengthened_number ln
    on ln.county = %(county)s and ln.source_part = l.source_part and ln.source_row = l.source_row
left join sync.lengthened_number pn
    on pn.county = %(county)s and pn.source_part = p.source_part and pn.source_row = p.source_row
where ln.county is not null or pn.county is not null
order by l.loan_id, p.person_id;

create temp table lengthened_payment on commit drop as
select s.voucher_number || '/' || s.line as record_key, l.loan_id, l.household_id
from (
    select s.voucher_number, s.line from record.subsidy_payment s
    where %(whole)s and s.county = %(county)s
        and exists (select from sync.lengthened_number n where n.county = %(county)s)
    union all
    select t.voucher_number, t.line from linked_payment t where not %(whole)s
) t
join record.subsidy_payment s on s.county = %(county)s and s.voucher_number = t.voucher_number and s.line = t.line
join record.loan l on l.county = %(county)s and l.loan_id = s.loan_id
    and l.borrower_identity_number = s.payee_identity_number and l.borrower_name = s.payee_name
left join sync.lengthened_number sn
    on sn.county = %(county)s and sn.source_part = s.source_part and sn.source_row = s.source_row
left join sync.lengthened_number ln
    on ln.county = %(county)s and ln.source_part = l.source_part and ln.source_row = l.source_row
where sn.county is not null or ln.county is not null;

create temp table found_link on commit drop as
with by_number as (
    select s.loan_id, s.borrower_name, s.borrower_identity_number, p.person_id, p.household_id
    from unclear_loan s
    left join lateral (
        select person_id, household_id from record.person
        where county = %(county)s and identity_number = s.borrower_identity_number
        order by person_id limit 1
    ) p on true
), candidate as (
    select n.loan_id, c.person_id, c.household_id
    from by_number n
    join record.person c on c.county = %(county)s and c.name = n.borrower_name
        and to_char(c.birth_date, 'YYYYMMDD') = substr(n.borrower_identity_number, 7, 8)
    where n.person_id is null
), by_period as (
    select n.record_key, l.loan_id, l.household_id, count(*) over (partition by n.record_key) as hits
    from unclear_payment n
    join record.loan l on l.county = %(county)s and l.borrower_identity_number = n.payee_identity_number
        and l.disbursed_on <= n.period_from and l.due_on >= n.period_to
    where n.loan_id is null
), by_account as (
    select record_key, loan_id, household_id, count(*) over (partition by record_key) as hits
    from (
        select n.record_key, l.loan_id, l.household_id
        from unclear_payment n
        join record.loan l on l.county = %(county)s and l.disbursement_account = n.account_number
        where n.loan_id is null
        union
        select n.record_key, l.loan_id, l.household_id
        from unclear_payment n
        join record.loan l on l.county = %(county)s and l.account_number = n.account_number
        where n.loan_id is null
    ) held
    where record_key not in (select record_key from by_period)
)
select 'loan' as dataset, loan_id as record_key, 'PERSON' as entity, person_id as entity_key, 'B' as grade,
    'IDENTITY_NUMBER' as method, 90 as score, 'LINKED' as state, false as is_alert, household_id
from by_number where person_id is not null
union all
select 'loan', loan_id, 'PERSON', person_id, 'C', 'IDENTITY_NUMBER', 85, 'LINKED', false, household_id
from lengthened_loan
union all
select 'loan', loan_id, 'PERSON', person_id, 'F', 'NAME_AND_BIRTH', 50, 'PROPOSED', false, household_id from candidate
union all
select 'loan', loan_id, 'PERSON', '', 'G', 'NONE', 0, 'UNLINKED', false, null
from by_number n where person_id is null and not exists (select from candidate c where c.loan_id = n.loan_id)
union all
select 'subsidy_payment', record_key, 'LOAN', loan_id, 'B', 'LOAN_NUMBER', 90, 'LINKED', false, household_id
from unclear_payment where payee_identity_number = borrower_identity_number and payee_name <> borrower_name
union all
select 'subsidy_payment', record_key, 'LOAN', loan_id, 'C', 'LOAN_NUMBER', 85, 'LINKED', false, household_id
from lengthened_payment
union all
select 'subsidy_payment', record_key, 'LOAN', loan_id, 'D', 'LOAN_NUMBER', 60, 'LINKED', true, household_id
from unclear_payment where payee_identity_number <> borrower_identity_number
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
from unclear_payment n where loan_id is null
    and not exists (select from by_period b where b.record_key = n.record_key)
    and not exists (select from by_account b where b.record_key = n.record_key);

-- All that had a row was looked at: a link that was not found again no longer holds.
delete from computed.record_link k where k.county = %(county)s
    and not exists (select from found_link f where f.dataset = k.dataset and f.record_key = k.record_key
        and f.entity = k.entity and f.entity_key = k.entity_key);

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

drop table found_link, unclear_loan, changed_loan, changed_number, linked_payment, lengthened_loan, lengthened_payment;
