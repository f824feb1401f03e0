"""The fund worked out by hand: 100,000 paid in, 1,000 earned, 28,700 paid out, 7,000 recovered, 10,000 taken back."""

from __future__ import annotations

from datetime import date
from typing import Any

from hub.computing import rulebook
from hub.rules.fund import FundStandings
from hub.settings import read_settings
from schema.ledger import LEDGER
from tests.rules.found import Facts, found
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


def _standings(office: Office) -> dict[date, dict[str, Any]]:
    """The days that have a row, with the figures of each."""
    bring(office, {"fund_transaction": FUND, "compensation_case": [CASE]})
    with office.database.connect() as connection:
        for day, outstanding, bad in LENT:
            figures = {measure.name: 0 for measure in LEDGER.measures}
            row = {"county": COUNTY, "region": COUNTY, "day": day, **figures}
            row |= {"outstanding_amount": outstanding, "bad_amount": bad}
            names = ", ".join(row)
            marks = ", ".join(["%s"] * len(row))
            connection.execute(f"insert into rollup.daily ({names}) values ({marks})", list(row.values()))
    office.compute([FundStandings()], as_of=AS_OF)
    rows = office.rows(f"select standing_on, {', '.join(_NAMES)} from computed.fund_standing order by standing_on")
    return {row[0]: dict(zip(_NAMES, row[1:], strict=True)) for row in rows}


def _at(standings: dict[date, dict[str, Any]], day: date) -> dict[str, Any]:
    """As the newest day that is not after ``day``."""
    return standings[max(known for known in standings if known <= day)]


def test_the_fund_bears_ten_times_what_is_in_it_and_every_booking_moves_it(office: Office) -> None:
    days = _standings(office)
    # 101,000 × 10 = 1,010,000; 600,000 are lent, 410,000 may still be; 600,000 ÷ 101,000 = 5.940594 times.
    assert _at(days, date(2019, 4, 1)) == {
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
    # 101,000 − 28,700 = 72,300; × 10 = 723,000 − 800,000 = −77,000; 80,000 would be needed, 72,300 is over 20 % of it.
    found = _at(days, date(2019, 7, 20))
    assert (found["balance"], found["capacity"], found["required"]) == (7_230_000, -7_700_000, 8_000_000)
    assert (found["leverage"], found["is_over_leverage"], found["is_short"]) == (11_065_007, True, False)
    assert [_at(days, day)["balance"] for day in (date(2019, 8, 1), AS_OF)] == [7_930_000, 6_930_000]
    # Nobody has set the ratio, so what waits is not known.
    waiting = _at(days, date(2019, 6, 10))
    assert (waiting["pending"], waiting["missing_parameter"]) == (None, "lending_stop, loss_share_of_fund")


def test_a_case_waits_with_the_fund_s_part_and_lending_stops_when_the_line_is_reached(office: Office) -> None:
    office.decide(entry("loss_share_of_fund", "70", "%"), entry("lending_stop", "2.5", "%", since="2019-09-01"))
    days = _standings(office)
    asked = (date(2019, 5, 31), date(2019, 6, 1), date(2019, 7, 4), date(2019, 7, 5))
    assert [_at(days, day)["pending"] for day in asked] == [0, 2_870_000, 2_870_000, 0]
    # 20,000 of 800,000 are 2.5 %; the line holds from September on.
    assert [_at(days, date(2019, *day))["is_suspended"] for day in ((8, 31), (9, 1))] == [None, True]


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
# Loan, recovered, the fund's and the bank's part of it as the bank says, what the fund booked.
SHARED = (
    ("L1", 1_000_000, 700_000, 300_000, 700_000),  # 10,000: 7,000 to the fund, 3,000 to the bank
    ("L2", 1_000_000, 700_000, 200_000, 700_000),  # the parts do not make up what was recovered
    ("L3", 1_000_000, None, None, 800_000),  # the fund booked 1,000 more than its 70 %
    ("L4", 4_200_000, None, None, 2_940_000),  # 42,000 recovered on a loss of 41,000
)


def test_recoveries_that_do_not_add_up_are_told_and_one_that_does_is_not(office: Office) -> None:
    office.decide(entry("loss_share_of_fund", "70", "%"))
    facts: Facts = {"household": [{"household_id": "H1"}]}
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in ("loan", "repayment", "compensation_case")}
    rows |= {"recovery": [], "fund_transaction": []}
    for loan, amount, fund_part, bank_part, booked in SHARED:
        of = {"loan_id": loan, "household_id": "H1"}
        rows["loan"].append(LOAN | of)
        paid = {"repayment_id": loan, "paid_on": date(2019, 7, 5), "principal": 4_100_000, "origin": "COMPENSATION"}
        rows["repayment"].append(of | paid)
        rows["compensation_case"].append(CASE | of | {"case_id": f"C{loan}"})
        split = {"amount": amount, "fund_part": fund_part, "bank_part": bank_part}
        rows["recovery"].append(of | split | {"recovery_id": loan, "recovered_on": date(2019, 7, 20)})
        back = {"kind": "RECOVERY", "booked_on": date(2019, 8, 1), "amount": booked, "household_id": "H1"}
        rows["fund_transaction"].append(back | {"transaction_id": loan, "case_id": f"C{loan}"})
    assert found(office, ("Q19", "Q42"), facts | rows, AS_OF) == [
        ("Q19", "CL2", "HIGH"),
        ("Q19", "CL3", "HIGH"),
        ("Q42", "L4", "MEDIUM"),
    ]
