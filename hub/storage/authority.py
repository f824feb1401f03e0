"""What decides about access is asked for always and changed seldom: each process keeps it, with its version.

``identity.authority`` counts the changes of a county's clients, staff, agreements and revocations. The statement that
sets a request's claims reads the count; if it is not the one this process has read, nothing is answered, ``renew``
reads everything anew, and the request is authorised again. So a revocation holds from the next request on, in every
process, and costs no round trip of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import psycopg
from psycopg import IsolationLevel

from hub.errors import DatabaseError
from hub.storage.server import connect

Held = TypeVar("Held")
Connection = psycopg.Connection[tuple[Any, ...]]
Load = Callable[[Connection, str], Held]  # reads one part for one county

_VERSION = "select version from identity.authority where county = %s"


@dataclass(slots=True)
class Kept(Generic[Held]):
    """One part of what is kept, as of the authority's version. Only ``Authority`` sets it."""

    value: Held


class Authority:
    """Everything kept, read in one transaction and exchanged at once."""

    def __init__(self, conninfo: str, county: str) -> None:
        self._conninfo = conninfo
        self._county = county
        self._parts: list[tuple[Load[Any], Kept[Any]]] = []
        self._connection: Connection | None = None
        self._turn = asyncio.Lock()
        self.version = -1

    def keep(self, load: Load[Held], empty: Held) -> Kept[Held]:
        """A part that ``load`` reads; ``empty`` until ``read`` was called."""
        kept = Kept(empty)
        self._parts.append((load, kept))
        return kept

    def read(self) -> None:
        """Read every part. Raises ``DatabaseError``."""
        version, parts = self._fresh(-1)
        self._exchange(version, parts)

    async def renew(self, seen: int) -> bool:
        """Read again unless ``seen`` is the newest version; whether anything newer is kept now."""
        async with self._turn:
            if self.version != seen:  # somebody else waited for the same
                return True
            version, parts = await asyncio.to_thread(self._fresh, seen)
            self._exchange(version, parts)
            return version != seen

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _exchange(self, version: int, parts: list[Any]) -> None:
        for (_, kept), value in zip(self._parts, parts, strict=False):
            kept.value = value
        self.version = version

    def _fresh(self, seen: int) -> tuple[int, list[Any]]:
        """The newest version and its parts; no parts if it is the one ``seen``."""
        try:
            connection = self._connected()
            with connection.transaction():
                row = connection.execute(_VERSION, (self._county,)).fetchone()
                version = int(row[0]) if row else 0
                if version == seen:
                    return version, []
                return version, [load(connection, self._county) for load, _ in self._parts]
        except psycopg.Error as error:
            self.close()
            raise DatabaseError(
                "DATABASE_UNREACHABLE",
                "Who may do what cannot be read.",
                "Try again in a moment; the operator sees the reason with `hub status`.",
                status=503,
            ) from error

    def _connected(self) -> Connection:
        if self._connection is None or self._connection.broken or self._connection.closed:
            made = connect(self._conninfo, autocommit=True)
            made.isolation_level = IsolationLevel.REPEATABLE_READ
            made.read_only = True
            made.execute("select set_config('hub.county', %s, false)", (self._county,))
            self._connection = made
        return self._connection
