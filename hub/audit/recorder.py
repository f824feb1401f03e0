"""Group commit: entries of concurrent requests are written in one statement, and all are released by its commit.

While one batch is being committed the next gathers. An entry whose batch fails is an answer that is not given.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Self

import psycopg
from psycopg.conninfo import make_conninfo

from hub.audit.entry import COLUMNS
from hub.audit.row import WRITTEN_ENTRY, batch
from hub.errors import LOG_UNAVAILABLE, DatabaseError, HubError
from hub.query.link import Link, LinkBroken

_OPTIONS = "-c jit=off -c timezone=UTC -c synchronous_commit=on"
_MOST_TOGETHER = 500
_BUSY_FROM = 4
_ENOUGH_TOGETHER = 16
_MOST_WAITING = 20_000
_CONNECT_SECONDS = 5
_MONTHS_AHEAD = 3

# The log is written whoever may do what meanwhile.
_NO_VERSION = b"0"
_CLAIMS = b"select set_config('hub.county', $1, true), 0"

_NAMED = ", ".join(COLUMNS)
# In one statement, so that a batch is a transaction of its own; sent again after a cut, it adds nothing twice.
_INSERT = (
    f"with entries as (insert into audit.disclosure ({_NAMED}) select {_NAMED} "  # noqa: S608  # columns of a class
    f"from unnest($1::{WRITTEN_ENTRY}[]) on conflict do nothing) select 'written'"
).encode()
_TYPE = f"select '{WRITTEN_ENTRY}'::regtype::oid"


class Recorder:
    """Writes entries, one batch at a time, over one connection as ``hub_log``."""

    def __init__(
        self,
        conninfo: str,
        county: str,
        *,
        timeout_milliseconds: int = 5_000,
        gather_seconds: float = 0.001,
        observe: Callable[[int], None] | None = None,
    ) -> None:
        options = f"{_OPTIONS} -c statement_timeout={timeout_milliseconds:d}"
        self._conninfo = make_conninfo(
            conninfo, options=options, client_encoding="UTF8", connect_timeout=_CONNECT_SECONDS
        )
        self._claims = [county.encode()]
        self._patience_seconds = timeout_milliseconds / 1000
        self._gather_seconds = gather_seconds
        self._observe = observe
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None
        self._link: Link | None = None
        self._last_together = 0
        self._type = 0  # of a row, in the database that is connected to

    async def commit(self, row: bytes) -> None:
        """Returns once ``row``, of ``hub.audit.row``, is durably committed. Raises ``DatabaseError``."""
        if len(self._waiting) >= _MOST_WAITING:
            raise _not_logged()
        committed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((row, committed))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all())
        await committed

    async def close(self) -> None:
        """Finish what is being written, and hang up."""
        if self._writing is not None:
            await asyncio.wait([self._writing])
        self._hang_up()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                # A commit costs as much as ten entries: where several wait anyway, a few more are let come.
                if self._last_together >= _BUSY_FROM and len(self._waiting) < _ENOUGH_TOGETHER:
                    await asyncio.sleep(self._gather_seconds)
                together, self._waiting = self._waiting[:_MOST_TOGETHER], self._waiting[_MOST_TOGETHER:]
                await self._write_batch(together)
        finally:
            self._writing = None

    async def _write_batch(self, together: list[tuple[bytes, asyncio.Future[None]]]) -> None:
        error: Exception | None = None
        try:
            # The server's own timeout does not end a connection on which nothing comes back.
            async with asyncio.timeout(2 * self._patience_seconds + _CONNECT_SECONDS):
                await self._write([row for row, _ in together])
        except BaseException as failed:
            self._hang_up()
            error = _not_logged()
            if not isinstance(failed, (HubError, LinkBroken, TimeoutError)):
                raise
        finally:
            for _, committed in together:
                if committed.done():
                    continue  # whoever asked has gone
                if error is None:
                    committed.set_result(None)
                else:
                    committed.set_exception(error)
        self._last_together = len(together)
        if error is None and self._observe:
            self._observe(len(together))

    async def _write(self, rows: list[bytes]) -> None:
        was_idle = self._link is not None
        link = await self._connected()
        try:
            await self._sent(link, rows)
        except LinkBroken:
            if not was_idle:
                raise
            # It may have been dead for long. Whether the batch was committed is not known; a second time adds nothing.
            self._hang_up()
            await self._sent(await self._connected(), rows)

    async def _sent(self, link: Link, rows: list[bytes]) -> None:
        answered = await link.read(_INSERT, [batch(rows, self._type)], self._claims, _NO_VERSION, binary=True)
        if answered != [b"written"]:
            raise _not_logged()

    async def _connected(self) -> Link:
        if self._link is not None and not self._link.is_usable:
            self._hang_up()
        if self._link is None:
            try:
                connection = await psycopg.AsyncConnection.connect(self._conninfo, autocommit=True)
                await connection.execute("select audit.make_months(%s)", (_MONTHS_AHEAD,))
                found = await (await connection.execute(_TYPE)).fetchone()
                self._type = int(found[0]) if found else 0
            except psycopg.Error:
                raise _not_logged() from None
            self._link = Link(connection, _CLAIMS)
        return self._link

    def _hang_up(self) -> None:
        if self._link is not None:
            self._link.close()
            self._link = None


def _not_logged() -> DatabaseError:
    return DatabaseError(
        LOG_UNAVAILABLE,
        "The disclosure log cannot be written, so nothing is disclosed.",
        "Try again in a moment; the operator sees the reason in the database's log.",
        status=503,
    )
