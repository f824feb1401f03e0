"""Entries as the hub writes them: in transactions of the log's own role."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from hub.audit.entry import COLUMNS, Entry, new_entry_id
from hub.audit.tree import Connection, open_log
from hub.storage.roles import DatabaseRole
from tests.support.database import COUNTY, Database

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INSERT = f"insert into audit.disclosure ({', '.join(COLUMNS)}) values ({', '.join(['%s'] * len(COLUMNS))})"


def invented(milliseconds: int = 1_790_000_000_000, **other: Any) -> Entry:
    """An answer to a city officer, as far as ``other`` does not say otherwise."""
    texts = dict.fromkeys(item.name for item in fields(Entry) if item.type == "str | None")
    known: dict[str, Any] = {
        **texts,
        "county": COUNTY,
        "disclosed_at": milliseconds * 1000,
        "entry_id": new_entry_id(milliseconds),
        "door": "GRAPHQL",
        "request_id": "5f0c",
        "part": 0,
        "outcome": "ANSWERED",
        "client": "city-officer",
        "role": "city-staff",
        "purpose": "programme-supervision",
        "operation_name": "Loans",
        "operation_digest": b"\x01" * 32,
        "datasets": ("loan", "household"),
        "fields": ("loan.amount", "household.name"),
        "masked": ("household.identityNumber",),
        "row_count": 2,
        "key_id": "k1",
        "subjects": (uuid4(), uuid4()),
        "request_digest": b"\x02" * 32,
        "response_digest": b"\x03" * 32,
    }
    return Entry(**{**known, **other})


def as_row(entry: Entry) -> list[Any]:
    row: list[Any] = [list(value) if isinstance(value, tuple) else value for value in _values(entry)]
    row[COLUMNS.index("disclosed_at")] = _EPOCH + timedelta(microseconds=entry.disclosed_at)
    return row


def _values(entry: Entry) -> Iterator[Any]:
    return (getattr(entry, name) for name in COLUMNS)


def write(connection: Connection, entries: Sequence[Entry]) -> None:
    """In the transaction of ``connection``, as the log's role."""
    with connection.cursor() as cursor:
        cursor.executemany(_INSERT, [as_row(entry) for entry in entries])


def write_all(database: Database, count: int, at_once: int = 20, milliseconds: int = 1_790_000_000_000) -> list[Entry]:
    """``count`` committed entries, ``at_once`` in a transaction; each a millisecond after the other."""
    made = [invented(milliseconds + number) for number in range(count)]
    with database.connect(DatabaseRole.LOG) as connection:
        for start in range(0, count, at_once):
            with connection.transaction():
                write(connection, made[start : start + at_once])
    return made


def reading(database: Database) -> Connection:
    """As the role that proves the log."""
    return open_log(database.conninfo(DatabaseRole.AUDIT), COUNTY)
