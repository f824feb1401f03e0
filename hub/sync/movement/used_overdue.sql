-- Overdue loans whose money an enterprise uses.
select o.region, m.day, rollup.total(m.value)
from state_enterprise_use u
-- Of the household that agreed: where bank and ledger name two, that is a finding, not a figure.
join arrears o using (loan_id, household_id)
cross join lateral (
    select greatest(o.starts, u.agreed_on) as starts, least(o.ends, u.exited_on) as ends
) s
cross join lateral (values (s.starts, 1::bigint), (s.ends, -1)) m (day, value)
where o.kind = 'overdue' and s.starts < coalesce(s.ends, 'infinity') and m.day is not null
group by o.region, m.day
