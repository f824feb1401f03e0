-- What several agencies say about one attribute of one subject, where they differ. The agency of record is position 1.
create temp table named on commit drop as
select p.person_id, p.household_id, p.name, p.identity_number from record.person p
where %(whole)s and p.county = %(county)s
union all
select p.person_id, p.household_id, p.name, p.identity_number from touched_household t
join record.person p on p.county = %(county)s and p.household_id = t.household_id
where not %(whole)s;

analyze named;

create temp table lent on commit drop as
select l.loan_id, l.household_id, l.borrower_identity_number, l.disbursement_account
from record.loan l where %(whole)s and l.county = %(county)s
union all
select l.loan_id, l.household_id, l.borrower_identity_number, l.disbursement_account
from (
    select t.loan_id from touched_loan t
    union
    select l.loan_id from touched_household t
    join record.loan l on l.county = %(county)s and l.household_id = t.household_id
) t
join record.loan l on l.county = %(county)s and l.loan_id = t.loan_id
where not %(whole)s;

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
select attribute || ':' || subject as conflict_id, attribute, subject, household_id, agency, dataset, record_key,
    records, value, row_number() over (partition by attribute, subject order by rank, value) as position
from grouped g
where exists (select from grouped o where o.attribute = g.attribute and o.subject = g.subject and o.value <> g.value);

-- Of those looked at anew, what no longer differs is resolved, and stays to be seen.
update computed.conflict c set state = 'RESOLVED', computed_in = %(run)s
where c.county = %(county)s and c.state <> 'RESOLVED'
    and (%(whole)s or c.household_id in (select household_id from touched_household)
        or c.subject_key in (select loan_id from touched_loan))
    and not exists (select from said s where s.conflict_id = c.conflict_id);

delete from computed.claim c where c.county = %(county)s
    and (%(whole)s or c.household_id in (select household_id from touched_household)
        or exists (select from said s where s.conflict_id = c.conflict_id)
        or exists (select from computed.conflict k where k.county = c.county and k.conflict_id = c.conflict_id
            and k.state = 'RESOLVED'));

insert into computed.conflict as c (county, conflict_id, attribute, subject_key, state, household_id, region,
    computed_in)
select distinct %(county)s, s.conflict_id, s.attribute, s.subject, 'OPEN', s.household_id,
    coalesce(h.region, %(county)s), %(run)s
from said s left join record.household h on h.county = %(county)s and h.household_id = s.household_id
where s.position = 1
on conflict (county, conflict_id) do update set state = 'OPEN', decided_by = null, reason = null,
    household_id = excluded.household_id, region = excluded.region, computed_in = excluded.computed_in
where c.state = 'RESOLVED' or (c.household_id, c.region) is distinct from (excluded.household_id, excluded.region);

insert into computed.claim (county, conflict_id, position, agency, dataset, record_key, records, name, identity_number,
    account_number, household_id, region, computed_in)
select %(county)s, s.conflict_id, s.position, s.agency, s.dataset, s.record_key, s.records,
    case s.attribute when 'PERSON_NAME' then s.value end, case s.attribute when 'BORROWER' then s.value end,
    case s.attribute when 'ACCOUNT' then s.value end, s.household_id, coalesce(h.region, %(county)s), %(run)s
from said s left join record.household h on h.county = %(county)s and h.household_id = s.household_id;

drop table said, named, lent;
