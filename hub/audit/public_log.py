"""What anybody may read of the log, and what registered witnesses may add: checkpoints, tiles, proofs, cosignatures.

Reads and writes with two database roles, and keeps at most a few connections of each.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from hub.audit.checkpoints import last_checkpoint
from hub.audit.cosigning import Registered
from hub.audit.merkle import consistency_proof
from hub.audit.prove import with_cosignatures
from hub.audit.tiles import parse_tile_path, tile_unknown
from hub.audit.tree import Connection, StoredTree, allow
from hub.errors import DatabaseError, LogError

_CONNECTIONS = 2
_SECONDS = 5.0


class PublicLog:
    """One county's log; ``reading`` and ``writing`` are connection strings."""

    def __init__(self, reading: str, writing: str, county: str, registered: Registered) -> None:
        self._county = county
        self._registered = registered
        self._reading = self._pool(reading, serving=True)
        self._writing = self._pool(writing, serving=False)

    def _pool(self, conninfo: str, *, serving: bool) -> ConnectionPool[Connection]:
        def prepare(connection: psycopg.Connection[Any]) -> None:
            allow(connection, self._county, serving=serving)

        return ConnectionPool(
            conninfo,
            kwargs={"autocommit": True, "connect_timeout": 10},
            min_size=0,
            max_size=_CONNECTIONS,
            open=False,
            configure=prepare,
            timeout=_SECONDS,
        )

    def open(self) -> None:
        """Connect when the first question comes."""
        self._reading.open()
        self._writing.open()

    def close(self) -> None:
        """Let go of the connections."""
        self._reading.close()
        self._writing.close()

    @contextmanager
    def _reader(self) -> Iterator[Connection]:
        with _reached(), self._reading.connection() as connection:
            yield connection

    def checkpoint(self) -> str:
        """The newest checkpoint with its cosignatures."""
        with self._reader() as connection:
            stored = last_checkpoint(connection, self._county)
            if stored is None:
                raise LogError(
                    "LOG_EMPTY", "Nothing is signed yet.", "`hub work` signs after the first entry.", status=404
                )
            return str(with_cosignatures(connection, self._county, stored))

    def tile(self, path: str) -> bytes:
        """A tile by its C2SP path; what it holds will never change."""
        level, number, width = parse_tile_path(path)
        with self._reader() as connection:
            found = StoredTree(connection, self._county).tile(level, number)
        if len(found) < width:
            raise tile_unknown()
        return b"".join(found[:width])

    def consistency(self, old: int, new: int) -> str:
        """The proof between two sizes, a hash in base64 on each line."""
        with self._reader() as connection:
            tree = StoredTree(connection, self._county)
            if not 0 <= old <= new <= tree.head().size:
                raise LogError(
                    "LOG_SIZE_UNKNOWN",
                    "The log has no such sizes.",
                    "Ask for 0 <= from <= to, up to a checkpoint's size.",
                    status=404,
                )
            proof = consistency_proof(old, new, tree.stored())
        return "".join(f"{base64.b64encode(item).decode()}\n" for item in proof)

    def cosign(self, text: str) -> None:
        """Take a witness's cosignature."""
        with self._reader() as reading, self._writing.connection() as writing:
            self._registered.take_cosignature(reading, writing, self._county, text)

    def object(self, text: str) -> None:
        """Take a witness's objection."""
        with _reached(), self._writing.connection() as writing:
            self._registered.take_disagreement(writing, self._county, text)


@contextmanager
def _reached() -> Iterator[None]:
    try:
        yield
    except (PoolTimeout, psycopg.OperationalError) as error:
        raise DatabaseError(
            "DATABASE_UNREACHABLE", "The database does not answer.", "Try again in a moment.", status=503
        ) from error
