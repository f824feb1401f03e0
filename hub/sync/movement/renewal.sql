-- Renewals: no new money, so nothing of it is lending.
insert into movement
select region, renewed_on, m.measure, m.value
from (
    select region, renewed_on, count(*) as loans, sum(amount)::bigint as amount
    from state_renewal group by region, renewed_on
) x
cross join lateral (values ('renewed_loans', loans), ('renewed_amount', amount)) m (measure, value);
