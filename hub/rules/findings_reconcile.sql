-- From what the rules found to findings: opened, opened again, brought up to date, closed. What a person decided stays.

create temp table fact on commit drop as
select distinct on (d.finding_id) d.finding_id, d.rule_code, d.subject, d.household_id, d.region, d.loan_id, d.since,
       d.amount, d.days, d.severity, d.group_key, d.evidence, d.kind, d.subject_dataset, d.disposal, d.responsible,
       %(as_of)s::date + case d.severity when 'HIGH' then 3 when 'MEDIUM' then 15 else 30 end as deadline
from (
    select j.rule_code || '-' || left(encode(sha256(convert_to(concat_ws(E'\x1f', f.subject, f.fact), 'UTF8')), 'hex'), 16)
               as finding_id,
           f.rule_code, f.subject, f.household_id, f.region, f.loan_id, f.since, f.amount, f.days, f.group_key, f.evidence,
           coalesce(f.severity, j.severity) as severity, j.kind, j.subject_dataset, j.disposal, j.responsible
    from found f
    join judged j on j.rule_code = f.rule_code
) d
order by d.finding_id;
create index on fact (finding_id);
analyze fact;

create temp table finding_change (
    finding_id text collate "C", rule_code text collate "C", change text, round integer, evidence text[]) on commit drop;

insert into finding_change
select f.finding_id, f.rule_code, case when c.finding_id is null then 'OPENED' else 'REOPENED' end,
       coalesce(c.times_opened, 0) + 1, f.evidence
from fact f
left join computed.finding c on c.county = %(county)s and c.finding_id = f.finding_id
where c.finding_id is null or c.state = 'CLOSED';

insert into finding_change
select c.finding_id, c.rule_code, 'ESCALATED', c.times_opened, null
from fact f
join computed.finding c on c.county = %(county)s and c.finding_id = f.finding_id
where c.state <> 'CLOSED'
  and array_position(array['LOW', 'MEDIUM', 'HIGH'], f.severity) > array_position(array['LOW', 'MEDIUM', 'HIGH'], c.severity);

-- Looked at in a round in which the rule was asked: the first round looks at whatever belongs to no household.
analyze looked;
analyze asked;

insert into finding_change
select c.finding_id, c.rule_code, 'CLOSED', c.times_opened, null
from computed.finding c
join (
    select d.finding_id
    from computed.finding d
    join judged j on j.rule_code = d.rule_code
    where d.county = %(county)s and d.state <> 'CLOSED' and (j.is_county or d.household_id is null)
      and d.rule_code in (select a.rule_code from asked a where a.round in ('everything', 'touched'))
    union
    select d.finding_id
    from computed.finding d
    join looked k on k.household_id = d.household_id
    join asked a on a.rule_code = d.rule_code and a.round = k.round
    where d.county = %(county)s and d.state <> 'CLOSED'
) seen on seen.finding_id = c.finding_id
where c.county = %(county)s and not exists (select from fact f where f.finding_id = c.finding_id);
analyze finding_change;

-- Who is in charge: the household's officer on the day, or the service centre of the township, or of the county.
create temp table fact_owner on commit drop as
select f.finding_id, coalesce(officer.name, unit.name) as owner_name
from fact f
join finding_change n on n.finding_id = f.finding_id and n.change in ('OPENED', 'REOPENED')
left join lateral (
    select o.officer_name as name from record.officer_assignment o
    where o.county = %(county)s and o.household_id = f.household_id
      and o.valid_from <= %(as_of)s and coalesce(o.valid_to, 'infinity') >= %(as_of)s
    order by o.valid_from desc, o.assignment_id limit 1
) officer on true
left join lateral (
    select p.name from record.service_point p
    where p.county = %(county)s and p.kind in ('TOWNSHIP_CENTRE', 'CITY_CENTRE')
      and p.region_code in (left(f.region, 9), %(county)s)
    order by length(p.region_code) desc, p.point_id limit 1
) unit on true;

insert into computed.finding (
    county, finding_id, rule_code, kind, severity, state, subject_dataset, subject_key, household_id, loan_id, since,
    amount, days, proposed_disposal, responsible_agency, owner_name, deadline, opened_on, times_opened, region, group_key,
    computed_in)
select %(county)s, f.finding_id, f.rule_code, f.kind, f.severity, 'OPEN', f.subject_dataset, f.subject, f.household_id,
       f.loan_id, f.since, f.amount, f.days, f.disposal, f.responsible, o.owner_name, f.deadline, %(as_of)s, 1, f.region,
       f.group_key, %(run)s
from fact f
join finding_change n on n.finding_id = f.finding_id and n.change = 'OPENED'
left join fact_owner o on o.finding_id = f.finding_id;

update computed.finding c
set state = 'OPEN', closed_on = null, times_opened = c.times_opened + 1, deadline = f.deadline, severity = f.severity,
    owner_name = o.owner_name, decided_disposal = null, computed_in = %(run)s
from fact f
join finding_change n on n.finding_id = f.finding_id and n.change = 'REOPENED'
left join fact_owner o on o.finding_id = f.finding_id
where c.county = %(county)s and c.finding_id = f.finding_id;

update computed.finding c
set household_id = f.household_id, region = f.region, loan_id = f.loan_id, since = f.since, amount = f.amount,
    days = f.days, group_key = f.group_key, severity = f.severity, proposed_disposal = f.disposal,
    responsible_agency = f.responsible, deadline = least(c.deadline, f.deadline), computed_in = %(run)s
from fact f
where c.county = %(county)s and c.finding_id = f.finding_id
  and row(c.household_id, c.region, c.loan_id, c.since, c.amount, c.days, c.group_key, c.severity, c.proposed_disposal,
          c.responsible_agency)
      is distinct from row(f.household_id, f.region, f.loan_id, f.since, f.amount, f.days, f.group_key, f.severity,
                           f.disposal, f.responsible);

update computed.finding c
set state = 'CLOSED', closed_on = %(as_of)s, computed_in = %(run)s
from finding_change n
where n.change = 'CLOSED' and c.county = %(county)s and c.finding_id = n.finding_id;

insert into computed.finding_event (
    county, event_id, finding_id, rule_code, kind, happened_at, as_of, severity, household_id, region, computed_in)
select %(county)s, gen_random_uuid()::text, n.finding_id, n.rule_code, n.change, %(now)s, %(as_of)s, c.severity,
       c.household_id, c.region, %(run)s
from finding_change n
join computed.finding c on c.county = %(county)s and c.finding_id = n.finding_id;
