-- Renewals: no new money, so nothing of it is lending.
select region, renewed_on, count(*), rollup.total(amount) from state_renewal group by region, renewed_on
