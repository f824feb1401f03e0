-- The use that was stated is one that 银监发〔2017〕42号 and the counties' lists after it forbid.
select l.loan_id as subject, '' as fact, l.household_id, l.region, l.loan_id,
       l.disbursed_on as since, l.amount, null::int as days, null::text as severity, null::text as group_key,
       array[E'loan\t' || l.loan_id] as evidence
from scope_loan l
where exists (
    select from unnest(array['建房', '盖房', '购房', '装修', '理财', '家庭用品', '结婚', '婚', '彩礼', '看病', '治病', '还贷', '还债',
                             '转贷', '入股', '存款', '赌']) forbidden (word)
    where position(forbidden.word in l.purpose) > 0)
