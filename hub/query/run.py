"""Runs a statement as the database role that can only read, under the claims of one actor.

Claims and statement travel in one message and make one implicit transaction; the claims are local to it, so a
connection never carries them to the next request. The answer's bytes are taken as PostgreSQL sent them.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self

import psycopg
from psycopg.conninfo import make_conninfo

from hub.errors import DatabaseError, HubError
from hub.query.link import AuthorityChanged, Link, LinkBroken, refusal_of
from hub.query.parameters import CLAIMED, Claim
from hub.query.to_sql import Statement

_OPTIONS = "-c jit=off -c default_transaction_read_only=on -c timezone=UTC"
_NOTHING = Statement(b"select 1", (), ())


class DatabaseReader:
    """A bounded set of connections, opened when first needed and replaced when they break."""

    def __init__(
        self,
        conninfo: str,
        *,
        most_connections: int = 8,
        timeout_milliseconds: int = 10_000,
        observe: Callable[[bytes], None] | None = None,
    ) -> None:
        options = f"{_OPTIONS} -c statement_timeout={timeout_milliseconds:d}"
        self._conninfo = make_conninfo(conninfo, options=options, client_encoding="UTF8")
        self._most = most_connections
        self._room = asyncio.Semaphore(most_connections)
        self._wanted = 0
        self._idle: deque[Link] = deque()
        self._patience_seconds = timeout_milliseconds / 1000
        self._observe = observe
        self._is_closed = False

    async def read(
        self, statement: Statement, values: list[bytes | None], claims: Mapping[Claim, str]
    ) -> list[bytes | None]:
        """The columns of the statement's one row, unparsed.

        Raises ``DatabaseError``, ``QueryError``, or ``AuthorityChanged``: then the actor is to be authorised again.
        """
        if self._observe:
            self._observe(statement.text)
        claimed = [claims[claim].encode() for claim in CLAIMED]
        claimed.append(statement.reader.encode())
        await self._enter()
        try:
            return await self._read(statement.text, values, claimed, claims[Claim.AUTHORITY].encode())
        finally:
            self._leave()

    async def confirm(self, claims: Mapping[Claim, str]) -> None:
        """Raise ``AuthorityChanged`` unless the claims are of the newest version: for answers without a statement."""
        await self.read(_NOTHING, [], claims)

    @property
    def connections(self) -> dict[str, int]:
        """How many connections are idle, may be open, and are asked for: more than may be open means waiting."""
        return {"idle": len(self._idle), "most": self._most, "wanted": self._wanted}

    async def explain(self, statement: Statement, claims: Mapping[Claim, str]) -> object:
        """How PostgreSQL would run the statement for any values: none are sent, so none can stand in the answer."""
        await self._enter()
        try:
            # A connection of its own: placeholders without values are only taken by the simple protocol.
            async with (
                await psycopg.AsyncConnection.connect(self._conninfo, autocommit=True) as connection,
                connection.transaction(),
            ):
                for claim in CLAIMED:
                    await connection.execute("select set_config(%s, %s, true)", (f"hub.{claim.value}", claims[claim]))
                await connection.execute("select set_config('role', %s, true)", (statement.reader,))
                cursor = await connection.execute(b"explain (generic_plan, format json) " + statement.text)
                row = await cursor.fetchone()
                return row[0] if row else None
        except psycopg.Error as error:
            raise refusal_of((error.sqlstate or "08006").encode()) from None
        finally:
            self._leave()

    def _leave(self) -> None:
        self._wanted -= 1
        self._room.release()

    async def _enter(self) -> None:
        self._wanted += 1
        try:
            if self._room.locked():
                async with asyncio.timeout(self._patience_seconds):
                    await self._room.acquire()
            else:
                await self._room.acquire()
        except BaseException as error:
            self._wanted -= 1
            if not isinstance(error, TimeoutError):
                raise
            raise DatabaseError(
                "DATABASE_BUSY", "Every connection to the database is in use.", "Try again in a moment.", status=503
            ) from None

    async def is_ready(self) -> bool:
        """Whether the database answers."""
        try:
            link = await self._link()
        except HubError:
            return False
        self._idle.append(link)
        return True

    def close(self) -> None:
        """Close every idle connection; those in use are closed when they are done."""
        self._is_closed = True
        while self._idle:
            self._idle.pop().close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    async def _read(
        self, text: bytes, values: list[bytes | None], claims: list[bytes], authority: bytes
    ) -> list[bytes | None]:
        while True:
            was_idle = bool(self._idle)
            link = await self._link()
            try:
                found = await link.read(text, values, claims, authority)
            except LinkBroken:
                link.close()
                if was_idle:  # it may have been dead for long; a fresh one tells
                    continue
                raise _unreachable() from None
            except asyncio.CancelledError:
                link.abandon()  # its answer is still on the way
                raise
            except (HubError, AuthorityChanged):
                self._give_back(link)
                raise
            self._give_back(link)
            return found

    async def _link(self) -> Link:
        while self._idle:
            link = self._idle.pop()
            if link.is_usable:
                return link
            link.close()
        try:
            connection = await psycopg.AsyncConnection.connect(self._conninfo, autocommit=True)
        except psycopg.Error:
            raise _unreachable() from None
        return Link(connection)

    def _give_back(self, link: Link) -> None:
        if self._is_closed or not link.is_usable:
            link.close()
        else:
            self._idle.append(link)


def _unreachable() -> DatabaseError:
    return DatabaseError(
        "DATABASE_UNREACHABLE",
        "The database cannot be reached.",
        "Try again in a moment; the operator sees the reason with `hub status`.",
        status=503,
    )
