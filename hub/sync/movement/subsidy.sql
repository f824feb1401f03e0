select region, paid_on, rollup.total(amount) from state_subsidy_payment group by region, paid_on
