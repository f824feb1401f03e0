-- The households a run looks at, in the table scope: all of them, or those touched; on a new day also those whose
-- findings can change without a record changing: with a loan open or lately settled, a case, or a finding open.

create temp table scope (household_id text collate "C" primary key) on commit drop;

insert into scope
select h.household_id from record.household h where %(whole)s and h.county = %(county)s
union
select t.household_id from touched_household t
union
select l.household_id from record.loan l
where %(new_day)s and not %(whole)s and l.county = %(county)s and l.household_id is not null
  and (l.settled_on is null or l.settled_on > %(as_of)s::date - 400)
union
select c.household_id from record.compensation_case c
where %(new_day)s and not %(whole)s and c.county = %(county)s and c.household_id is not null
union
select f.household_id from computed.finding f
where (%(new_day)s or %(whole)s) and f.county = %(county)s and f.state <> 'CLOSED' and f.household_id is not null;

-- Those tied to them by a group as it was when it was found, such as one account: it may have come apart.
insert into scope
select distinct other.household_id
from scope s
join computed.finding f on f.county = %(county)s and f.household_id = s.household_id
join computed.finding other on other.county = %(county)s and other.group_key = f.group_key
where f.state <> 'CLOSED' and f.group_key is not null and other.state <> 'CLOSED' and other.household_id is not null
on conflict do nothing;

analyze scope;
