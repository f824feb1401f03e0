"""Who has looked at a household: asked as the hub asks, of many made entries, the last thousands not indexed yet."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

from bench.log.made import COUNTY, INSERT, log_database, pseudonym, span
from bench.table import figure, heading, markdown
from hub.audit.subject_index import BLOCK
from hub.audit.tree import allow
from hub.storage.roles import DatabaseRole
from hub.storage.server import DatabaseServer

_LISTED_THOUSANDTHS = 50
_ASKED = 20
_TIMES = 5
_PAGE = 50
_WRITERS = 2
# A block at once, with its index, as the sequencer would have written it behind.
_BLOCK = f"""
with made as ({INSERT} returning county, entry_id, disclosed_at, subjects),
posted as (
  insert into audit.posting (county, bucket, first_index, month, subjects, entry_ids)
  select made.county, audit.bucket_of(s.subject), $1, date_trunc('month', made.disclosed_at at time zone 'UTC')::date,
    array_agg(s.subject), array_agg(made.entry_id)
  from made cross join unnest(made.subjects) as s (subject) group by 1, 2, 4)
select 1
"""  # noqa: S608  # this file's own words
_MARK = """
insert into audit.indexed_block (county, first_index, end_index, last_xid, last_entry_id)
select county, %(first)s, %(end)s, xid::text::bigint, entry_id from audit.disclosure
where county = %(county)s order by xid desc, entry_id desc limit 1
"""
_PAGE_OF = f"""
select d.entry_id, d.client, d.purpose, d.agreement, d.fields from (
  select about.disclosed_at, about.entry_id from audit.entries_about(array[{{}}], %s, null) about
  order by 1 desc, 2 desc limit {_PAGE}) about
cross join lateral (
  select d.entry_id, d.client, d.purpose, d.agreement, d.fields from audit.disclosure d
  where d.county = current_setting('hub.county') and d.disclosed_at = about.disclosed_at
    and d.entry_id = about.entry_id offset 0) d
"""  # noqa: S608  # this file's own words
_COUNT = "select count(*) from audit.entries_about(array[{}], %s, null)"
_MONTH = "now() - interval '30 days'"
Connection = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Asked:
    """One kind of question: entries found of each household, and milliseconds the first time and warm."""

    name: str
    found: Sequence[int]
    first: Sequence[float]
    warm: Sequence[float]


@dataclass(frozen=True, slots=True)
class Found:
    """Everything of one run."""

    entries: int
    pairs: int
    behind: int
    fill_seconds: float
    asked: Sequence[Asked]
    plan: str
    entry_bytes: int
    index_bytes: int


def measure(server: DatabaseServer, entries: int, households: int, *, keep: bool) -> Found:
    """Fill, then ask about some households."""
    with log_database(server, keep=keep) as (owner, known):
        start = perf_counter()
        if not known:
            _fill(owner, entries, households)
        seconds = perf_counter() - start
        chosen = [pseudonym(number * (households // _ASKED)) for number in range(_ASKED)]
        questions = {
            "all entries' ids": (_COUNT, "null"),
            f"the newest {_PAGE}, whole": (_PAGE_OF, "null"),
            f"the newest {_PAGE} of 30 days, whole": (_PAGE_OF, _MONTH),
        }
        asked = [_ask(owner, name, *question, chosen) for name, question in questions.items()]
        with psycopg.connect(owner) as connection:
            pairs, behind = _counts(connection)
            return Found(entries, pairs, behind, seconds, asked, _plan(owner, chosen[0]), *_sizes(connection))


def _fill(owner: str, entries: int, households: int) -> None:
    """Whole blocks by several writers; what is left, and one block more, stays without index."""
    whole = max(entries // BLOCK - 1, 0)
    turns = [range(number, whole, _WRITERS) for number in range(_WRITERS)]
    given = (entries, households, _LISTED_THOUSANDTHS, *span())
    writers = [threading.Thread(target=_write_blocks, args=(owner, turn, given)) for turn in turns]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("set synchronous_commit = off")
        values = {"first": (whole - 1) * BLOCK, "end": whole * BLOCK, "county": COUNTY}
        connection.execute(_MARK, values)
        for first in range(whole * BLOCK, entries, 500):
            _raw(connection, INSERT, (first, min(500, entries - first), *given))
        connection.execute("vacuum analyze audit.disclosure, audit.posting, audit.indexed_block")


def _write_blocks(owner: str, turn: range, given: tuple[int, ...]) -> None:
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("set synchronous_commit = off")
        for number in turn:
            _raw(connection, _BLOCK, (number * BLOCK, BLOCK, *given))


def _raw(connection: Connection, text: str, values: tuple[int, ...]) -> None:
    psycopg.RawCursor(connection).execute(text.encode(), values, prepare=True)


def _reading(owner: str) -> Connection:
    connection = psycopg.connect(make_conninfo(owner, user=DatabaseRole.AUDIT, options="-c jit=off"), autocommit=True)
    allow(connection, COUNTY, serving=False)
    return connection


def _ask(owner: str, name: str, text: str, since: str, chosen: Sequence[str]) -> Asked:
    found: list[int] = []
    first: list[float] = []
    warm: list[float] = []
    with _reading(owner) as connection:
        for household in chosen:
            statement = text.format(household).replace("%s", since).encode()
            rows: list[tuple[Any, ...]] = []
            for turn in range(_TIMES + 1):
                start = perf_counter()
                rows = connection.execute(statement).fetchall()
                (warm if turn else first).append((perf_counter() - start) * 1000)
            found.append(int(rows[0][0]) if text is _COUNT else len(rows))
    return Asked(name, found, first, warm)


def _plan(owner: str, household: str) -> str:
    """The plan of the function's own statement, as it is kept for any values."""
    with psycopg.connect(owner) as connection:
        row = connection.execute("select prosrc from pg_proc where proname = 'entries_about'").fetchone()
    body = str(row[0]) if row else ""
    text = body[body.index("with mark") : body.rindex(";")]
    names = {"wanted": "$1", "since": "$2", "before": "$3"}
    for word, parameter in names.items():
        text = text.replace(word, parameter)
    with _reading(owner) as connection:
        for setting in ("enable_seqscan", "enable_hashjoin", "enable_mergejoin"):
            connection.execute(f"set {setting} = off".encode())
        connection.execute("set plan_cache_mode = force_generic_plan")
        connection.execute(f"prepare about (uuid[], timestamptz, timestamptz) as {text}".encode())
        explained = f"explain (analyze, buffers, costs off) execute about (array[{household}], '-infinity', 'infinity')"
        return "\n".join(str(line[0]) for line in connection.execute(explained.encode()))


def _counts(connection: Connection) -> tuple[int, int]:
    row = connection.execute(
        "select (select coalesce(sum(cardinality(subjects)), 0) from audit.posting), (select count(*) "
        "from audit.disclosure d where (d.xid, d.entry_id) > (select b.last_xid::text::xid8, b.last_entry_id "
        "from audit.indexed_block b order by first_index desc limit 1))"
    ).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def _sizes(connection: Connection) -> tuple[int, int]:
    size = "select coalesce(sum(pg_total_relation_size(relid)), 0)::bigint from pg_partition_tree(%s)"
    rows = [connection.execute(size, (table,)).fetchone() for table in ("audit.disclosure", "audit.posting")]
    return tuple(int(row[0]) if row else 0 for row in rows)  # type: ignore[return-value]  # two


def written(found: Found) -> str:
    """The times as a table, then the plan."""
    about = (
        f"{found.pairs:,} pairs of household and entry in the index, {found.behind:,} entries behind it. Filled in "
        f"{found.fill_seconds:.0f} s. An entry takes {found.entry_bytes / found.entries:.0f} bytes on disk with its "
        f"indexes, the index by household {found.index_bytes / found.entries:.0f} more. Milliseconds of {_ASKED} "
        "households as a reading role; first: the first time it is asked about, warm: again.\n\n"
    )
    headings = ("question", "entries found", "first, median", "first, most", "warm, median", "warm, most")
    plan = f"\n```\n{found.plan}\n```\n"
    return (
        heading(f"Who looked at a household, {found.entries:,} entries")
        + about
        + markdown(headings, _rows(found.asked))
        + plan
    )


def _rows(asked: Sequence[Asked]) -> Iterator[tuple[str, ...]]:
    for item in asked:
        times = (median(item.first), max(item.first), median(item.warm), max(item.warm))
        yield (item.name, figure(median(item.found)), *(figure(each, 1) for each in times))
