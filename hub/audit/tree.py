"""The tree as the database stores it: runs of leaves as they were appended, and the roots of complete tiles above them.

Whatever is proved is computed from at most 256 hashes of each level. Raises ``LogError`` LOG_TREE_DAMAGED where a hash
that must be there is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import psycopg

from hub.actor import Consumer, Purpose, reading_role
from hub.audit.leaves import Leaf
from hub.audit.merkle import TILE, Digest, Frontier, Node, Stored, frontier_of, sha256, sm3
from hub.errors import LogError
from hub.storage.server import connect

Connection = psycopg.Connection[tuple[Any, ...]]

SHA256 = "SHA-256"
SM3 = "SM3"
_DIGESTS: dict[str, Digest] = {SHA256: sha256, SM3: sm3}
_HASH_BYTES = 32
_SM3_LEAF = b"\x00"
_MOST_TILES = 256  # 2 MB
_NO_ENTRY = UUID(int=0)
# What the serving login takes on to see how the log stands; of the agencies' records this role reads nothing.
_SERVING_READER = reading_role(Consumer.AUDITOR, Purpose.AUDIT, finds=False)


@dataclass(frozen=True, slots=True)
class Head:
    """How far the tree has grown: its size, and the place in the order of its last leaf."""

    size: int
    xid: int = 0
    entry_id: UUID = _NO_ENTRY


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring leaves: at most a tile, all of entries of one month."""

    first: int
    month: date
    xids: Sequence[int]
    entry_ids: Sequence[UUID]
    hashes: bytes

    @property
    def end(self) -> int:
        """The index after the last leaf."""
        return self.first + len(self.entry_ids)

    def hash(self, number: int) -> bytes:
        """The hash of the run's ``number``-th leaf."""
        return self.hashes[number * _HASH_BYTES : (number + 1) * _HASH_BYTES]


_RUN_COLUMNS = "first_index, month, xids, entry_ids, hashes"


def open_log(conninfo: str, county: str, *, serving: bool = False) -> Connection:
    """A connection that may read the log of ``county``, each statement a transaction of its own.

    ``serving``: the login is the one that serves, which has no rights but those of the roles it takes on.
    """
    connection = connect(conninfo, autocommit=True)
    allow(connection, county, serving=serving)
    return connection


def allow(connection: psycopg.Connection[Any], county: str, *, serving: bool) -> None:
    """Let ``connection`` read the log of ``county`` from now on; ``serving``: how it stands, and no entries."""
    if serving:
        connection.execute(f"set role {_SERVING_READER}".encode())
    # A leaf is made of bytes as they are sent: in UTF-8, whatever the environment says.
    claim = "select set_config('hub.county', %s, false), set_config('client_encoding', 'UTF8', false)"
    connection.execute(claim, (county,))


class StoredTree:
    """One county's tree, read through ``connection``; what it has read of complete tiles it keeps."""

    def __init__(self, connection: Connection, county: str) -> None:
        self._connection = connection
        self._county = county
        self._tiles: dict[tuple[str, int, int], list[bytes]] = {}

    def head(self, size: int | None = None) -> Head:
        """The newest leaf, or the last of the first ``size``."""
        if size == 0:
            return Head(0)
        found = self._connection.execute(
            f"select {_RUN_COLUMNS} from audit.leaf_run where county = %s and (%s::bigint is null or first_index < %s) "  # noqa: S608  # names only
            "order by first_index desc limit 1",
            (self._county, size, size),
        ).fetchone()
        if found is None:
            return Head(0)
        run = Run(*found)
        end = run.end if size is None else size
        if end > run.end:
            raise damaged(run.end)
        return Head(end, run.xids[end - run.first - 1], run.entry_ids[end - run.first - 1])

    def runs(self, first: int, end: int) -> Iterator[Run]:
        """The runs that hold leaves ``first`` to ``end``, in order."""
        with self._connection.cursor(binary=True) as cursor:
            cursor.execute(
                f"select {_RUN_COLUMNS} from audit.leaf_run where county = %s and first_index >= %s "  # noqa: S608
                "and first_index < %s order by first_index",
                (self._county, first // TILE * TILE, end),
            )
            yield from (run for run in map(_run, cursor) if run.end > first)

    def leaf_hashes(self, first: int, end: int) -> Iterator[bytes]:
        """The hashes of leaves ``first`` to ``end``."""
        expected = first
        for run in self.runs(first, end):
            if run.first > expected:
                break
            for number in range(expected - run.first, min(run.end, end) - run.first):
                yield run.hash(number)
                expected += 1
        if expected < end:
            raise damaged(expected)

    def index_of(self, entry_id: UUID, xid: int) -> int | None:
        """The leaf of an entry; None if it has none yet."""
        with self._connection.cursor(binary=True) as cursor:
            cursor.execute(
                f"select {_RUN_COLUMNS} from audit.leaf_run where county = %s and last_xid >= %s "  # noqa: S608
                "order by last_xid, first_index",
                (self._county, xid),
            )
            for run in map(_run, cursor):
                if entry_id in run.entry_ids:
                    return run.first + list(run.entry_ids).index(entry_id)
                if run.xids[0] > xid:
                    break
        return None

    def stored(self, algorithm: str = SHA256) -> Stored:
        """How the tree's hashes by ``algorithm`` are read."""

        def read(level: int, number: int) -> bytes:
            tile = number // TILE
            found = self._tiles.get((algorithm, level, tile))
            if found is None:
                found = self._read_tile(algorithm, level, tile)
                if len(self._tiles) >= _MOST_TILES:
                    self._tiles.clear()
                if len(found) == TILE:
                    self._tiles[algorithm, level, tile] = found
            if number % TILE >= len(found):
                raise damaged(number * TILE**level)
            return found[number % TILE]

        return read

    def tile(self, level: int, tile: int) -> list[bytes]:
        """What there is of a tile of SHA-256."""
        return self._read_tile(SHA256, level, tile)

    def _read_tile(self, algorithm: str, level: int, tile: int) -> list[bytes]:
        if level == 0:
            runs = self.runs(tile * TILE, (tile + 1) * TILE)
            return [as_leaf(run.hash(number), algorithm) for run in runs for number in range(len(run.entry_ids))]
        found = self._connection.execute(
            "select number, hash from audit.node where county = %s and algorithm = %s and level = %s "
            "and number >= %s and number < %s order by number",
            (self._county, algorithm, level, tile * TILE, (tile + 1) * TILE),
        ).fetchall()
        for expected, (number, _) in enumerate(found, tile * TILE):
            if number != expected:
                raise damaged(expected * TILE**level)
        return [hashed for _, hashed in found]

    def frontier(self, size: int, algorithm: str = SHA256) -> Frontier:
        """The tree of the first ``size`` leaves, ready to grow."""
        return frontier_of(size, self.stored(algorithm), digest_of(algorithm))

    def root(self, size: int, algorithm: str = SHA256) -> bytes:
        """The root of the first ``size`` leaves."""
        return self.frontier(size, algorithm).root()

    def append(self, first: int, leaves: Sequence[Leaf]) -> None:
        """Store leaves from index ``first`` on."""
        with self._connection.cursor() as cursor:
            cursor.executemany(
                "insert into audit.leaf_run (county, first_index, leaves, month, last_xid, xids, entry_ids, hashes) "
                "values (%s, %s, %s, %s, %s, %s, %s, %s)",
                [
                    (
                        *(self._county, start, len(run), run[0].month, run[-1].xid),
                        *([leaf.xid for leaf in run], [leaf.entry_id for leaf in run]),
                        b"".join([leaf.hash for leaf in run]),
                    )
                    for start, run in _split(first, leaves)
                ],
            )

    def completed(self, algorithm: str) -> int:
        """How many leaves lie in tiles whose roots by ``algorithm`` are stored."""
        found = self._connection.execute(
            "select number from audit.node where county = %s and algorithm = %s and level = 1 "
            "order by number desc limit 1",
            (self._county, algorithm),
        ).fetchone()
        return 0 if found is None else (found[0] + 1) * TILE

    def complete(self, size: int, algorithm: str, most: int) -> None:
        """Store the roots of complete tiles that have none yet, of up to ``most`` leaves."""
        start = self.completed(algorithm)
        end = min(size, start + most)
        if end // TILE == start // TILE:
            return
        frontier = self.frontier(start, algorithm)
        nodes: list[Node] = []
        for hashed in self.leaf_hashes(start, end // TILE * TILE):
            nodes += frontier.append(as_leaf(hashed, algorithm))
        with self._connection.cursor() as cursor:
            cursor.executemany(
                "insert into audit.node (county, algorithm, level, number, hash) values (%s, %s, %s, %s, %s)",
                [(self._county, algorithm, node.level, node.number, node.hash) for node in nodes],
            )


def _run(row: Sequence[Any]) -> Run:
    return Run(*row)


def as_leaf(hashed: bytes, algorithm: str) -> bytes:
    """A leaf in the tree of ``algorithm``: by SM3, what is a leaf's content is the entry's hash by SHA-256."""
    return hashed if algorithm == SHA256 else sm3(_SM3_LEAF + hashed)


def digest_of(algorithm: str) -> Digest:
    """The hash function called ``algorithm``."""
    return _DIGESTS[algorithm]


def _split(first: int, leaves: Iterable[Leaf]) -> Iterator[tuple[int, list[Leaf]]]:
    start, run = first, list[Leaf]()
    for leaf in leaves:
        if run and ((start + len(run)) % TILE == 0 or leaf.month != run[0].month):
            yield start, run
            start, run = start + len(run), []
        run.append(leaf)
    if run:
        yield start, run


def damaged(index: int) -> LogError:
    """What is said where the stored tree has a hole."""
    return LogError(
        "LOG_TREE_DAMAGED",
        f"The stored tree of the disclosure log lacks what belongs to entry {index}.",
        "Run `hub audit verify`; restore the database from a backup that is not older than the last checkpoint.",
    )
