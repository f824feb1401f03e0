"""The fund worked out by hand: 100,000 paid in, 1,000 earned, 28,700 paid out, 7,000 recovered, 10,000 taken back."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from hub.computing import rulebook
from hub.rules.fund import FundStandings
from hub.settings import read_settings
from schema.ledger import LEDGER
from tests.rules.found import Facts, Found, found
from tests.rules.office import Office, entry
from tests.rules.records import bring
from tests.support.database import COUNTY

AS_OF = date(2020, 6, 30)
BOOKED = (
    ("FUNDING", date(2019, 1, 10), 10_000_000, None),
    ("INTEREST", date(2019, 3, 21), 100_000, None),
    ("COMPENSATION", date(2019, 7, 5), 2_870_000, "C1"),
    ("RECOVERY", date(2019, 8, 1), 700_000, "C1"),
    ("WITHDRAWAL", date(2019, 12, 25), 1_000_000, None),
)
FUND = [
    {"transaction_id": kind, "kind": kind, "booked_on": on, "amount": amount, "case_id": case}
    for kind, on, amount, case in BOOKED
]
# 41,000 are lost; the fund bears 70 %: 28,700.
CASE = {
    "case_id": "C1",
    "loan_id": "L1",
    "household_id": "H1",
    "trigger": "OVERDUE",
    "applied_on": date(2019, 6, 1),
    "approved_on": date(2019, 6, 20),
    "paid_on": date(2019, 7, 5),
    "principal_loss": 4_100_000,
    "amount": 4_100_000,
    "state": "PAID",
}
# Day, balance of all loans, of bad ones: 600,000 yuan, then 800,000, of which 20,000 (2.5 %) are bad.
LENT = ((date(2019, 1, 5), 60_000_000, 0), (date(2019, 6, 1), 80_000_000, 2_000_000))
_NAMES = (
    *("balance", "outstanding", "leverage", "required", "capacity", "pending", "is_over_leverage", "is_short"),
    *("bad_rate", "is_suspended", "missing_parameter"),
)


def test_the_hub_s_own_rulebook_works_it_out() -> None:
    assert any(isinstance(item, FundStandings) for item in rulebook(read_settings()).computations)


@pytest.fixture
def fund(office: Office) -> Office:
    bring(office, {"fund_transaction": FUND, "compensation_case": [CASE]})
    with office.database.connect() as connection:
        for day, outstanding, bad in LENT:
            figures = {measure.name: 0 for measure in LEDGER.measures}
            row = {"county": COUNTY, "region": COUNTY, "day": day, **figures}
            row |= {"outstanding_amount": outstanding, "bad_amount": bad}
            names = ", ".join(row)
            marks = ", ".join(["%s"] * len(row))
            connection.execute(f"insert into rollup.daily ({names}) values ({marks})", list(row.values()))
    return office


def _at(office: Office, day: date) -> dict[str, Any]:
    office.compute([FundStandings()], as_of=AS_OF)
    (row,) = office.rows(
        f"select {', '.join(_NAMES)} from computed.fund_standing where standing_on <= '{day}'"
        " order by standing_on desc limit 1"
    )
    return dict(zip(_NAMES, row, strict=True))


def test_before_anything_was_lost_the_fund_bears_ten_times_what_is_in_it(fund: Office) -> None:
    # 101,000 × 10 = 1,010,000; 600,000 are lent, 410,000 may still be; 600,000 ÷ 101,000 = 5.940594 times.
    assert _at(fund, date(2019, 4, 1)) == {
        "balance": 10_100_000,
        "outstanding": 60_000_000,
        "leverage": 5_940_594,
        "required": 6_000_000,
        "capacity": 41_000_000,
        "pending": 0,
        "is_over_leverage": False,
        "is_short": False,
        "bad_rate": 0,
        "is_suspended": None,
        "missing_parameter": "lending_stop",
    }


def test_after_a_compensation_more_is_lent_than_the_fund_bears(fund: Office) -> None:
    # 101,000 − 28,700 = 72,300; × 10 = 723,000 − 800,000 = −77,000; 80,000 would be needed, 72,300 is over 20 % of it.
    found = _at(fund, date(2019, 7, 20))
    assert (found["balance"], found["capacity"], found["required"]) == (7_230_000, -7_700_000, 8_000_000)
    assert (found["leverage"], found["is_over_leverage"], found["is_short"]) == (11_065_007, True, False)


def test_a_recovery_and_what_the_budget_takes_back_move_the_balance(fund: Office) -> None:
    assert [_at(fund, day)["balance"] for day in (date(2019, 8, 1), date(2020, 6, 30))] == [7_930_000, 6_930_000]


def test_a_case_waits_with_the_fund_s_part_until_it_is_paid(fund: Office) -> None:
    fund.decide(entry("loss_share_of_fund", "70", "%"))
    days = (date(2019, 5, 31), date(2019, 6, 1), date(2019, 7, 4), date(2019, 7, 5))
    assert [_at(fund, day)["pending"] for day in days] == [0, 2_870_000, 2_870_000, 0]


def test_without_a_ratio_what_waits_is_not_known(fund: Office) -> None:
    found = _at(fund, date(2019, 6, 10))
    assert found["pending"] is None
    assert "loss_share_of_fund" in found["missing_parameter"]


@pytest.mark.parametrize(("line", "is_suspended"), [("2.5", True), ("2.6", False)])
def test_lending_stops_from_the_day_the_line_holds(fund: Office, line: str, is_suspended: object) -> None:
    fund.decide(entry("lending_stop", line, "%", since="2019-09-01"))
    assert _at(fund, date(2019, 8, 31))["is_suspended"] is None
    assert _at(fund, date(2019, 9, 1))["is_suspended"] is is_suspended


# ---------------------------------------------------------------- recoveries that do not add up

LOAN = {
    "loan_id": "L1",
    "household_id": "H1",
    "amount": 4_100_000,
    "balance": 0,
    "rate": 47_500,
    "disbursed_on": date(2016, 3, 1),
    "due_on": date(2019, 3, 1),
    "status": "COMPENSATED",
}
REPAID = {"repayment_id": "R", "loan_id": "L1", "household_id": "H1", "paid_on": date(2019, 7, 5)}


def _recovered(amount: int, fund_part: int | None = None, bank_part: int | None = None) -> dict[str, Any]:
    parts = {"fund_part": fund_part, "bank_part": bank_part}
    return {"recovery_id": f"R{amount}", "loan_id": "L1", "household_id": "H1", "recovered_on": date(2019, 7, 20)} | {
        "amount": amount,
        **parts,
    }


def _findings(office: Office, recovery: dict[str, Any], booked: int) -> Found:
    office.decide(entry("loss_share_of_fund", "70", "%"))
    given = {"transaction_id": "T", "kind": "RECOVERY", "booked_on": date(2019, 8, 1), "amount": booked}
    facts: Facts = {
        "household": [{"household_id": "H1"}],
        "loan": [LOAN],
        "repayment": [REPAID | {"principal": 4_100_000, "origin": "COMPENSATION"}],
        "compensation_case": [CASE],
        "recovery": [recovery],
        "fund_transaction": [given | {"case_id": "C1", "household_id": "H1"}],
    }
    return found(office, ("Q19", "Q42"), facts, AS_OF)


def test_a_recovery_shared_by_the_ratio_and_booked_on_both_sides_is_no_finding(office: Office) -> None:
    # 10,000 recovered: 7,000 to the fund, 3,000 to the bank.
    assert _findings(office, _recovered(1_000_000, 700_000, 300_000), 700_000) == []


def test_parts_that_do_not_make_up_the_recovery_are_told(office: Office) -> None:
    assert _findings(office, _recovered(1_000_000, 700_000, 200_000), 700_000) == [("Q19", "C1", "HIGH")]


def test_what_the_fund_booked_and_the_bank_did_not_recover_is_told(office: Office) -> None:
    assert _findings(office, _recovered(1_000_000), 800_000) == [("Q19", "C1", "HIGH")]


def test_a_recovery_larger_than_the_loss_is_told(office: Office) -> None:
    # 42,000 recovered on a loss of 41,000; 70 % of it, 29,400, were given to the fund.
    assert _findings(office, _recovered(4_200_000), 2_940_000) == [("Q42", "L1", "MEDIUM")]
