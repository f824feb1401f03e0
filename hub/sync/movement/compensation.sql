insert into movement
select region, paid_on, 'compensated_amount', sum(amount) from state_compensation_case group by region, paid_on;

insert into movement
select region, day, 'compensated_households', count(*)
from (
    select household_id, min(region) as region, min(paid_on) as day
    from state_compensation_case where household_id <> '' group by household_id
) x
group by region, day;
