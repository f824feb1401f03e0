-- Every case beside what bank, fund and relief bureau booked. Cases are few, so all are worked out.
insert into computed.case_standing (
    county, case_id, loan_id, stage, basis, event_id, overdue_days, fund_share, loss, fund_due, bank_due, fund_paid,
    recovered, recovered_due, recovered_booked, open_claim, is_paid_otherwise, is_unshared, is_over_recovered,
    is_called_settled, missing_parameter, household_id, region, computed_in
)
select %(county)s, case_id, loan_id,
       case when state = 'REFUSED' then 'REFUSED' when state = 'CLOSED' then 'CLOSED'
            when paid_on is not null and recovered > 0 then 'RECOVERING' when paid_on is not null then 'PAID'
            when approved_on is not null then 'APPROVED' else 'APPLIED' end,
       basis, event_id, overdue_days, fund_share, loss, fund_due, loss - fund_due, fund_paid, recovered, recovered_due,
       recovered_booked, greatest(loss - recovered, 0),
       paid_on is not null and abs(fund_due - fund_paid) > 1,
       -- The bank's booking and the fund's may lie some days apart.
       case when not is_late or paid_on is null then false else recovered_due - recovered_booked > 1 end,
       recovered > loss, paid_on is not null and status = 'SETTLED',
       case when fund_share is null then 'loss_share_of_fund'
            when basis = 'NOT_CONFIGURED' then 'compensation_trigger_days' end,
       household_id, region, %(run)s
from (
    select c.case_id, c.loan_id, c.household_id, c.region, c.state, c.approved_on, c.paid_on, c.amount as loss,
           coalesce(c.fund_share, share.value) as fund_share, l.status,
           (c.amount * coalesce(c.fund_share, share.value) + 500000) / 1000000 as fund_due,
           (back.amount * coalesce(c.fund_share, share.value) + 500000) / 1000000 as recovered_due,
           coalesce(back.amount, 0) as recovered, back.is_late,
           fund.paid as fund_paid, fund.booked as recovered_booked, event.event_id,
           due.overdue_days,
           case when event.event_id is not null then 'EVENT'
                when agreed.value is null then 'NOT_CONFIGURED'
                when due.overdue_days >= agreed.value then 'OVERDUE'
                else 'NONE' end as basis
    from record.compensation_case c
    left join record.loan l on l.county = %(county)s and l.loan_id = c.loan_id
    left join policy_period share
        on share.name = 'loss_share_of_fund' and coalesce(c.approved_on, c.applied_on) >= share.valid_from
        and coalesce(c.approved_on, c.applied_on) < share.valid_until
    left join policy_period agreed
        on agreed.name = 'compensation_trigger_days'
        and c.applied_on >= agreed.valid_from and c.applied_on < agreed.valid_until
    left join policy_period patience
        on patience.name = 'recovery_sharing_days'
        and %(as_of)s >= patience.valid_from and %(as_of)s < patience.valid_until
    cross join lateral (
        select greatest(0, c.applied_on - coalesce(max(x.extended_due_on), l.due_on))::integer as overdue_days
        from record.extension x
        where x.county = %(county)s and x.loan_id = c.loan_id and x.signed_on <= c.applied_on
    ) due
    cross join lateral (
        select coalesce(sum(r.amount), 0)::bigint as amount,
               coalesce(min(r.recovered_on) + coalesce(patience.value, 0)::integer < %(as_of)s, false) as is_late
        from record.recovery r
        where r.county = %(county)s and r.loan_id = c.loan_id and coalesce(r.case_id, c.case_id) = c.case_id
    ) back
    cross join lateral (
        select coalesce(sum(t.amount) filter (where t.kind = 'COMPENSATION'), 0)::bigint as paid,
               coalesce(sum(t.amount) filter (where t.kind = 'RECOVERY'), 0)::bigint as booked
        from record.fund_transaction t
        where t.county = %(county)s and t.case_id = c.case_id
    ) fund
    left join lateral (
        select e.event_id
        from record.risk_event e
        left join record.person p on p.county = %(county)s and p.person_id = e.person_id
        where coalesce(p.birth_date <= e.occurred_on, true) and e.county = %(county)s and e.household_id = c.household_id and e.occurred_on <= c.applied_on
            and e.kind in ('DEATH', 'INCAPACITY', 'EXTINCT')
        order by e.occurred_on, e.event_id
        limit 1
    ) event on true
    where c.county = %(county)s
) x;
