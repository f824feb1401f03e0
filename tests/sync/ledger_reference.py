"""The ledger in plain Python, one figure at a time, as its definitions in schema/ledger.py say it: slow and obvious."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

Row = Mapping[str, Any]


@dataclass
class Facts:
    """All rows of each dataset; ``household_id`` None: not placed with a household, region is then the county."""

    household: list[dict[str, Any]] = field(default_factory=list)
    application: list[dict[str, Any]] = field(default_factory=list)
    loan: list[dict[str, Any]] = field(default_factory=list)
    repayment: list[dict[str, Any]] = field(default_factory=list)
    extension: list[dict[str, Any]] = field(default_factory=list)
    renewal: list[dict[str, Any]] = field(default_factory=list)
    classification_change: list[dict[str, Any]] = field(default_factory=list)
    subsidy_payment: list[dict[str, Any]] = field(default_factory=list)
    compensation_case: list[dict[str, Any]] = field(default_factory=list)
    enterprise_use: list[dict[str, Any]] = field(default_factory=list)


def ledger(facts: Facts, region: str, day: date) -> dict[str, int]:
    """Every measure for ``region`` at the end of ``day``."""
    inside = Facts(
        **{name: [row for row in rows if str(row["region"]).startswith(region)] for name, rows in vars(facts).items()}
    )
    loans = [row for row in inside.loan if row["disbursed_on"] <= day]
    balances = {row["loan_id"]: row["amount"] - _paid(facts, row, day) for row in loans}
    open_loans = [row for row in loans if balances[row["loan_id"]] > 0]
    overdue = [row for row in open_loans if _due(facts, row, day) < day]
    used = [row for row in inside.enterprise_use if row["agreed_on"] <= day]
    left = [row for row in used if row["exited_on"] is None or row["exited_on"] > day]
    cases = [
        row
        for row in inside.compensation_case
        if row["state"] in {"PAID", "CLOSED"} and row["paid_on"] is not None and row["paid_on"] <= day
    ]
    extended = [row for row in inside.extension if row["signed_on"] <= day]
    late = [row for row in open_loans if _due(facts, row, day) + timedelta(days=30) < day]
    past_due = [row for row in open_loans if row["due_on"] < day]
    bad = [row for row in open_loans if _grade(facts, row, day) in {"SUBSTANDARD", "DOUBTFUL", "LOSS"}]
    matured = _matured(facts, loans, day)
    waited = _waited(inside, day)
    renewed = [row for row in inside.renewal if row["renewed_on"] <= day]
    payments = [row for row in inside.subsidy_payment if row["paid_on"] <= day]
    overdue_ids = {(row["loan_id"], row["household_id"]) for row in overdue}
    figures = {
        "disbursed_households": _households(loans),
        "disbursed_loans": len(loans),
        "disbursed_amount": _total(loans),
        "repaid_loans": len(loans) - len(open_loans),
        "repaid_amount": _total(loans) - sum(balances.values()),
        "outstanding_households": _households(open_loans),
        "outstanding_loans": len(open_loans),
        "outstanding_amount": sum(balances.values()),
        "subsidy_amount": _total(payments),
        "used_enterprises": len({row["credit_code"] for row in used}),
        "used_households": _households(used),
        "used_amount": _total(used),
        "remaining_enterprises": len({row["credit_code"] for row in left}),
        "remaining_households": _households(left),
        "remaining_amount": _total(left),
        "used_overdue_loans": sum((row["loan_id"], row["household_id"]) in overdue_ids for row in left),
        "compensated_households": _households(cases),
        "compensated_amount": _total(cases),
        "extended_households": _households(extended),
        "extended_amount": _total(extended),
        "overdue_loans": len(overdue),
        "overdue_amount": sum(balances[row["loan_id"]] for row in overdue),
        "overdue_households": _households(overdue),
        "late30_amount": sum(balances[row["loan_id"]] for row in late),
        "past_due_amount": sum(balances[row["loan_id"]] for row in past_due),
        "bad_loans": len(bad),
        "bad_amount": sum(balances[row["loan_id"]] for row in bad),
        "matured_loans": len(matured),
        "matured_amount": sum(matured),
        "renewed_loans": len(renewed),
        "renewed_amount": _total(renewed),
        "answered_applications": len(waited),
        "waited_days": sum(waited),
        **_coverage(inside, loans, day),
    }
    for what in ("enterprises", "households", "amount"):
        figures[f"exited_{what}"] = figures[f"used_{what}"] - figures[f"remaining_{what}"]
    return figures


def _paid(facts: Facts, loan: Row, day: date) -> int:
    return sum(
        row["principal"]
        for row in facts.repayment
        if row["loan_id"] == loan["loan_id"] and row["paid_on"] <= day and row["origin"] != "RECOVERY"
    )


def _due(facts: Facts, loan: Row, day: date) -> date:
    """The maturity in force on ``day``: of the last extension signed by then, else the contract's."""
    signed = [
        (row["signed_on"], row["extended_due_on"])
        for row in facts.extension
        if row["loan_id"] == loan["loan_id"] and row["signed_on"] <= day
    ]
    due: date = max(signed)[1] if signed else loan["due_on"]
    return due


def _grade(facts: Facts, loan: Row, day: date) -> str:
    """By the last change until ``day``; before the first, what that changed from; without any, what is delivered."""
    changes = sorted(
        (row["changed_on"], row["change_id"], row["former_grade"], row["new_grade"])
        for row in facts.classification_change
        if row["loan_id"] == loan["loan_id"]
    )
    if not changes:
        return str(loan["classification"])
    passed = [change for change in changes if change[0] <= day]
    return str(passed[-1][3] if passed else changes[0][2])


def _matured(facts: Facts, loans: list[dict[str, Any]], day: date) -> list[int]:
    """What was left of each loan on the eve of each day until ``day`` on which its maturity was in force."""
    found = []
    for loan in loans:
        dues = {loan["due_on"]} | {
            row["extended_due_on"] for row in facts.extension if row["loan_id"] == loan["loan_id"]
        }
        for due in dues:
            left = loan["amount"] - _paid(facts, loan, due - timedelta(days=1))
            if loan["disbursed_on"] < due <= day and _due(facts, loan, due) == due and left > 0:
                found.append(left)
    return found


def _waited(inside: Facts, day: date) -> list[int]:
    """Days from each application to the next disbursement of its household, if that was by ``day``."""
    found = []
    for row in inside.application:
        later = [
            loan["disbursed_on"]
            for loan in inside.loan
            if row["applied_on"] is not None
            and loan["household_id"] == row["household_id"]
            and loan["disbursed_on"] >= row["applied_on"]
        ]
        if row["state"] != "REFUSED" and later and min(later) <= day:
            found.append((min(later) - row["applied_on"]).days)
    return found


def _coverage(inside: Facts, loans: list[dict[str, Any]], day: date) -> dict[str, int]:
    listed = {
        row["household_id"]
        for row in inside.household
        if row["registered_on"] <= day and (row["removed_on"] is None or row["removed_on"] > day)
    }

    def with_application(test: Callable[[Row], bool]) -> set[object]:
        return listed & {row["household_id"] for row in inside.application if test(row)}

    demanding = with_application(lambda row: row["is_eligible"] is True and _by(row["applied_on"], day))
    return {
        "listed_households": len(listed),
        "filed_households": len(with_application(lambda row: _by(row["filed_on"], day))),
        "rated_households": len(with_application(lambda row: _by(row["rated_on"], day))),
        "demanding_households": len(demanding),
        "satisfied_households": len(demanding & {row["household_id"] for row in loans}),
    }


def _by(since: object, day: date) -> bool:
    return isinstance(since, date) and since <= day


def _households(rows: Iterable[Row]) -> int:
    return len({row["household_id"] for row in rows if row["household_id"] is not None})


def _total(rows: Iterable[Row]) -> int:
    return sum(row["amount"] for row in rows)


def days(first: date, count: int) -> list[date]:
    return [first + timedelta(days=number) for number in range(count)]
