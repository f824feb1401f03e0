"""Rules at the edges of their figures: what stands twice in the records is counted once."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.rules.found import Facts, found
from tests.rules.office import Office, entry
from tests.rules.test_fund import AS_OF, CASE, LOAN

OPEN = LOAN | {"balance": 4_100_000, "status": "OPEN", "due_on": date(2021, 3, 1)}
HOUSEHOLD = {"household_id": "H1"}


def figures(office: Office, *columns: str) -> list[tuple[Any, ...]]:
    return office.rows(f"select {', '.join(columns)} from computed.finding where state <> 'CLOSED' order by 1, 2")


def test_a_borrower_whom_the_registry_has_twice_borrowed_once(office: Office) -> None:
    twice = [{"person_id": name, "birth_date": date(1970, 1, 1), **HOUSEHOLD} for name in ("P1", "P2")]
    poor = HOUSEHOLD | {"poverty_status": "RETURNED"}
    facts: Facts = {"household": [poor], "person": twice, "loan": [OPEN]}
    assert found(office, ("W32",), facts, AS_OF) == [("W32", "H1", "MEDIUM")]
    assert figures(office, "subject_key", "amount") == [("H1", 4_100_000)]


def use(number: str, amount: int, agreed_on: date, exited_on: date | None = None) -> dict[str, Any]:
    given = {"agreement_number": number, "credit_code": "E1", "loan_id": "L1", "amount": amount, **HOUSEHOLD}
    return given | {"agreed_on": agreed_on, "exited_on": exited_on}


def test_enterprises_that_share_a_loan_or_follow_each_other_use_it_once(office: Office) -> None:
    first, later = date(2017, 1, 1), date(2018, 1, 1)
    follows = [use("A", 4_100_000, first, later), use("B", 2_000_000, later), use("C", 2_100_000, later)]
    facts: Facts = {"household": [HOUSEHOLD], "loan": [OPEN], "enterprise_use": follows}
    assert found(office, ("Q32",), facts, AS_OF) == []
    assert found(office, ("Q32",), {"enterprise_use": [use("D", 300_000, later)]}, AS_OF) == [("Q32", "L1", "MEDIUM")]
    assert figures(office, "subject_key", "amount") == [("L1", 300_000)]


def test_a_case_that_was_refused_before_owes_the_fund_nothing(office: Office) -> None:
    office.decide(entry("loss_share_of_fund", "70", "%"))
    refused = CASE | {"case_id": "C0", "state": "REFUSED", "approved_on": None, "paid_on": None}
    given = {
        "loan_id": "L1",
        "amount": 1_000_000,
        "fund_part": 700_000,
        "bank_part": 300_000,
        "recovered_on": date(2019, 7, 20),
        **HOUSEHOLD,
    }
    back = {"kind": "RECOVERY", "booked_on": date(2019, 8, 1), "amount": 700_000, "case_id": "C1", **HOUSEHOLD}
    facts: Facts = {
        "household": [HOUSEHOLD],
        "loan": [LOAN],
        "compensation_case": [refused, CASE],
        "recovery": [given | {"recovery_id": "R1", "case_id": "C1"}],
        "fund_transaction": [back | {"transaction_id": "T1"}],
    }
    assert found(office, ("Q19",), facts, AS_OF) == []


@pytest.mark.parametrize(("due_on", "expected"), [(date(2019, 3, 3), []), (date(2019, 3, 4), [("Q20", "L1", "HIGH")])])
def test_a_case_applied_for_on_the_agreed_day_is_in_time(
    office: Office, due_on: date, expected: list[tuple[str, str, str]]
) -> None:
    office.decide(entry("compensation_trigger_days", "90", "number"))
    # 2019-03-03 + 90 days = 2019-06-01, the day of the application: where the case stands says so too.
    facts: Facts = {"household": [HOUSEHOLD], "loan": [LOAN | {"due_on": due_on}], "compensation_case": [CASE]}
    assert found(office, ("Q20",), facts, AS_OF) == expected


def test_a_month_of_maturities_counts_extended_loans_in_their_new_one_and_each_loan_once(office: Office) -> None:
    # 20 loans: 11 due in October 2020, 9 extended from there to March 2021; 5 of the 11 lie in no township.
    month, new = date(2020, 10, 15), date(2021, 3, 15)
    loans = [
        OPEN | {"loan_id": f"L{number:02}", "due_on": month, "region": "522301" if number < 5 else "522301001001"}
        for number in range(20)
    ]
    moved = [
        {"extension_id": f"X{number}", "loan_id": f"L{number:02}", "signed_on": date(2020, 5, 1), **HOUSEHOLD}
        | {"extended_due_on": new}
        for number in range(11, 20)
    ]
    facts: Facts = {"household": [HOUSEHOLD], "loan": loans, "extension": moved}
    found(office, ("W29",), facts, AS_OF)
    assert figures(office, "subject_key", "since", "amount") == [("522301", date(2020, 10, 1), 11 * 4_100_000)]
