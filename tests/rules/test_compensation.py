"""Cases worked out by hand: 40,000 of principal and 1,000 of interest are lost; the fund bears 70 %, so 28,700."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from hub.computing import rulebook
from hub.rules.compensation import CaseStandings
from hub.settings import read_settings
from tests.rules.office import Office, entry
from tests.rules.records import bring


def test_the_hub_s_own_rulebook_works_them_out() -> None:
    assert any(isinstance(item, CaseStandings) for item in rulebook(read_settings()).computations)


AS_OF = date(2020, 6, 30)
CASE = {
    "case_id": "C1",
    "loan_id": "L1",
    "household_id": "H1",
    "trigger": "DEATH",
    "applied_on": date(2019, 6, 1),
    "approved_on": date(2019, 6, 20),
    "paid_on": date(2019, 7, 5),
    "principal_loss": 4_000_000,
    "amount": 4_100_000,
    "state": "PAID",
}
LOAN = {
    "loan_id": "L1",
    "household_id": "H1",
    "amount": 4_000_000,
    "rate": 47_500,
    "disbursed_on": date(2017, 3, 1),
    "due_on": date(2020, 3, 1),
    "status": "COMPENSATED",
}
DEATH = {"event_id": "E1", "household_id": "H1", "kind": "DEATH", "occurred_on": date(2019, 5, 1)}


def _booked(kind: str, amount: int) -> dict[str, Any]:
    return {
        "transaction_id": f"{kind}{amount}",
        "case_id": "C1",
        "kind": kind,
        "amount": amount,
        "booked_on": date(2019, 8, 1),
    }


def _recovered(amount: int, on: date = date(2019, 7, 20)) -> dict[str, Any]:
    return {"recovery_id": f"R{amount}", "loan_id": "L1", "case_id": "C1", "amount": amount, "recovered_on": on}


def _standing(office: Office, *, case: dict[str, Any] | None = None, **facts: list[dict[str, Any]]) -> dict[str, Any]:
    bring(office, {"loan": [LOAN], "risk_event": [DEATH], "compensation_case": [CASE | (case or {})]} | facts)
    office.compute([CaseStandings()], as_of=AS_OF)
    names = (
        *("stage", "basis", "event_id", "overdue_days", "fund_due", "bank_due", "fund_paid", "recovered"),
        *("recovered_due", "recovered_booked", "open_claim", "is_paid_otherwise", "is_unshared", "is_over_recovered"),
        *("is_called_settled", "missing_parameter"),
    )
    (row,) = office.rows(f"select {', '.join(names)} from computed.case_standing")
    return dict(zip(names, row, strict=True))


@pytest.fixture
def settled(office: Office) -> Office:
    office.decide(entry("loss_share_of_fund", "70", "%"), entry("compensation_trigger_days", "90", "number"))
    return office


def test_the_loss_is_split_by_the_ratio_and_the_fund_s_payment_is_its_part(settled: Office) -> None:
    found = _standing(settled, fund_transaction=[_booked("COMPENSATION", 2_870_000)])
    assert (found["fund_due"], found["bank_due"], found["is_paid_otherwise"]) == (2_870_000, 1_230_000, False)
    assert (found["stage"], found["basis"], found["event_id"], found["open_claim"]) == (
        "PAID",
        "EVENT",
        "E1",
        4_100_000,
    )


def test_a_payment_of_another_amount_is_told(settled: Office) -> None:
    assert _standing(settled, fund_transaction=[_booked("COMPENSATION", 2_770_000)])["is_paid_otherwise"] is True


def test_a_recovery_is_split_by_the_same_ratio_and_booked_on_both_sides(settled: Office) -> None:
    # 10,000 recovered: 7,000 go back to the fund, 3,000 stay with the bank; 31,000 of the claim are open.
    booked = [_booked("COMPENSATION", 2_870_000), _booked("RECOVERY", 700_000)]
    found = _standing(settled, recovery=[_recovered(1_000_000)], fund_transaction=booked)
    assert (found["recovered_due"], found["open_claim"], found["is_unshared"]) == (700_000, 3_100_000, False)
    assert found["stage"] == "RECOVERING"


def test_a_recovery_of_which_the_fund_saw_nothing_is_told_when_its_time_has_passed(settled: Office) -> None:
    assert _standing(settled, recovery=[_recovered(1_000_000)])["is_unshared"] is True


def test_a_recovery_of_yesterday_is_not_late(settled: Office) -> None:
    assert _standing(settled, recovery=[_recovered(1_000_000, date(2020, 6, 29))])["is_unshared"] is False


def test_what_was_recovered_in_one_case_is_none_of_another_s_of_the_loan(settled: Office) -> None:
    refused = CASE | {"case_id": "C0", "state": "REFUSED", "approved_on": None, "paid_on": None}
    facts = {"compensation_case": [refused, CASE], "recovery": [_recovered(1_000_000)]}
    bring(settled, {"loan": [LOAN], "risk_event": [DEATH]} | facts)
    settled.compute([CaseStandings()], as_of=AS_OF)
    rows = settled.rows("select case_id, recovered, is_unshared from computed.case_standing order by 1")
    assert rows == [("C0", 0, False), ("C1", 1_000_000, True)]


def test_more_recovered_than_lost_is_told_and_no_claim_goes_below_nought(settled: Office) -> None:
    found = _standing(settled, recovery=[_recovered(5_000_000)])
    assert (found["is_over_recovered"], found["open_claim"]) == (True, 0)


def test_a_compensated_loan_that_the_bank_calls_settled_is_told(settled: Office) -> None:
    assert _standing(settled, loan=[LOAN | {"status": "SETTLED"}])["is_called_settled"] is True


@pytest.mark.parametrize(("due_on", "basis"), [(date(2019, 3, 3), "OVERDUE"), (date(2019, 3, 4), "NONE")])
def test_without_an_event_the_agreed_days_overdue_are_needed(settled: Office, due_on: date, basis: str) -> None:
    # 2019-03-03 + 90 days = 2019-06-01, the day of the application.
    assert _standing(settled, risk_event=[], loan=[LOAN | {"due_on": due_on}])["basis"] == basis


def test_an_event_after_the_application_does_not_stand_behind_it(settled: Office) -> None:
    found = _standing(settled, risk_event=[DEATH | {"occurred_on": date(2019, 6, 2)}])
    assert (found["basis"], found["event_id"]) == ("NONE", None)


def test_without_a_ratio_nothing_is_split_and_the_parameter_is_named(office: Office) -> None:
    found = _standing(office, recovery=[_recovered(1_000_000)])
    assert (found["fund_due"], found["recovered_due"], found["is_paid_otherwise"], found["is_unshared"]) == (None,) * 4
    assert found["missing_parameter"] == "loss_share_of_fund"


def test_the_case_s_own_ratio_goes_before_the_policy_s(settled: Office) -> None:
    assert _standing(settled, case={"fund_share": 800_000})["fund_due"] == 3_280_000
