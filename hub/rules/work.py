"""What a computation or a rule is handed, and what it has to offer in return."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from psycopg.sql import SQL, Composed

from hub.catalog.registry import Catalogue
from hub.rules.policy import Connection, PolicyBook


@dataclass(frozen=True, slots=True)
class RuleWork:
    """One rules' run: its open transaction as hub_rules, under the county's claim.

    ``whole`` means that everything is to be worked out anew: a first run, or other rules or policy than last time.
    Otherwise only what ``touched_household`` and ``touched_loan`` (temporary tables; ids; empty if ``whole``) name
    has to be. ``as_of`` is the day the books are of; ``former_as_of`` that of the run before.
    """

    connection: Connection
    catalogue: Catalogue
    policy: PolicyBook
    county: str
    run_id: int
    as_of: date
    former_as_of: date | None
    whole: bool
    touched: frozenset[str]  # datasets of which any row is other than at the last run

    @property
    def values(self) -> Mapping[str, object]:
        """``%(county)s``, ``%(run)s``, ``%(as_of)s``."""
        return {"county": self.county, "run": self.run_id, "as_of": self.as_of}

    def run(self, statement: str | SQL | Composed, **more: object) -> int:
        """Execute with the shared parameters and ``more``; how many rows it touched."""
        text = statement.encode() if isinstance(statement, str) else statement
        return self.connection.execute(text, {**self.values, **more}).rowcount


def statements(text: str) -> Iterator[str]:
    """The statements of a file of ours, in which a semicolon at the end of a line ends one."""
    yield from (part for part in text.split(";\n") if part.strip())


class Computation(Protocol):
    """Works out one or more computed datasets from the records."""

    @property
    def name(self) -> str:
        """What reports call it."""
        ...

    @property
    def reads(self) -> frozenset[str]:
        """The datasets from which it follows; if none of them changed, it does not run."""
        ...

    def compute(self, work: RuleWork) -> int:
        """Bring its tables to what follows from the records; how many rows it wrote."""
        ...
