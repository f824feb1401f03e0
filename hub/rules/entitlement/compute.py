"""Entitlements of the loans a run touched, part by part, so that memory and disk stay bounded at any size."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from importlib.resources import files

import psycopg

from hub.catalog.policy import NotConfigured
from hub.errors import RuleError
from hub.rules.entitlement.outcome import OUTCOMES, bring
from hub.rules.work import RuleWork

_FILES = files("hub.rules.entitlement")
# Debtors worked out at a time: the events and steps of their loans are sorted in memory.
_DEBTORS_TOGETHER = 50_000
# How often the first day is moved back because of payments that reach over it, before all days count.
_REACHES = 4
# From so many loans on, a first run takes the indexes down while it writes.
_MANY_LOANS = 50_000
_OF_PART = (
    *("part", "course", "alive", "collection", "ordinary", "event", "span", "step", "counted", "due"),
    *("payment", "paid", "judged", "fault", "lived", "faulty"),
)


def _sql(name: str) -> bytes:
    return _FILES.joinpath(f"{name}.sql").read_bytes()


def sql_digest() -> str:
    """Changes when the way of working out does, so that everything is worked out anew."""
    names = sorted(file.name for file in _FILES.iterdir() if file.name.endswith(".sql"))
    return sha256(b"".join(_FILES.joinpath(name).read_bytes() for name in names)).hexdigest()


@dataclass(frozen=True, slots=True)
class Entitlements:
    """Computes ``entitlement``, ``entitlement_step`` and ``payment_fault``.

    ``since``: where everything is to be worked out, only from this day on, which must be the first of a period;
    what was worked out before stands. Rows that come out as they were are not written again.
    """

    since: date | None = None
    name: str = "entitlements"
    reads: frozenset[str] = frozenset(
        {
            *("loan", "repayment", "interest_collection", "extension", "subsidy_payment"),
            *("household", "person", "risk_event"),
        }
    )

    def compute(self, work: RuleWork) -> int:
        """Periods written. Raises ``RuleError`` POLICY_MISSING where even the calendar is not configured."""
        cursor = psycopg.ClientCursor(work.connection)
        settings = _settings(work, work.as_of)
        whole = work.whole or not _follows(work, settings)
        values = {
            **work.values,
            **settings,
            "whole": whole,
            # Whose records have changed is asked only where they are not all worked out.
            "fresh": [] if whole else _fresh(cursor),
            "since": self.since.isoformat() if self.since else "-infinity",
            "debtors_together": _DEBTORS_TOGETHER,
        }
        cursor.execute(_sql("debtor"), values)
        cursor.execute(_sql("subject"), values)
        for attempt in range(_REACHES):
            if not cursor.execute(_sql("reach"), {**values, "is_last": attempt == _REACHES - 1}).rowcount:
                break
        loans, parts = _size(cursor)
        is_first = whole and not _is_any_left(cursor, values)
        bare = _take_down_indexes(cursor) if is_first and loans >= _MANY_LOANS else []
        if not is_first:
            _forget(cursor, values)
        written = 0
        for chunk in range(parts):
            for name in ("steps", "verdicts", "faults"):
                cursor.execute(_sql(name), {**values, "chunk": chunk})
            written += bring(cursor, values, is_first=is_first)
            cursor.execute(_sql("due"), values)
            cursor.execute(f"drop table {', '.join(_OF_PART)}".encode())
        cursor.execute(_sql("no_loan"), values)
        for table in bare:
            cursor.execute("select computed.put_up_indexes(%s)", (table,))
        cursor.execute("drop table subject, debtor, booking, terms, mourned, death, gone, lost")
        return written


def _settings(work: RuleWork, day: date) -> dict[str, int]:
    return {
        "year_days": _constant(work, "interest_year_days", day),
        "settlement_day": _constant(work, "settlement_day", day),
        # Thresholds: without one, every difference counts and every payment is due at once.
        "tolerance": _threshold(work, "subsidy_tolerance", day),
        "payment_days": _threshold(work, "subsidy_payment_days", day),
    }


def _follows(work: RuleWork, settings: dict[str, int]) -> bool:
    """Whether what the run before left can be carried on: by the same thresholds, towards a later day."""
    former = work.former_as_of
    return former is not None and former <= work.as_of and _settings(work, former) == settings


def _fresh(cursor: psycopg.ClientCursor[tuple[object, ...]]) -> list[int]:
    return [int(str(run_id)) for (run_id,) in cursor.execute("select sync_run_id from fresh_run").fetchall()]


def _size(cursor: psycopg.ClientCursor[tuple[object, ...]]) -> tuple[int, int]:
    """How many loans, and how many parts."""
    row = cursor.execute("select count(*), coalesce(max(chunk) + 1, 0) from subject").fetchone()
    return (int(str(row[0])), int(str(row[1]))) if row else (0, 0)


def _is_any_left(cursor: psycopg.ClientCursor[tuple[object, ...]], values: dict[str, object]) -> bool:
    row = cursor.execute(
        "select exists (select from computed.entitlement where county = %(county)s)"
        " or exists (select from computed.entitlement_step where county = %(county)s)"
        " or exists (select from computed.payment_fault where county = %(county)s)",
        values,
    ).fetchone()
    return bool(row and row[0])


def _take_down_indexes(cursor: psycopg.ClientCursor[tuple[object, ...]]) -> list[str]:
    """The tables that are without their indexes now."""
    taken = []
    for outcome in OUTCOMES:
        row = cursor.execute("select computed.take_down_indexes(%s)", (outcome.table,)).fetchone()
        if row and row[0]:
            taken.append(outcome.table)
    return taken


def _forget(cursor: psycopg.ClientCursor[tuple[object, ...]], values: dict[str, object]) -> None:
    """What was worked out for loans that are no longer there."""
    for table in ("computed.entitlement", "computed.entitlement_step", "rules.entitlement_due"):
        left = (
            "not exists (select from record.loan l where l.county = %(county)s and l.loan_id = t.loan_id)"
            if values["whole"]
            else "t.loan_id in (select loan_id from gone)"
        )
        cursor.execute(f"delete from {table} t where t.county = %(county)s and {left}".encode(), values)  # noqa: S608


def _constant(work: RuleWork, name: str, day: date) -> int:
    value = work.policy.number(name, day)
    if isinstance(value, NotConfigured):
        raise RuleError(
            "POLICY_MISSING", f"{name} has no value on {day}.", "Give it one with `hub policy add`.", status=409
        )
    return value


def _threshold(work: RuleWork, name: str, day: date) -> int:
    value = work.policy.number(name, day)
    return 0 if isinstance(value, NotConfigured) else value
