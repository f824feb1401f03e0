"""The whole log, recomputed: every leaf from its entry, every root from the leaves, every checkpoint's signature.

Entries and leaves are read side by side in their common order, so memory stays the same however long the log is. Each
kind of fault is named by the first entry that has it, and counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import psycopg

from hub.audit.leaves import LEAF_COLUMNS, Leaf, leaves
from hub.audit.merkle import TILE, Node
from hub.audit.note import Checkpoint, PublicKey, parse_checkpoint, parse_note, signed_by
from hub.audit.subject_index import subject_faults
from hub.audit.tree import Connection, Head, Run, StoredTree
from hub.clock import monotonic_milliseconds
from hub.errors import LogError

Cursor = psycopg.ServerCursor[tuple[Any, ...]]

_AT_ONCE = 2_000
_HASH_BYTES = 32

_ENTRIES = f"""
select {LEAF_COLUMNS} from audit.disclosure d
where d.county = %s and d.xid >= %s::text::xid8 and (d.xid, d.entry_id) > (%s::text::xid8, %s)
order by d.xid, d.entry_id
"""  # noqa: S608  # the columns are the entry's


class Watch(Protocol):
    """Who is told how far it is."""

    def delivery_started(self, name: str, expected_rows: int | None) -> None: ...
    def rows_fetched(self, name: str, rows: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it was signed: its kind, the first entry that has it, and what is wrong."""

    kind: str
    index: int | None
    entry_id: UUID | None
    detail: str


@dataclass(slots=True)
class Findings:
    """What was found: the first fault of each kind, how many of each, and how much was looked at."""

    first: dict[str, Fault] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    entries: int = 0
    size: int = 0
    checkpoints: int = 0
    expired: int = 0
    waiting: int = 0
    root: bytes = b""
    seconds: float = 0

    def add(self, kind: str, index: int | None, entry_id: UUID | None, detail: str) -> None:
        """Note a fault."""
        self.first.setdefault(kind, Fault(kind, index, entry_id, detail))
        self.counts[kind] = self.counts.get(kind, 0) + 1


@dataclass(frozen=True, slots=True)
class Trusted:
    """What is known of the log from outside its database.

    ``keys`` are those it may have signed with; ``since`` a checkpoint up to which it was verified before;
    ``remembered`` the last one the data folder knows; ``mirror`` a witness's file of all leaves' hashes.
    """

    keys: tuple[PublicKey, ...]
    since: Checkpoint | None = None
    remembered: Checkpoint | None = None
    mirror: Path | None = None
    longest_lag: timedelta = timedelta(minutes=15)
    shortest_life: timedelta = timedelta(days=3 * 365)


def verify(connection: Connection, county: str, trusted: Trusted, watch: Watch, *, with_index: bool = True) -> Findings:
    """Recompute the log of ``county`` in one snapshot."""
    findings = Findings()
    started = monotonic_milliseconds()
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read, read only")
        # An index gives the order; sorting a long log would fill the disk.
        connection.execute("set local enable_sort = off")
        walk = _Walk(connection, county, trusted, findings)
        walk.run(watch)
        if with_index:
            watch.delivery_started("index by household", None)
            for fault in subject_faults(connection, county):
                findings.add(fault[0], None, fault[1], fault[2])
    findings.seconds = (monotonic_milliseconds() - started) / 1000
    return findings


class _Walk:
    """One pass over leaves and entries."""

    def __init__(self, connection: Connection, county: str, trusted: Trusted, findings: Findings) -> None:
        self._connection = connection
        self._county = county
        self._trusted = trusted
        self._findings = findings
        self._tree = StoredTree(connection, county)
        self._head = self._tree.head()
        self._remembered_size = trusted.remembered.size if trusted.remembered else -1
        self._expired = _expired_months(connection, county, trusted.shortest_life)
        self._gone: dict[date, int] = {}
        self._sound = 0  # the largest size whose root a checkpoint has confirmed

    def run(self, watch: Watch) -> None:
        start = self._start()
        watch.delivery_started("entries", self._head.size - start)
        self._frontier = self._tree.frontier(start)
        self._key = (0, UUID(int=0))
        self._sound = start
        with (
            psycopg.ServerCursor(self._connection, "entries") as entries,
            psycopg.ServerCursor(self._connection, "checkpoints") as checkpoints,
        ):
            self._entries = _Entries(entries, self._county, self._tree.head(start))
            self._checkpoints = _Checkpoints(checkpoints, self._county, start)
            for run in self._runs(start):
                self._check_order(run)
                self._compare(run)
                self._grow(run)
                watch.rows_fetched("entries", len(run.entry_ids))
            self._finish(start)

    def _start(self) -> int:
        """Where to begin, once what was verified before is found to be the beginning of this tree."""
        since = self._trusted.since
        if since is None:
            return 0
        if since.size > self._head.size or self._tree.root(since.size) != since.root:
            self._findings.add(
                "ROLLED_BACK",
                None,
                None,
                f"the log of {self._head.size} entries is no continuation of the given checkpoint over {since.size}",
            )
            return 0
        return since.size

    def _runs(self, start: int) -> Iterator[Run]:
        expected = start
        with psycopg.ServerCursor(self._connection, "leaf_runs") as cursor:
            cursor.itersize = 50
            cursor.execute(
                "select first_index, month, xids, entry_ids, hashes from audit.leaf_run where county = %s "
                "and first_index >= %s order by first_index",
                (self._county, start // TILE * TILE),
                binary=True,
            )
            for row in cursor:
                run = _cut(Run(*row), expected if row[0] < start else row[0])
                if not run.entry_ids:
                    continue
                if run.first != expected or len(run.hashes) != len(run.entry_ids) * _HASH_BYTES:
                    self._findings.add("LEAF_MISSING", expected, None, f"the leaves from {expected} on are not stored")
                    return
                expected = run.end
                yield run

    def _check_order(self, run: Run) -> None:
        for number, key in enumerate(zip(run.xids, run.entry_ids, strict=True)):
            if key <= self._key:
                self._findings.add(
                    "ORDER_BROKEN", run.first + number, key[1], "the leaf stands after one that it should precede"
                )
            self._key = key

    def _compare(self, run: Run) -> None:
        """The run's leaves with the entries they were made of."""
        found = self._entries.take(len(run.entry_ids))
        self._findings.entries += len(found)
        if b"".join([leaf.hash for leaf in found]) == run.hashes and [leaf.entry_id for leaf in found] == run.entry_ids:
            return
        self._entries.put_back(found)
        self._findings.entries -= len(found)
        for number, key in enumerate(zip(run.xids, run.entry_ids, strict=True)):
            while (entry := self._entries.peek()) is not None and (entry.xid, entry.entry_id) < key:
                self._inserted(entry)
            if entry is None or (entry.xid, entry.entry_id) != key:
                self._missing(run, number)
                continue
            self._entries.take(1)
            self._findings.entries += 1
            if entry.hash != run.hash(number):
                self._findings.add("ENTRY_CHANGED", run.first + number, entry.entry_id, "it is not what was signed")

    def _inserted(self, entry: Leaf) -> None:
        self._entries.take(1)
        self._findings.entries += 1
        self._findings.add("ENTRY_INSERTED", None, entry.entry_id, "it has no leaf, and later entries have one")

    def _missing(self, run: Run, number: int) -> None:
        if run.month in self._expired:
            self._gone[run.month] = self._gone.get(run.month, 0) + 1
            self._findings.expired += 1
            return
        self._findings.add("ENTRY_MISSING", run.first + number, run.entry_ids[number], "its leaf is there, it is not")

    def _grow(self, run: Run) -> None:
        """The run's leaves with the roots above them, and with what a witness kept."""
        self._compare_mirror(run)
        for number in range(len(run.entry_ids)):
            for node in self._frontier.append(run.hash(number)):
                self._check_node(node, run.entry_ids[number])
            if self._frontier.size in {self._checkpoints.size, self._remembered_size}:
                self._check_checkpoints()

    def _compare_mirror(self, run: Run) -> None:
        if self._trusted.mirror is None:
            return
        with self._trusted.mirror.open("rb") as file:
            file.seek(run.first * _HASH_BYTES)
            kept = file.read(len(run.hashes))
        for number in range(len(kept) // _HASH_BYTES):
            if kept[number * _HASH_BYTES : (number + 1) * _HASH_BYTES] != run.hash(number):
                self._findings.add(
                    "LEAF_CHANGED", run.first + number, run.entry_ids[number], "a witness kept another leaf"
                )

    def _check_node(self, node: Node, last_entry: UUID) -> None:
        try:
            stored = self._tree.stored()(node.level, node.number)
        except LogError:
            stored = b""
        if stored != node.hash:
            first = node.number * TILE**node.level
            self._findings.add(
                "NODE_WRONG",
                self._frontier.size - 1,
                last_entry,
                f"the stored root of the tile from {first} on is wrong",
            )

    def _check_checkpoints(self) -> None:
        """All checkpoints of the size that the tree has now."""
        root = self._frontier.root()
        remembered = self._trusted.remembered
        if remembered is not None and remembered.size == self._frontier.size and remembered.root != root:
            self._root_wrong("the data folder's last checkpoint")
        due = self._checkpoints.size == self._frontier.size
        for checkpoint_id, problem, checkpoint in self._checkpoints.take(self._trusted.keys) if due else ():
            self._findings.checkpoints += 1
            if problem:
                last = self._tree.head(self._frontier.size).entry_id if self._frontier.size else None
                self._findings.add(
                    "SIGNATURE_WRONG",
                    self._frontier.size - 1,
                    last,
                    f"the checkpoint {checkpoint_id} whose last entry it is: {problem}",
                )
            if checkpoint is not None and (checkpoint.size, checkpoint.root) != (self._frontier.size, root):
                self._root_wrong(f"checkpoint {checkpoint_id}")
            elif checkpoint is not None and not problem:
                self._sound = self._frontier.size

    def _root_wrong(self, whose: str) -> None:
        first = self._tree.head(self._sound + 1)
        self._findings.add(
            "ROOT_WRONG",
            self._sound,
            first.entry_id,
            f"{whose} over {self._frontier.size} entries has another root: entry {self._sound} or one up to "
            f"{self._frontier.size - 1} was changed, removed or moved together with its leaf",
        )

    def _finish(self, start: int) -> None:
        findings, size = self._findings, self._frontier.size
        findings.size, findings.root = size, self._frontier.root()
        if size == start:
            self._check_checkpoints()
        for checkpoint_size in self._checkpoints.beyond(size):
            findings.add(
                "ROLLED_BACK", size, None, f"a stored checkpoint is over {checkpoint_size} entries, {size} are left"
            )
        remembered = self._trusted.remembered
        if remembered is not None and remembered.size > size:
            findings.add(
                "ROLLED_BACK",
                size,
                None,
                f"the data folder's last checkpoint is over {remembered.size} entries, {size} are left",
            )
        for month, (entries, problem) in self._expired.items():
            # Where none is gone, the command was cut before it dropped them.
            if problem or (start == 0 and self._gone.get(month, 0) not in {0, entries}):
                detail = problem or f"{self._gone.get(month, 0)} entries are gone, {entries} were when it was dropped"
                findings.add("MONTH_WRONG", None, None, f"the month {month:%Y-%m}: {detail}")
        self._waiting()

    def _waiting(self) -> None:
        """Entries behind the last leaf: they wait, but not for long."""
        now = self._connection.execute("select clock_timestamp()").fetchone()
        while (entry := self._entries.peek()) is not None:
            self._entries.take(1)
            self._findings.entries += 1
            self._findings.waiting += 1
            if now is not None and now[0] - entry.disclosed_at > self._trusted.longest_lag:
                self._findings.add("ENTRY_WAITING", None, entry.entry_id, "it has no leaf, long after it was written")


class _Entries:
    """The entries after a place in the order, with a look ahead."""

    def __init__(self, cursor: Cursor, county: str, after: Head) -> None:
        cursor.itersize = _AT_ONCE
        cursor.execute(_ENTRIES, (county, after.xid, after.xid, after.entry_id), binary=True)
        self._leaves = leaves(cursor)
        self._ahead: list[Leaf] = []

    def take(self, count: int) -> list[Leaf]:
        """The next ``count``, fewer at the end."""
        taken, self._ahead = self._ahead[:count], self._ahead[count:]
        return taken + list(islice(self._leaves, count - len(taken))) if len(taken) < count else taken

    def put_back(self, taken: list[Leaf]) -> None:
        """Undo ``take``."""
        self._ahead = taken + self._ahead

    def peek(self) -> Leaf | None:
        """The next, which stays."""
        if not self._ahead:
            self._ahead = list(islice(self._leaves, 1))
        return self._ahead[0] if self._ahead else None


class _Checkpoints:
    """The stored checkpoints by size."""

    def __init__(self, cursor: Cursor, county: str, start: int) -> None:
        cursor.itersize = _AT_ONCE
        cursor.execute(
            "select checkpoint_id, size, note from audit.checkpoint where county = %s and size >= %s "
            "order by size, checkpoint_id",
            (county, start),
        )
        self._rows = iter(cursor)
        self._next = next(self._rows, None)

    @property
    def size(self) -> int:
        """The size of the next; -1 if there is none."""
        return -1 if self._next is None else self._next[1]

    def take(self, keys: tuple[PublicKey, ...]) -> Iterator[tuple[int, str, Checkpoint | None]]:
        """All of the next size: number, what is wrong with the signature, and what it says."""
        size = self.size
        while self._next is not None and self._next[1] == size:
            number, _, text = self._next
            checkpoint, problem = None, ""
            try:
                note = parse_note(text)
                checkpoint = parse_checkpoint(note)
                if not signed_by(note, keys):
                    problem = "no known key of the log signed it"
            except LogError as error:
                problem = error.message
            yield number, problem, checkpoint
            self._next = next(self._rows, None)

    def beyond(self, size: int) -> Iterator[int]:
        """The sizes of those that are over more entries than there are."""
        while self._next is not None:
            if self._next[1] > size:
                yield self._next[1]
            self._next = next(self._rows, None)


def _cut(run: Run, first: int) -> Run:
    """The run from leaf ``first`` on."""
    skipped = first - run.first
    if skipped <= 0:
        return run
    return Run(first, run.month, run.xids[skipped:], run.entry_ids[skipped:], run.hashes[skipped * _HASH_BYTES :])


def _expired_months(connection: Connection, county: str, life: timedelta) -> dict[date, tuple[int, str]]:
    """How many entries each dropped month had, and what is wrong with its having been dropped."""
    rows = connection.execute(
        "select month, entries, expired_at, expired_at - (month + interval '1 month') >= %s from audit.expired_month "
        "where county = %s",
        (life, county),
    ).fetchall()
    return {
        month: (entries, "" if is_due else f"it was dropped on {expired_at:%Y-%m-%d}, too early")
        for month, entries, expired_at, is_due in rows
    }
