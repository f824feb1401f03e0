-- A payment that reaches over the first day is shared out over periods on both sides of it: then its first period counts
-- too, and in the end all of them.
update subject s
set since = case when %(is_last)s then '-infinity' else
        (date_trunc('quarter', (reaching.period_from - %(settlement_day)s)::timestamp + interval '1 month')
            - interval '1 month')::date + %(settlement_day)s end
from (
    select t.debtor, min(y.period_from) as period_from
    from subject t
    join record.subsidy_payment y on y.county = %(county)s and y.loan_id = t.loan_id
    where t.since > '-infinity' and y.period_from < t.since and y.period_to >= t.since
    group by t.debtor
) reaching
where s.debtor = reaching.debtor;
