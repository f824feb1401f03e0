-- Applications that led to a loan, and the days they had waited: until the household's next disbursement.
select region, disbursed_on, count(*), rollup.total(disbursed_on - applied_on)
from (
    select a.region, a.applied_on, min(l.disbursed_on) as disbursed_on
    from state_application a
    join state_loan l on l.household_id = a.household_id and l.disbursed_on >= a.applied_on
    where a.household_id <> '' and a.state <> 'REFUSED'
    group by a.application_id, a.region, a.applied_on
) x
group by region, disbursed_on
