"""Disclosure logs for tests: one that keeps its rows in memory, and the real one of a test's database."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson
import psycopg

from hub.audit.disclosure import DisclosureLog, Rows
from hub.audit.entry import COLUMNS, Entry, entry_of
from hub.audit.pseudonyms import Pseudonyms
from hub.audit.recorder import Recorder
from hub.storage.roles import DatabaseRole
from tests.support.database import COUNTY, Database

NAME = f"relief-credit-hub/{COUNTY}"
PSEUDONYMS = Pseudonyms({"1": bytes(range(32))}, COUNTY)


@dataclass
class Kept:
    """Takes the place of the table."""

    rows: list[dict[str, Any]] = field(default_factory=list)

    async def commit(self, row: bytes) -> None:
        self.rows.append(orjson.loads(row))


def log_over(rows: Rows, **options: Any) -> DisclosureLog:
    return DisclosureLog(rows, PSEUDONYMS, COUNTY, NAME, **options)


def unlogged() -> DisclosureLog:
    """For tests of what has nothing to do with the log: its rows are forgotten."""
    return log_over(Kept())


def recorder(database: Database, **options: Any) -> Recorder:
    return Recorder(database.conninfo(DatabaseRole.LOG), COUNTY, **options)


def without_receipt(answer: Any) -> Any:
    """An answer as if nothing were logged, for tests of what it says; each answer with data must have a receipt."""
    if "data" in answer:
        extensions = answer.pop("extensions")
        del extensions["receipt"]
        if extensions:
            answer["extensions"] = extensions
    return answer


def entries(database: Database) -> list[Entry]:
    """Every committed entry, oldest first."""
    with database.connect(DatabaseRole.AUDIT) as connection, connection.cursor() as cursor:
        found = psycopg.sql.SQL("select {} from audit.disclosure order by disclosed_at, entry_id").format(
            psycopg.sql.SQL(", ").join(map(psycopg.sql.Identifier, COLUMNS))
        )
        return [entry_of(row) for row in cursor.execute(found)]
