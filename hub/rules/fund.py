"""The risk-compensation fund at the end of each day: balance, leverage, what it could bear, the suspension line."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

import psycopg

from hub.rules.work import RuleWork


def fund_sql() -> bytes:
    """The statement, which is part of what a change of rules is told by."""
    return files("hub.rules").joinpath("fund_standing.sql").read_bytes()


@dataclass(frozen=True, slots=True)
class FundStandings:
    """Computes ``fund_standing``."""

    name: str = "fund standings"
    reads: frozenset[str] = frozenset(
        {"fund_transaction", "compensation_case", "loan", "repayment", "classification_change"}
    )

    def compute(self, work: RuleWork) -> int:
        """Days written: all of them, of which there are as many as days on which anything moved."""
        work.run("delete from computed.fund_standing where county = %(county)s")
        return psycopg.ClientCursor(work.connection).execute(fund_sql(), dict(work.values)).rowcount
