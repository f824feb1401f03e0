"""Who has looked at a household: the same answer whatever of the log is indexed, within any bounds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

import psycopg
import pytest

from hub.audit.entry import Entry
from hub.audit.sequencer import sequence_once
from hub.audit.subject_index import index_once, indexed
from hub.audit.tree import Connection
from hub.storage.roles import DatabaseRole
from tests.audit.written import invented, reading, write
from tests.support.database import COUNTY, Database

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ABOUT = "select disclosed_at, entry_id from audit.entries_about(%s::uuid[], %s, %s) order by disclosed_at, entry_id"
# Neighbours in one bucket and apart, so that a row of the index holds more than is asked for.
_HOUSEHOLDS = [UUID(int=(number % 3) << 118 | number) for number in range(7)]
_NOVEMBER = 1_793_500_000_000  # an hour into it, UTC


@pytest.fixture
def log(database: Database) -> Iterator[Connection]:
    with reading(database) as connection:
        yield connection


def _written(database: Database) -> list[Entry]:
    """90 entries over the end of a month, of none, one or several households; and one by a clock of the year 2100."""
    moments = [*(_NOVEMBER - 45 * 600_000 + number * 600_000 for number in range(90)), 4_102_444_800_000]
    made = [
        invented(moment, subjects=tuple(_HOUSEHOLDS[(number + step) % 7] for step in range(number % 4)))
        for number, moment in enumerate(moments)
    ]
    with database.connect(DatabaseRole.LOG) as connection:
        for start in range(0, len(made), 4):
            with connection.transaction():
                write(connection, made[start : start + 4])
    return made


def _expected(
    entries: Sequence[Entry], wanted: Sequence[UUID], since: datetime | None, before: datetime | None
) -> list[tuple[datetime, UUID]]:
    told = [
        (_EPOCH + timedelta(microseconds=entry.disclosed_at), entry.entry_id)
        for entry in entries
        if set(wanted) & set(entry.subjects)
    ]
    return sorted(item for item in told if (since is None or since <= item[0]) and (before is None or item[0] < before))


def test_whatever_is_indexed_the_same_entries_are_about_a_household(database: Database, log: Connection) -> None:
    entries = _written(database)
    moments = [_EPOCH + timedelta(microseconds=entries[place].disclosed_at) for place in (20, 60)]
    bounds = [None, *moments]
    questions = list(product([_HOUSEHOLDS[:1], _HOUSEHOLDS[2:4], [UUID(int=5 << 118)], []], bounds, bounds))

    def check() -> None:
        for wanted, since, before in questions:
            found = log.execute(_ABOUT, (wanted, since, before)).fetchall()
            assert found == _expected(entries, wanted, since, before), (wanted, since, before)

    check()
    sequence_once(log, COUNTY, most=50)
    assert not index_once(log, COUNTY, block=51)
    for end in (20, 40):
        assert index_once(log, COUNTY, block=20)
        assert indexed(log, COUNTY) == end
    check()
    sequence_once(log, COUNTY)
    assert index_once(log, COUNTY, block=51)
    assert indexed(log, COUNTY) == len(entries)
    check()


def test_only_a_reader_of_the_log_is_told_who_looked(database: Database, log: Connection) -> None:
    entries = _written(database)
    sequence_once(log, COUNTY)
    index_once(log, COUNTY, block=50)
    question = (_HOUSEHOLDS[:1], None, None)
    with database.reading() as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(_ABOUT, question)
    with database.connect(DatabaseRole.AUDIT) as connection:
        assert connection.execute(_ABOUT, question).fetchall() == _expected(entries, *question)
    with database.connect(DatabaseRole.AUDIT, hub__county="522322") as connection:
        assert connection.execute(_ABOUT, question).fetchall() == []


def test_two_workers_index_a_block_once(database: Database, log: Connection) -> None:
    _written(database)
    sequence_once(log, COUNTY)
    with reading(database) as other, other.transaction():
        assert index_once(other, COUNTY, block=50)
        assert not index_once(log, COUNTY, block=50)
    assert not index_once(log, COUNTY, block=50)
    assert indexed(log, COUNTY) == 50
