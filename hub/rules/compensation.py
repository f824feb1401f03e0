"""Risk compensation: each case's cause, shares, payment and recoveries, as the three agencies booked them."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

import psycopg

from hub.rules.work import RuleWork


def standing_sql() -> bytes:
    """The statement, which is part of what a change of rules is told by."""
    return files("hub.rules").joinpath("case_standing.sql").read_bytes()


@dataclass(frozen=True, slots=True)
class CaseStandings:
    """Computes ``case_standing``."""

    name: str = "case standings"
    reads: frozenset[str] = frozenset(
        {"compensation_case", "loan", "extension", "recovery", "fund_transaction", "risk_event", "person"}
    )

    def compute(self, work: RuleWork) -> int:
        """Cases written: all of them."""
        work.run("delete from computed.case_standing where county = %(county)s")
        return psycopg.ClientCursor(work.connection).execute(standing_sql(), dict(work.values)).rowcount
