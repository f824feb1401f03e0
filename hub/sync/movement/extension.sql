insert into movement
select region, signed_on, 'extended_amount', sum(amount) from state_extension group by region, signed_on;

insert into movement
select region, day, 'extended_households', count(*)
from (
    select household_id, min(region) as region, min(signed_on) as day
    from state_extension where household_id <> '' group by household_id
) x
group by region, day;
