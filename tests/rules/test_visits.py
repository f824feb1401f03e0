"""Visits after lending: nobody called, nobody was met, another use was seen; by the day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.rules.found import Facts, Found, found
from tests.rules.office import Office

AS_OF = date(2020, 7, 8)
CODES = ("Q29", "W21", "W22", "W31")
LOAN = {
    "loan_id": "L1",
    "household_id": "H1",
    "amount": 4_000_000,
    "balance": 4_000_000,
    "rate": 47_500,
    "disbursed_on": AS_OF - timedelta(days=400),
    "due_on": AS_OF + timedelta(days=600),
}
OFFICER = {"assignment_id": "A1", "household_id": "H1"}


def _visit(ago: int, **others: Any) -> dict[str, Any]:
    return {"visit_id": f"V{ago:03}", "household_id": "H1", "visited_on": AS_OF - timedelta(days=ago), **others}


def _found(office: Office, *visits: dict[str, Any], overdue: int = 0, without: str = "", **others: Any) -> Found:
    due = {"due_on": AS_OF - timedelta(days=overdue)} if overdue else {}
    facts: Facts = {
        "household": [{"household_id": "H1"}],
        "loan": [LOAN | due | others],
        "officer_assignment": [OFFICER],
        "visit": list(visits),
        # Somebody else's, so that visits are known to be delivered.
        "risk_event": [],
    }
    return found(office, CODES, facts, AS_OF, without=without)


@pytest.mark.parametrize(("ago", "wanted"), [(90, []), (91, [("W22", "L1", "MEDIUM")])])
def test_a_borrower_is_called_on_every_ninety_days(office: Office, ago: int, wanted: Found) -> None:
    assert _found(office, _visit(ago)) == wanted


def test_a_loan_of_less_than_ninety_days_needs_no_visit_yet(office: Office) -> None:
    assert _found(office, disbursed_on=AS_OF - timedelta(days=90)) == []


@pytest.mark.parametrize(
    ("overdue", "ago", "wanted"),
    [
        (15, 20, []),  # fifteen days are given
        (16, 20, [("Q29", "L1", "HIGH"), ("W22", "L1", "HIGH")]),  # nobody came since maturity
        (30, 15, []),
        (30, 16, [("W22", "L1", "HIGH")]),  # somebody came, and not again
    ],
)
def test_an_overdue_loan_is_attended_to_within_fifteen_days(
    office: Office, overdue: int, ago: int, wanted: Found
) -> None:
    assert _found(office, _visit(ago), overdue=overdue) == wanted


def test_where_visits_are_not_delivered_an_overdue_loan_with_an_officer_is_no_finding(office: Office) -> None:
    facts: Facts = {"household": [{"household_id": "H1"}], "officer_assignment": [OFFICER]}
    overdue = LOAN | {"due_on": AS_OF - timedelta(days=60)}
    assert found(office, ("Q29", "W31"), facts | {"loan": [overdue]}, AS_OF, without="visit") == []
    assert office.rows("select code, standing from computed.rule where code in ('Q29', 'W22') order by 1") == [
        ("Q29", "PARTIAL"),
        ("W22", "WAITS"),
    ]


@pytest.mark.parametrize(("use", "severity"), [("FORBIDDEN", "HIGH"), ("CHANGED", "MEDIUM")])
def test_another_use_that_was_seen_is_told(office: Office, use: str, severity: str) -> None:
    assert _found(office, _visit(5, use_found=use), _visit(70, use_found="AS_PLANNED")) == [("W21", "L1", severity)]


def test_what_was_seen_before_the_loan_is_not_held_against_it(office: Office) -> None:
    assert _found(office, _visit(5), _visit(401, use_found="FORBIDDEN")) == []


def test_two_calls_in_vain_are_told_and_one_is_not(office: Office) -> None:
    vain = {"outcome": "NOT_REACHED"}
    assert _found(office, _visit(5, **vain), _visit(60), _visit(120, **vain)) == []


def test_the_last_two_calls_in_vain_are_told(office: Office) -> None:
    vain = {"outcome": "NOT_REACHED"}
    assert _found(office, _visit(5, **vain), _visit(60, **vain), _visit(120)) == [("W31", "L1", "MEDIUM")]


def test_two_renewals_on_the_day_are_evergreening_unless_somebody_called_between(office: Office) -> None:
    turns = [AS_OF - timedelta(days=days) for days in (700, 400, 100)]
    loans = [
        LOAN | {"loan_id": f"L{place}", "disbursed_on": start, "settled_on": end, "balance": 0, "status": "SETTLED"}
        for place, (start, end) in enumerate(zip(turns, [*turns[1:], AS_OF], strict=True), start=1)
    ]
    renewals = [
        {
            "loan_id": f"L{place}",
            "previous_loan_id": f"L{place - 1}",
            "renewed_on": turns[place - 1],
            "household_id": "H1",
        }
        for place in (2, 3)
    ]
    facts: Facts = {"household": [{"household_id": "H1"}], "loan": loans, "renewal": renewals}
    assert found(office, ("Q27",), facts, AS_OF) == [("Q27", "L3", "HIGH")]
    called = {"visit": [_visit(200)]}
    assert found(office, ("Q27",), called, AS_OF) == []
