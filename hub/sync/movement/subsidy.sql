insert into movement
select region, paid_on, 'subsidy_amount', sum(amount) from state_subsidy_payment group by region, paid_on;
