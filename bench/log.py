"""The disclosure log's proving half: entries/s of the sequencer and of ``hub audit verify``, bytes per entry.

Entries are copied in by the owner, into a database of their own beside the demo's; nothing is timed but the two.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from bench.table import figure, heading, markdown
from hub.audit.checkpoints import Signer
from hub.audit.entry import COLUMNS, new_entry_id
from hub.audit.leaves import LEAF_COLUMNS, leaves
from hub.audit.log_key import log_keys
from hub.audit.merkle import Frontier
from hub.audit.sequencer import sequence_once
from hub.audit.tree import open_log
from hub.audit.verify import Trusted, verify
from hub.clock import now
from hub.observe.progress import StepTimes
from hub.storage.migrate import migrate
from hub.storage.roles import DatabaseRole
from hub.storage.server import DatabaseServer

_COUNTY = "522301"
_ORIGIN = "bench/log"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TOGETHER = 500


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds of each step over ``entries``, and bytes on disk of entries and of what the tree keeps for ever."""

    entries: int
    subjects: int
    sequenced: float
    verified: float
    hashed: float
    entry_bytes: int
    tree_bytes: int


@contextmanager
def _database(server: DatabaseServer) -> Iterator[str]:
    name = f"bench_log_{os.getpid()}"
    server.ensure_database(name)
    owner = server.other_database(name)
    try:
        migrate(owner)
        yield owner
    finally:
        with psycopg.connect(server.other_database("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def measure(server: DatabaseServer, entries: int, subjects: int) -> Measured:
    """Write ``entries`` about ``subjects`` households each, sequence them, verify them."""
    with _database(server) as owner, TemporaryDirectory() as folder:
        _write(owner, entries, subjects)
        keys = log_keys(Path(folder) / "keys", _ORIGIN)
        signer = Signer(_ORIGIN, keys, Path(folder) / "checkpoint")
        with open_log(make_conninfo(owner, user=DatabaseRole.AUDIT), _COUNTY) as log:
            start = perf_counter()
            while sequence_once(log, _COUNTY).appended:
                pass
            signer.sign_newest(log, _COUNTY)
            sequenced = perf_counter() - start
            start = perf_counter()
            found = verify(log, _COUNTY, Trusted(keys.known), StepTimes())
            verified = perf_counter() - start
            if found.first or found.size != entries:
                raise RuntimeError(f"the log is not sound: {found.first}")
            rows = (
                log.cursor(binary=True)
                .execute(
                    f"select {LEAF_COLUMNS} from audit.disclosure d limit 50000"  # noqa: S608  # the entry's columns
                )
                .fetchall()
            )
        start, frontier = process_time(), Frontier()
        for leaf in leaves(rows):
            frontier.append(leaf.hash)
        hashed = (process_time() - start) * entries / len(rows)
        return Measured(entries, subjects, sequenced, verified, hashed, *_sizes(owner))


def _write(owner: str, entries: int, subjects: int) -> None:
    start = int(now().timestamp() * 1000) - entries
    copy = f"copy audit.disclosure ({', '.join(COLUMNS)}) from stdin"
    with psycopg.connect(owner, autocommit=True) as connection:
        for first in range(0, entries, _TOGETHER):
            with connection.transaction(), connection.cursor() as cursor, cursor.copy(copy) as rows:
                for number in range(first, min(first + _TOGETHER, entries)):
                    rows.write_row(_row(start + number, subjects))
        connection.execute("analyze audit.disclosure")


def _row(milliseconds: int, subjects: int) -> list[object]:
    known: dict[str, object] = {
        "county": _COUNTY,
        "disclosed_at": _EPOCH + timedelta(milliseconds=milliseconds),
        "entry_id": new_entry_id(milliseconds),
        "door": "GRAPHQL",
        "request_id": os.urandom(8).hex(),
        "part": 0,
        "outcome": "ANSWERED",
        "client": "bank-system",
        "role": "agency-system",
        "agency": "BANK",
        "region": _COUNTY,
        "purpose": "loan-review",
        "operation_name": "Loans",
        "operation_digest": bytes(32),
        "dataset": "loan",
        "datasets": ["loan", "household"],
        "fields": ["loan.loanId", "loan.amount", "loan.disbursedOn", "household.name"],
        "masked": ["household.identityNumber"],
        "row_count": subjects,
        "key_id": "1",
        "subjects": [UUID(bytes=os.urandom(16)) for _ in range(subjects)],
        "request_digest": os.urandom(32),
        "response_digest": os.urandom(32),
    }
    return [known.get(name) for name in COLUMNS]


def _sizes(owner: str) -> tuple[int, int]:
    with psycopg.connect(owner) as connection:
        size = "select coalesce(sum(pg_total_relation_size(relid)), 0)::bigint from pg_partition_tree(%s)"
        entries = connection.execute(size, ("audit.disclosure",)).fetchone()
        tree = connection.execute(
            "select pg_total_relation_size('audit.leaf_run') + pg_total_relation_size('audit.node') "
            "+ pg_total_relation_size('audit.checkpoint')"
        ).fetchone()
    return (entries[0] if entries else 0), (tree[0] if tree else 0)


def written(found: Measured) -> str:
    """The figures as a table."""
    rows = [
        ("sequencer, checkpoint included", figure(found.entries / found.sequenced), "entries/s"),
        ("hub audit verify", figure(found.entries / found.verified), "entries/s"),
        ("leaf and tree hashing alone, processor time", figure(found.entries / found.hashed), "entries/s"),
        ("an entry on disk", figure(found.entry_bytes / found.entries), "bytes"),
        ("what the tree keeps of it for ever", figure(found.tree_bytes / found.entries), "bytes"),
    ]
    title = f"Proving the disclosure log: {found.entries:,} entries of {found.subjects} households"
    return heading(title) + markdown(("what", "figure", "unit"), rows)
