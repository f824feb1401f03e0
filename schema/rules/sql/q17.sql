-- Approved and not paid for too long, or the fund paid another amount than its share of the loss.
select c.case_id as subject, '' as fact, c.household_id, c.region, c.loan_id,
       coalesce(c.paid_on, c.approved_on) as since, (due.amount - coalesce(paid.amount, 0))::bigint as amount,
       (%(as_of)s::date - c.approved_on) as days, null::text as severity, null::text as group_key,
       (array[E'compensation_case\t' || c.case_id] || coalesce(paid.evidence, '{}'))[1:20] as evidence
from scope s
join record.compensation_case c on c.county = %(county)s and c.household_id = s.household_id
join setting patience
    on patience.name = 'compensation_payment_days' and %(as_of)s between patience.valid_from and patience.valid_to
left join setting share on share.name = 'loss_share_of_fund' and c.approved_on between share.valid_from and share.valid_to
left join lateral (
    select sum(t.amount) as amount, array_agg(E'fund_transaction\t' || t.transaction_id order by t.booked_on) as evidence
    from record.fund_transaction t
    where t.county = %(county)s and t.case_id = c.case_id and t.kind = 'COMPENSATION'
) paid on true
cross join lateral (select c.amount * coalesce(c.fund_share, share.value) / 1000000 as amount) due
where (c.paid_on is null and c.state = 'APPROVED' and c.approved_on + patience.value::int < %(as_of)s)
   or (c.paid_on is not null and abs(due.amount - coalesce(paid.amount, 0)) > 100)
