"""Disclosure logs for tests: one that keeps its rows in memory, and the real one of a test's database."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Any

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
        self.rows.append(read_row(row))


def read_row(row: bytes) -> dict[str, Any]:
    """The columns of a row on its way to the database; UUIDs in hexadecimal, lists without their heads."""
    held: dict[str, Any] = {}
    place = 4
    for name in COLUMNS:
        oid, length = struct.unpack_from("!Ii", row, place)
        data = row[place + 8 : place + 8 + max(length, 0)]
        held[name] = None if length < 0 else _value(oid, data)
        place += 8 + len(data)
    assert place == len(row)
    return held


def _value(oid: int, data: bytes) -> Any:
    if oid in {1009, 2951}:  # text[], uuid[]
        items, place = [], 20
        while place < len(data):
            end = place + 4 + int.from_bytes(data[place : place + 4])
            items.append(_value(25 if oid == 1009 else 2950, data[place + 4 : end]))
            place = end
        return items
    if oid in {20, 23, 1184}:
        return int.from_bytes(data, signed=True)
    return data.hex() if oid == 2950 else data.decode() if oid == 25 else data


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
