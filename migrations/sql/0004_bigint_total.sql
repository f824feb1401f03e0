-- The sum of bigint that stays bigint. PostgreSQL's own sum turns to numeric, which for the roll-up's thirty running
-- totals over half a million days costs more than everything else; an overflow is an error here as it is there.
create aggregate rollup.total(bigint) (
    sfunc = int8pl, stype = bigint, initcond = '0',
    msfunc = int8pl, minvfunc = int8mi, mstype = bigint, minitcond = '0',
    combinefunc = int8pl, parallel = safe
);
