-- The use that was stated is one that 银监发〔2017〕42号 and the counties' lists after it forbid; or an officer saw another.
select l.loan_id as subject, '' as fact, l.household_id, l.region, l.loan_id,
       l.disbursed_on as since, l.amount, null::int as days, null::text as severity, null::text as group_key,
       array[E'loan\t' || l.loan_id] as evidence
from scope_loan l
where exists (
    select from unnest(array['建房', '盖房', '购房', '装修', '理财', '家庭用品', '结婚', '婚', '彩礼', '看病', '治病', '还贷', '还债',
                             '转贷', '入股', '存款', '赌']) forbidden (word)
    where position(forbidden.word in l.purpose) > 0)
union all
select l.loan_id, 'seen', l.household_id, l.region, l.loan_id, min(v.visited_on), l.amount, null, case
           when bool_or(v.use_found = 'FORBIDDEN') then 'HIGH' else 'MEDIUM' end, null,
       (array[E'loan\t' || l.loan_id] || array_agg(E'visit\t' || v.visit_id order by v.visited_on, v.visit_id))[1:20]
from scope_loan l
join record.visit v
    on v.county = %(county)s and v.household_id = l.household_id
    and v.visited_on between l.disbursed_on and least(l.ended_on, %(as_of)s)
where v.use_found in ('CHANGED', 'FORBIDDEN')
group by l.loan_id, l.household_id, l.region, l.amount
