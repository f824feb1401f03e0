"""Visits after lending: nobody called, nobody was met, another use was seen; by the day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

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
VAIN = {"outcome": "NOT_REACHED"}


def _visit(ago: int, **others: Any) -> dict[str, Any]:
    return {"visited_on": AS_OF - timedelta(days=ago), **others}


def _overdue(days: int) -> dict[str, Any]:
    return {"due_on": AS_OF - timedelta(days=days)}


# What is tried, about the loan, the visits, the rules that tell of it and how soon somebody must act.
SCENES: dict[str, tuple[dict[str, Any], list[dict[str, Any]], list[tuple[str, str]]]] = {
    "called on every ninety days": ({}, [_visit(90)], []),
    "not called on for longer": ({}, [_visit(91)], [("W22", "MEDIUM")]),
    "lent less than ninety days ago": ({"disbursed_on": AS_OF - timedelta(days=90)}, [], []),
    "overdue for the fifteen days given": (_overdue(15), [_visit(20)], []),
    "nobody came since maturity": (_overdue(16), [_visit(20)], [("Q29", "HIGH"), ("W22", "HIGH")]),
    "overdue and somebody came": (_overdue(30), [_visit(15)], []),
    "somebody came and not again": (_overdue(30), [_visit(16)], [("W22", "HIGH")]),
    "a forbidden use": ({}, [_visit(5, use_found="FORBIDDEN"), _visit(70)], [("W21", "HIGH")]),
    "another use": ({}, [_visit(5, use_found="CHANGED"), _visit(70)], [("W21", "MEDIUM")]),
    "a use seen before the loan": ({}, [_visit(5), _visit(401, use_found="FORBIDDEN")], []),
    "one of the last two in vain": ({}, [_visit(5, **VAIN), _visit(60), _visit(120, **VAIN)], []),
    "the last two in vain": ({}, [_visit(5, **VAIN), _visit(60, **VAIN), _visit(120)], [("W31", "MEDIUM")]),
}


def test_each_scene_is_told_by_the_rules_meant_for_it(office: Office) -> None:
    facts: dict[str, list[dict[str, Any]]] = {"household": [], "loan": [], "officer_assignment": [], "visit": []}
    wanted: Found = []
    for number, (others, visits, told) in enumerate(SCENES.values()):
        of = {"household_id": f"H{number:02}"}
        facts["household"].append(of)
        facts["loan"].append(LOAN | of | {"loan_id": f"L{number:02}"} | others)
        facts["officer_assignment"].append(of | {"assignment_id": f"A{number:02}"})
        facts["visit"] += [of | {"visit_id": f"V{number:02}{place}"} | row for place, row in enumerate(visits)]
        wanted += [(code, f"L{number:02}", severity) for code, severity in told]
    assert found(office, CODES, facts, AS_OF) == sorted(wanted), list(SCENES)


def test_where_visits_are_not_delivered_an_overdue_loan_with_an_officer_is_no_finding(office: Office) -> None:
    facts: Facts = {
        "household": [{"household_id": "H1"}],
        "officer_assignment": [{"assignment_id": "A1", "household_id": "H1"}],
    }
    overdue = LOAN | {"due_on": AS_OF - timedelta(days=60)}
    assert found(office, ("Q29", "W31"), facts | {"loan": [overdue]}, AS_OF, without="visit") == []
    assert office.rows("select code, standing from computed.rule where code in ('Q29', 'W22') order by 1") == [
        ("Q29", "PARTIAL"),
        ("W22", "WAITS"),
    ]


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
    called = {"visit": [_visit(200) | {"visit_id": "V1", "household_id": "H1"}]}
    assert found(office, ("Q27",), called, AS_OF) == []
