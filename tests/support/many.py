"""A county with enough rows that a wrong plan shows: 30,000 loans and what belongs to them, made by PostgreSQL."""

from __future__ import annotations

from tests.support.county import County
from tests.support.database import COUNTY, Database

LOANS = 30_000
HOUSEHOLDS = 20_000
# A twentieth of the loans is a township's: of a tenth, one lies in nearly every page, and reading on costs no more.
TOWNSHIPS, VILLAGES_OF_EACH = 20, 10

# h: number of the household; each lives in one of the villages.
_VILLAGE = (
    f"'{COUNTY}1' || to_char(h % {TOWNSHIPS} + 1, 'FM00') || to_char(h / {TOWNSHIPS} % {VILLAGES_OF_EACH} + 1, 'FM000')"
)
_HOUSEHOLD = "'H' || to_char(h, 'FM000000')"
_LOAN = "'L' || to_char(n, 'FM000000')"
_LINEAGE = "1, n, 1"
# n: number of the loan.
_OF_LOANS = f"""from (select n, n % {HOUSEHOLDS * 3 // 4} as h, date '2016-01-04' + n % 1500 as paid
        from generate_series(1, {LOANS}) n) x"""
_OVERDUE, _OPEN, _COMPENSATED = "n % 200 = 7", "n % 9 = 4", "n % 250 = 11"

_STATEMENTS = (
    # Regions of three levels.
    f"""insert into record.region (county, code, name, level, parent_code, region, source_part, source_row, recorded_in)
        select '{COUNTY}', code, 'R' || code, level, parent, code, 1, 1, 1 from (
          select '{COUNTY}', 'COUNTY', null union all
          select '{COUNTY}1' || to_char(t, 'FM00'), 'TOWNSHIP', '{COUNTY}' from generate_series(1, {TOWNSHIPS}) t
          union all
          select '{COUNTY}1' || to_char(t, 'FM00') || to_char(v, 'FM000'), 'VILLAGE', '{COUNTY}1' || to_char(t, 'FM00')
          from generate_series(1, {TOWNSHIPS}) t, generate_series(1, {VILLAGES_OF_EACH}) v
        ) r (code, level, parent)""",
    f"""insert into record.household (county, household_id, region_code, head_name, size_declared, poverty_status,
          registered_on, region, source_part, source_row, recorded_in)
        select '{COUNTY}', {_HOUSEHOLD}, {_VILLAGE}, 'A', h % 6 + 1, case when h % 5 = 0 then 'POOR' else 'LIFTED' end,
          date '2014-01-01' + h % 900, {_VILLAGE}, 1, h, 1 from generate_series(0, {HOUSEHOLDS - 1}) h""",
    f"""insert into record.person (county, person_id, household_id, name, identity_number, region, source_part,
          source_row, recorded_in)
        select '{COUNTY}', 'P' || to_char(n, 'FM000000'), {_HOUSEHOLD}, 'A', '522300' || to_char(n, 'FM000000000000'),
          {_VILLAGE}, {_LINEAGE} from (select n, n / 2 as h from generate_series(0, {HOUSEHOLDS * 2 - 1}) n) x""",
    f"""insert into record.officer_assignment (county, assignment_id, household_id, officer_name, valid_from, region,
          source_part, source_row, recorded_in)
        select '{COUNTY}', 'A' || to_char(h, 'FM000000'), {_HOUSEHOLD}, 'O' || h % 300, date '2017-01-01', {_VILLAGE},
          1, h, 1 from generate_series(0, {HOUSEHOLDS - 1}) h""",
    f"""insert into record.loan (county, loan_id, contract_number, borrower_name, borrower_identity_number, amount,
          balance, rate, disbursed_on, due_on, settled_on, issue_type, classification, status, household_id, region,
          source_part, source_row, recorded_in)
        select '{COUNTY}', {_LOAN}, 'C' || n, 'A', '522300' || to_char(h * 2, 'FM000000000000'), 1000000 * (1 + n % 5),
          case when {_OVERDUE} or {_OPEN} then 500000 else 0 end, 43500, paid, paid + 1095,
          case when {_OVERDUE} or {_OPEN} or {_COMPENSATED} then null else paid + 900 end, 'NEW', 'NORMAL',
          case when {_OVERDUE} then 'OVERDUE' when {_COMPENSATED} then 'COMPENSATED' when {_OPEN} then 'OPEN'
            else 'SETTLED' end,
          {_HOUSEHOLD}, {_VILLAGE}, {_LINEAGE} {_OF_LOANS}""",
    f"""insert into record.repayment (county, repayment_id, loan_id, paid_on, principal, penalty, origin, household_id,
          region, source_part, source_row, recorded_in)
        select '{COUNTY}', 'R' || n || '-' || turn, {_LOAN}, paid + 300 * turn, 300000, 0, 'HOUSEHOLD', {_HOUSEHOLD},
          {_VILLAGE}, {_LINEAGE} {_OF_LOANS}, generate_series(1, 3) turn""",
    f"""insert into record.subsidy_payment (county, voucher_number, line, loan_id, principal, rate, period_from,
          period_to, amount, paid_on, household_id, region, source_part, source_row, recorded_in)
        select '{COUNTY}', 'V' || n, turn, {_LOAN}, 1000000, 43500, paid + 90 * (turn - 1), paid + 90 * turn, 12345,
          paid + 90 * turn, {_HOUSEHOLD}, {_VILLAGE}, {_LINEAGE} {_OF_LOANS}, generate_series(1, 3) turn
          where n % 13 <> 0""",
    f"""insert into record.extension (county, extension_id, loan_id, signed_on, original_due_on, extended_due_on,
          amount, household_id, region, source_part, source_row, recorded_in)
        select '{COUNTY}', 'E' || n, {_LOAN}, paid + 1000, paid + 1095, paid + 1460, 500000, {_HOUSEHOLD}, {_VILLAGE},
          {_LINEAGE} {_OF_LOANS} where n % 20 = 0""",
    f"""insert into record.compensation_case (county, case_id, loan_id, trigger, applied_on, principal_loss, amount,
          state, household_id, region, source_part, source_row, recorded_in)
        select '{COUNTY}', 'K' || n, {_LOAN}, 'OVERDUE', paid + 1200, 500000, 350000, 'PAID', {_HOUSEHOLD}, {_VILLAGE},
          {_LINEAGE} {_OF_LOANS} where {_COMPENSATED}""",
    f"""insert into record.recovery (county, recovery_id, loan_id, case_id, recovered_on, amount, household_id, region,
          source_part, source_row, recorded_in)
        select '{COUNTY}', 'Y' || n, {_LOAN}, 'K' || n, paid + 1400, 100000, {_HOUSEHOLD}, {_VILLAGE}, {_LINEAGE}
        {_OF_LOANS} where {_COMPENSATED} and n % 2 = 0""",
    f"""insert into record.enterprise (county, credit_code, name, region_code, region, source_part, source_row,
          recorded_in)
        select '{COUNTY}', 'X' || n, 'Enterprise ' || n, '{COUNTY}', '{COUNTY}', {_LINEAGE}
        from generate_series(0, 91) n""",
    f"""insert into record.enterprise_use (county, agreement_number, credit_code, household_id, loan_id, amount,
          agreed_on, ends_on, exited_on, region, source_part, source_row, recorded_in)
        select '{COUNTY}', 'U' || n, 'X' || n % 92, {_HOUSEHOLD}, {_LOAN}, 1000000, paid, paid + 1095,
          case when n % 14 = 0 then null else paid + 1000 end, {_VILLAGE}, {_LINEAGE} {_OF_LOANS} where n % 5 = 0""",
)


def many(database: Database) -> County:
    with database.connect() as connection:
        for statement in _STATEMENTS:
            connection.execute(statement.encode())
        connection.execute("analyze")
    return County(database)
