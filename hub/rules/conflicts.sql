-- What several agencies say about one attribute of one subject, where they differ. The agency of record is position 1.
-- Those of whom anything differs are sorted out first: who differed before, and by what linking.sql looked at. A payment
-- that agrees with its loan says nothing about the borrower's name that the loan does not say.
create temp table differing on commit drop as
select 'PERSON_NAME' as attribute, p.person_id as subject
from record.loan l
join record.person p on p.county = %(county)s and p.identity_number = l.borrower_identity_number
where %(whole)s and l.county = %(county)s and p.name <> l.borrower_name
union
select 'PERSON_NAME', p.person_id
from linked_loan t
join record.loan l on l.county = %(county)s and l.loan_id = t.loan_id
join record.person p on p.county = %(county)s and p.identity_number = l.borrower_identity_number
where not %(whole)s and p.name <> l.borrower_name
union
select 'PERSON_NAME', p.person_id
from unclear_payment u
join record.person p on p.county = %(county)s and p.identity_number = u.payee_identity_number
where p.name <> u.payee_name
union
select 'LOAN', u.loan_id from unclear_payment u where u.loan_id is not null
union
select case c.attribute when 'PERSON_NAME' then c.attribute else 'LOAN' end, c.subject_key
from computed.conflict c
where not %(whole)s and c.county = %(county)s and c.state <> 'RESOLVED';

analyze differing;

create temp table named on commit drop as
select p.person_id, p.household_id, p.name, p.identity_number
from differing d
join record.person p on p.county = %(county)s and p.person_id = d.subject
where d.attribute = 'PERSON_NAME';

analyze named;

create temp table lent on commit drop as
select l.loan_id, l.household_id, l.borrower_identity_number, l.disbursement_account
from differing d
join record.loan l on l.county = %(county)s and l.loan_id = d.subject
where d.attribute = 'LOAN';

analyze lent;

create temp table said on commit drop as
with person_name as (
    select p.person_id as subject, p.household_id, 1 as rank, 'RELIEF' as agency, 'person' as dataset,
        p.person_id as record_key, p.name as value
    from named p
    union all
    select p.person_id, p.household_id, 2, 'BANK', 'loan', l.loan_id, l.borrower_name
    from named p join record.loan l on l.county = %(county)s and l.borrower_identity_number = p.identity_number
    union all
    select p.person_id, p.household_id, 3, 'FINANCE', 'subsidy_payment', s.voucher_number || '/' || s.line, s.payee_name
    from named p
    join record.subsidy_payment s on s.county = %(county)s and s.payee_identity_number = p.identity_number
    where s.payee_name is not null
), borrower as (
    select l.loan_id as subject, l.household_id, 1 as rank, 'BANK' as agency, 'loan' as dataset,
        l.loan_id as record_key, l.borrower_identity_number as value
    from lent l
    union all
    select l.loan_id, l.household_id, 2, 'FINANCE', 'subsidy_payment', s.voucher_number || '/' || s.line,
        s.payee_identity_number
    from lent l join record.subsidy_payment s on s.county = %(county)s and s.loan_id = l.loan_id
    where s.payee_identity_number is not null
), account as (
    select l.loan_id as subject, l.household_id, 1 as rank, 'BANK' as agency, 'loan' as dataset,
        l.loan_id as record_key, l.disbursement_account as value
    from lent l where l.disbursement_account is not null
    union all
    select l.loan_id, l.household_id, 2, 'FINANCE', 'subsidy_payment', s.voucher_number || '/' || s.line,
        s.account_number
    from lent l join record.subsidy_payment s on s.county = %(county)s and s.loan_id = l.loan_id
    where s.account_number is not null
), every as (
    select 'PERSON_NAME' as attribute, subject, household_id, rank, agency, dataset, record_key, value from person_name
    union all
    select 'BORROWER', subject, household_id, rank, agency, dataset, record_key, value from borrower
    union all
    select 'ACCOUNT', subject, household_id, rank, agency, dataset, record_key, value from account
), grouped as (
    select attribute, subject, min(household_id) as household_id, rank, agency, dataset, min(record_key) as record_key,
        count(*) as records, value
    from every group by attribute, subject, rank, agency, dataset, value
)
select attribute || ':' || subject as conflict_id, attribute, subject, g.household_id,
    coalesce(h.region, %(county)s) as region, agency, dataset, record_key, records, value,
    row_number() over (partition by attribute, subject order by rank, value) as position
from grouped g
left join record.household h on h.county = %(county)s and h.household_id = g.household_id
where exists (select from grouped o where o.attribute = g.attribute and o.subject = g.subject and o.value <> g.value);

analyze said;

-- All that differed was looked at: what no longer does is resolved, and stays to be seen.
update computed.conflict c set state = 'RESOLVED', computed_in = %(run)s
where c.county = %(county)s and c.state <> 'RESOLVED'
    and not exists (select from said s where s.conflict_id = c.conflict_id);

delete from computed.claim c where c.county = %(county)s
    and not exists (select from said s where s.conflict_id = c.conflict_id and s.position = c.position
        and row(s.agency, s.dataset, s.record_key, s.records, s.household_id, s.region, s.value)
            is not distinct from row(c.agency, c.dataset, c.record_key, c.records, c.household_id, c.region,
                coalesce(c.name, c.identity_number, c.account_number)));

insert into computed.conflict as c (county, conflict_id, attribute, subject_key, state, household_id, region,
    computed_in)
select %(county)s, s.conflict_id, s.attribute, s.subject, 'OPEN', s.household_id, s.region, %(run)s
from said s
where s.position = 1
on conflict (county, conflict_id) do update set state = 'OPEN', decided_by = null, reason = null,
    household_id = excluded.household_id, region = excluded.region, computed_in = excluded.computed_in
where c.state = 'RESOLVED' or (c.household_id, c.region) is distinct from (excluded.household_id, excluded.region);

insert into computed.claim (county, conflict_id, position, agency, dataset, record_key, records, name, identity_number,
    account_number, household_id, region, computed_in)
select %(county)s, s.conflict_id, s.position, s.agency, s.dataset, s.record_key, s.records,
    case s.attribute when 'PERSON_NAME' then s.value end, case s.attribute when 'BORROWER' then s.value end,
    case s.attribute when 'ACCOUNT' then s.value end, s.household_id, s.region, %(run)s
from said s
on conflict (county, conflict_id, position) do nothing;

drop table said, differing, named, lent, linked_loan, unclear_payment;
