"""Entitlements of the loans a run touched, part by part, so that memory and disk stay bounded at any size."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files

import psycopg

from hub.catalog.policy import NotConfigured
from hub.errors import RuleError
from hub.rules.work import RuleWork

_FILES = files("hub.rules.entitlement")
# Loans worked out at a time: their events and steps are sorted in memory.
_LOANS_TOGETHER = 100_000
_OF_PART = (
    "part",
    "course",
    "life",
    "collection",
    "ordinary",
    "event",
    "span",
    "step",
    "counted",
    "due",
    "paid",
    "payment",
    "fault",
)


def _sql(name: str) -> bytes:
    return _FILES.joinpath(f"{name}.sql").read_bytes()


def sql_digest() -> str:
    """Changes when the way of working out does, so that everything is worked out anew."""
    names = sorted(file.name for file in _FILES.iterdir() if file.name.endswith(".sql"))
    return sha256(b"".join(_FILES.joinpath(name).read_bytes() for name in names)).hexdigest()


@dataclass(frozen=True, slots=True)
class Entitlements:
    """Computes ``entitlement``, ``entitlement_step`` and ``payment_fault``."""

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
        values = {
            **work.values,
            "whole": work.whole,
            "former_as_of": work.former_as_of,
            "year_days": _constant(work, "interest_year_days"),
            "settlement_day": _constant(work, "settlement_day"),
            # Thresholds: without one, every difference counts and every payment is due at once.
            "tolerance": _threshold(work, "subsidy_tolerance"),
            "payment_days": _threshold(work, "subsidy_payment_days"),
        }
        cursor.execute(_sql("due_debtor"), values)
        known = cursor.execute("select count(*) from record.loan where county = %(county)s", values).fetchone()
        chunks = max(1, -(-int(str(known[0] if known else 0)) // _LOANS_TOGETHER)) if work.whole else 1
        cursor.execute(_sql("subject"), {**values, "chunks": chunks})
        _forget(cursor, work, values)
        written = 0
        for chunk in range(chunks):
            cursor.execute(_sql("steps"), {**values, "chunk": chunk})
            cursor.execute(_sql("verdicts"), values)
            written += cursor.rowcount
            cursor.execute(_sql("faults"), values)
            cursor.execute(f"drop table {', '.join(_OF_PART)}".encode())
        cursor.execute(_sql("no_loan"), values)
        cursor.execute("drop table subject, due_debtor")
        return written


def _forget(cursor: psycopg.ClientCursor[tuple[object, ...]], work: RuleWork, values: dict[str, object]) -> None:
    """What was worked out before for these loans, for loans that are no longer there, and for no loan at all."""
    some = (
        " and (t.loan_id in (select loan_id from subject) or t.loan_id in (select loan_id from touched_loan)"
        " or (t.voucher_number, t.line) not in (select voucher_number, line from record.subsidy_payment"
        " where county = %(county)s) or t.kind = 'NO_LOAN')"
    )
    for table in ("entitlement", "entitlement_step", "payment_fault"):
        text = f"delete from computed.{table} t where t.county = %(county)s"  # noqa: S608  # one of ours
        if not work.whole:
            text += some if table == "payment_fault" else some.split(" or (t.voucher", maxsplit=1)[0] + ")"
        cursor.execute(text.encode(), values)


def _constant(work: RuleWork, name: str) -> int:
    value = work.policy.number(name, work.as_of)
    if isinstance(value, NotConfigured):
        raise RuleError(
            "POLICY_MISSING", f"{name} has no value on {work.as_of}.", "Give it one with `hub policy add`.", status=409
        )
    return value


def _threshold(work: RuleWork, name: str) -> int:
    value = work.policy.number(name, work.as_of)
    return 0 if isinstance(value, NotConfigured) else value
