"""The disclosure log's proving half: entries/s of its sequencer, its index and `hub audit verify`, bytes per entry.

Entries are made by SQL in a database of their own beside the demo's; nothing is timed but the three.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

import psycopg
from psycopg.conninfo import make_conninfo

from bench.log.made import COUNTY, INSERT, log_database, span
from bench.processes import cpu_seconds
from bench.table import figure, heading, markdown
from hub.audit.checkpoints import Signer
from hub.audit.leaves import LEAF_COLUMNS, leaves
from hub.audit.log_key import log_keys
from hub.audit.merkle import Frontier
from hub.audit.sequencer import sequence_once
from hub.audit.subject_index import index_once
from hub.audit.tree import Connection, open_log
from hub.audit.verify import Trusted, verify
from hub.observe.progress import StepTimes
from hub.storage.roles import DatabaseRole
from hub.storage.server import DatabaseServer

_ORIGIN = "bench/log"
_TOGETHER = 8  # entries of one commit, as on a busy hub
_HOUSEHOLDS = 50_000
_HASHED = 50_000


@dataclass(frozen=True, slots=True)
class Step:
    """Seconds on the clock, and of the processor: ours and the database's."""

    clock: float
    ours: float
    database: float


@dataclass(frozen=True, slots=True)
class Measured:
    """What each step over ``entries`` took, and bytes on disk of entries, their index, and what is kept for ever."""

    entries: int
    sequenced: Step
    indexed: Step
    verified: Step
    hashed: float
    entry_bytes: int
    index_bytes: int
    tree_bytes: int


def measure(server: DatabaseServer, entries: int, listed: float) -> Measured:
    """Make ``entries``, sequence, index and verify them; ``listed``: the share that is about 50 households."""
    with log_database(server) as (owner, _), TemporaryDirectory() as folder:
        _fill(owner, entries, listed)
        keys = log_keys(Path(folder) / "keys", _ORIGIN)
        signer = Signer(_ORIGIN, keys, Path(folder) / "checkpoint")
        with open_log(make_conninfo(owner, user=DatabaseRole.AUDIT), COUNTY) as log:
            sequenced = _timed(log, lambda: _sequence(log, signer))
            indexed = _timed(log, lambda: _index(log))
            findings = []
            verified = _timed(log, lambda: findings.append(verify(log, COUNTY, Trusted(keys.known), StepTimes())))
            if findings[0].first or findings[0].size != entries:
                raise RuntimeError(f"the log is not sound: {findings[0].first}")
            hashed = _hashed(log) * entries
        return Measured(entries, sequenced, indexed, verified, hashed, *_sizes(owner))


def _timed(log: Connection, work: Callable[[], None]) -> Step:
    backend = log.info.backend_pid
    before = perf_counter(), process_time(), cpu_seconds(backend)
    work()
    return Step(perf_counter() - before[0], process_time() - before[1], cpu_seconds(backend) - before[2])


def _sequence(log: Connection, signer: Signer) -> None:
    while sequence_once(log, COUNTY).appended:
        pass
    signer.sign_newest(log, COUNTY)


def _index(log: Connection) -> None:
    while index_once(log, COUNTY):
        pass


def _hashed(log: Connection) -> float:
    """Processor seconds of one entry's leaf and its part of the tree, without the database."""
    query = f"select {LEAF_COLUMNS} from audit.disclosure d limit {_HASHED}"  # noqa: S608  # the entry's columns
    rows = log.cursor(binary=True).execute(query.encode()).fetchall()
    start, frontier = process_time(), Frontier()
    for leaf in leaves(rows):
        frontier.append(leaf.hash)
    return (process_time() - start) / len(rows)


def _fill(owner: str, entries: int, listed: float) -> None:
    given = (entries, _HOUSEHOLDS, round(listed * 1000), *span())
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("set synchronous_commit = off")
        cursor = psycopg.RawCursor(connection)
        for first in range(0, entries, _TOGETHER):
            cursor.execute(INSERT.encode(), (first, min(_TOGETHER, entries - first), *given), prepare=True)
        connection.execute("vacuum analyze audit.disclosure")


def _sizes(owner: str) -> tuple[int, int, int]:
    size = "select coalesce(sum(pg_total_relation_size(relid)), 0)::bigint from pg_partition_tree(%s)"
    kept = (
        "select pg_total_relation_size('audit.leaf_run') + pg_total_relation_size('audit.node') "
        "+ pg_total_relation_size('audit.checkpoint')"
    )
    with psycopg.connect(owner) as connection:
        entries, index = (connection.execute(size, (f"audit.{name}",)).fetchone() for name in ("disclosure", "posting"))
        tree = connection.execute(kept).fetchone()
    return tuple(int(row[0]) if row else 0 for row in (entries, index, tree))  # type: ignore[return-value]  # three


def written(found: Measured) -> str:
    """The figures as tables."""
    steps = {
        "sequencer, checkpoint included": found.sequenced,
        "index by household": found.indexed,
        "hub audit verify, index included": found.verified,
    }
    rows = [
        (name, *(figure(found.entries / max(each, 1e-9)) for each in (step.clock, step.ours, step.database)))
        for name, step in steps.items()
    ]
    rows.append(("leaf and tree hashing alone", "–", figure(found.entries / found.hashed), "–"))
    bytes_of = (
        ("an entry with its indexes", found.entry_bytes),
        ("the index by household", found.index_bytes),
        ("what the tree keeps for ever", found.tree_bytes),
    )
    sizes = [(name, figure(count / found.entries)) for name, count in bytes_of]
    headings = ("entries a second", "by the clock", "of our processor time", "of the database's")
    title = f"Proving the disclosure log: {found.entries:,} entries"
    return heading(title) + markdown(headings, rows) + "\n" + markdown(("on disk", "bytes an entry"), sizes)
