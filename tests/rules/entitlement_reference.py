"""Entitlement in plain Python, one day after the other: slow, and written apart from the SQL it judges."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from itertools import groupby
from typing import Any

from hub.catalog.policy import NotConfigured
from hub.rules.policy import PolicyBook

Row = dict[str, Any]
DAY = timedelta(days=1)
SUBSIDISED, NOT_COLLECTED, OVERDUE, ABOVE_CAP = "SUBSIDISED", "NOT_COLLECTED", "OVERDUE", "ABOVE_CAP"


@dataclass
class Facts:
    """What the agencies say, as the record tables hold it."""

    loan: list[Row] = field(default_factory=list)
    repayment: list[Row] = field(default_factory=list)
    extension: list[Row] = field(default_factory=list)
    interest_collection: list[Row] = field(default_factory=list)
    subsidy_payment: list[Row] = field(default_factory=list)

    def of(self, dataset: str, loan_id: str) -> list[Row]:
        return [row for row in getattr(self, dataset) if row["loan_id"] == loan_id]


def settlement_after(day: date) -> date:
    """The first 20th of a quarter's last month that is not before ``day``."""
    while not (day.day == 20 and day.month % 3 == 0):
        day += DAY
    return day


def settlement_before(day: date) -> date:
    """The last such 20th before ``day``."""
    day -= DAY
    while not (day.day == 20 and day.month % 3 == 0):
        day -= DAY
    return day


def add_months(day: date, months: int) -> date:
    """The same day of the month, or that month's last."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def interest_days(method: str, begun: date, first: date, until: date) -> int:
    """Days of interest from ``first`` up to but not including ``until``, of a loan begun on ``begun``."""
    if method == "ACCUMULATED":
        return (until - first).days
    return _instalment_days(begun, until) - _instalment_days(begun, first)


def _instalment_days(begun: date, until: date) -> int:
    months = 0
    while add_months(begun, months + 1) <= until:
        months += 1
    return 30 * months + (until - add_months(begun, months)).days


def half_up(value: Fraction) -> int:
    return int(value + Fraction(1, 2)) if value >= 0 else -int(-value + Fraction(1, 2))


@dataclass(frozen=True)
class State:
    """Everything that decides about one day of one loan."""

    settled_on: date
    balance: int
    taken: int
    collection: Any
    is_ordinary: bool
    share: int | None


def balance_on(facts: Facts, loan: Row, day: date) -> int:
    """What the loan owes at the end of ``day``; a booking dated before the loan counts from its first day."""
    if day < loan["disbursed_on"]:
        return 0
    bookings: dict[date, int] = {}
    for row in facts.of("repayment", loan["loan_id"]):
        if row["origin"] != "RECOVERY":
            on = max(row["paid_on"], loan["disbursed_on"])
            bookings[on] = bookings.get(on, 0) + row["principal"]
    return max(0, int(loan["amount"]) - sum(paid for on, paid in bookings.items() if on <= day))


def due_on(facts: Facts, loan: Row, day: date) -> date:
    """The maturity in force on ``day``: of the extensions signed by then, the last one's."""
    signed = [row for row in facts.of("extension", loan["loan_id"]) if row["signed_on"] <= day]
    if not signed:
        return loan["due_on"]  # type: ignore[no-any-return]
    last = max(signed, key=lambda row: (row["signed_on"], row["extended_due_on"]))
    return last["extended_due_on"]  # type: ignore[no-any-return]


def _collection(facts: Facts, loan: Row, day: date) -> Row | None:
    rows = facts.of("interest_collection", loan["loan_id"])
    if not any(row["period_from"] <= day <= row["period_to"] for row in rows):
        return None
    begun = [row for row in rows if row["period_from"] <= day]
    return max(begun, key=lambda row: (row["period_from"], row["collection_id"]))


def _debtor(loan: Row) -> str:
    return str(loan["household_id"] or "#" + loan["loan_id"])


@dataclass
class Clerk:
    """Works out one loan after the other."""

    facts: Facts
    policy: PolicyBook
    as_of: date

    def setting(self, name: str, day: date) -> Any:
        found = self.policy.at(name, day)
        return None if isinstance(found, NotConfigured) else found

    def rules(self, loan: Row) -> Row:
        """What follows the loan from its first day."""
        signed = loan["disbursed_on"]
        is_short = loan["due_on"] <= add_months(signed, 12)
        ceiling = self.setting("rate_ceiling_short" if is_short else "rate_ceiling_long", signed)
        return {
            "begun": signed,
            "cap": self.setting("household_cap", signed),
            "allocation": self.setting("cap_allocation", signed),
            "method": loan["interest_method"] or self.setting("interest_method", signed),
            "share": self.setting("subsidy_share_of_contract", signed),
            "rate": loan["rate"] if ceiling is None else min(loan["rate"], ceiling),
        }

    def _state(self, loan: Row, rules: Row, day: date) -> State:
        earlier = [
            other
            for other in self.facts.loan
            if _debtor(other) == _debtor(loan)
            and (other["disbursed_on"], other["loan_id"]) < (loan["disbursed_on"], loan["loan_id"])
        ]
        return State(
            settlement_after(day),
            balance_on(self.facts, loan, day),
            sum(balance_on(self.facts, other, day) for other in earlier),
            (_collection(self.facts, loan, day) or {}).get("collection_id"),
            day < due_on(self.facts, loan, day),
            rules["share"] if rules["share"] is not None else self.setting("subsidy_share", day),
        )

    def steps(self, loan: Row) -> Iterator[Row]:
        """Runs of days of one state, while the loan owes anything, up to the day the books are of."""
        rules, day = self.rules(loan), loan["disbursed_on"]
        days: list[tuple[date, State]] = []
        while day <= self.as_of:
            state = self._state(loan, rules, day)
            if state.balance == 0:
                break
            days.append((day, state))
            day += DAY
        for state, group in groupby(days, key=lambda item: item[1]):
            run = [on for on, _ in group]
            yield self._step(rules, state, run[0], run[-1] + DAY)

    def _step(self, rules: Row, state: State, first: date, until: date) -> Row:
        missing = None
        counts = state.is_ordinary and state.collection is not None
        if counts:
            needs_order = state.taken > 0 and rules["cap"] is not None and state.taken + state.balance > rules["cap"]
            checks = [
                ("household_cap", rules["cap"] is None),
                ("cap_allocation", needs_order and rules["allocation"] is None),
                ("subsidy_share", state.share is None),
                ("interest_method", rules["method"] is None),
            ]
            missing = next((name for name, fails in checks if fails), None)
        base = max(0, min(state.balance, rules["cap"] - state.taken)) if counts and missing is None else 0
        days = interest_days(rules["method"] or "ACCUMULATED", rules["begun"], first, until)
        interest = Fraction(base * rules["rate"] * days, 360 * 1_000_000)
        outcome = (OVERDUE if not state.is_ordinary else NOT_COLLECTED) if not counts else SUBSIDISED
        if missing:
            outcome = "NOT_CONFIGURED"
        elif counts and base == 0:
            outcome = ABOVE_CAP
        return {
            "settled_on": state.settled_on,
            "day_from": first,
            "day_to": until - DAY,
            "interest_days": days,
            "balance": state.balance,
            "taken": state.taken,
            "base": base,
            "outcome": outcome,
            "missing": missing,
            "collection_id": state.collection if outcome != NOT_COLLECTED else None,
            "exact_interest": interest,
            "exact_amount": interest * Fraction(state.share or 0, 1_000_000),
        }

    def periods(self, loan: Row) -> dict[date, Row]:
        """The loan's entitlements by settlement day."""
        found: dict[date, Row] = {}
        for settled_on, group in groupby(self.steps(loan), key=lambda step: step["settled_on"]):
            steps = list(group)
            collected = [step for step in steps if step["collection_id"] is not None]
            if settled_on > self.as_of and not collected:
                continue
            missing = sorted({step["missing"] for step in steps if step["missing"]})
            rows = {row["collection_id"]: row for row in self.facts.of("interest_collection", loan["loan_id"])}
            found[settled_on] = {
                "steps": steps,
                "days": sum(_length(step) for step in steps if step["base"] > 0),
                "uncollected_days": sum(_length(step) for step in steps if step["outcome"] == NOT_COLLECTED),
                "overdue_days": sum(_length(step) for step in steps if step["outcome"] == OVERDUE),
                "interest": half_up(sum((step["exact_interest"] for step in steps), Fraction(0))),
                "amount": None if missing else half_up(sum((step["exact_amount"] for step in steps), Fraction(0))),
                "missing": missing[0] if missing else None,
                "collected_on": max((rows[step["collection_id"]]["collected_on"] for step in collected), default=None),
            }
        return found

    def judged(self, loan: Row) -> dict[date, Row]:
        """The entitlements beside what was paid, with the verdict."""
        periods = self.periods(loan)
        paid: dict[date, Fraction] = {}
        for row in self.facts.of("subsidy_payment", loan["loan_id"]):
            for settled_on, part in self._shared(row, periods).items():
                paid[settled_on] = paid.get(settled_on, 0) + part
        for settled_on in paid:
            nothing = {"days": 0, "uncollected_days": 0, "overdue_days": 0, "interest": 0, "amount": 0}
            periods.setdefault(settled_on, {"steps": [], "missing": None, "collected_on": None, **nothing})
        for settled_on, period in periods.items():
            period["paid"] = int(paid.get(settled_on, 0))
            period["verdict"] = self._verdict(settled_on, period)
        return periods

    def _shared(self, row: Row, periods: dict[date, Row]) -> dict[date, Fraction]:
        met = {
            settled_on: period
            for settled_on, period in sorted(periods.items())
            if settled_on >= row["period_from"] and settlement_before(settled_on) < row["period_to"]
        }
        if not met:
            return {settlement_after(row["period_from"]): Fraction(row["amount"])}
        weights = {settled_on: period["amount"] or 0 for settled_on, period in met.items()}
        if not any(weights.values()):
            weights = {
                settled_on: (
                    min(settled_on, row["period_to"]) - max(settlement_before(settled_on), row["period_from"] - DAY)
                ).days
                for settled_on in met
            }
        parts, so_far = {}, 0
        for settled_on, weight in weights.items():
            before, so_far = so_far, so_far + weight
            first, last = (Fraction(row["amount"] * part, sum(weights.values())) for part in (before, so_far))
            parts[settled_on] = Fraction(half_up(last) - half_up(first))
        return parts

    def _verdict(self, settled_on: date, period: Row) -> str:
        if period["missing"]:
            return "NOT_CONFIGURED"
        tolerance = self.setting("subsidy_tolerance", self.as_of) or 0
        in_time = timedelta(days=self.setting("subsidy_payment_days", self.as_of) or 0)
        lacking = period["amount"] - period["paid"]
        if -lacking > tolerance:
            return "OVER"
        if lacking > tolerance:
            if max(settled_on, period["collected_on"] or settled_on) + in_time >= self.as_of:
                return "WAITING"
            return "SHORT" if period["paid"] else "MISSING"
        return "EVEN" if period["amount"] or period["paid"] else "NOTHING"


def _length(step: Row) -> int:
    first, last = step["day_from"], step["day_to"]
    assert isinstance(first, date)
    assert isinstance(last, date)
    return (last - first).days + 1
