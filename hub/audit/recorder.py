"""Group commit: entries of concurrent requests are written in one statement, and all are released by its commit.

While one batch is being committed the next gathers; where many wait, a second line writes it meanwhile, so that the
server makes ready while the disk is at work. An entry whose batch fails is an answer that is not given.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from hub.audit.entry import COLUMNS
from hub.audit.row import WRITTEN_ENTRY, batch
from hub.errors import LOG_UNAVAILABLE, DatabaseError, HubError
from hub.query.link import Link, LinkBroken

_MOST_TOGETHER = 500
_LINES = 2
_ENOUGH_TOGETHER = 8  # a commit costs as much as some ten entries
_BUSY_FROM = 4
_MOST_WAITING = 20_000
_CONNECT_SECONDS = 5
_MONTHS_AHEAD = 3

_NAMED = ", ".join(COLUMNS)
# In one statement, so that a batch is a transaction of its own.
_INSERT = (
    f"insert into audit.disclosure ({_NAMED}) select {_NAMED} "  # noqa: S608  # columns of a class
    f"from unnest($1::{WRITTEN_ENTRY}[])"
).encode()
# After a cut, when nobody knows whether it was committed: adds nothing twice, for one more record of WAL an entry.
_INSERT_AGAIN = _INSERT + b" on conflict do nothing"
_TYPE = f"select '{WRITTEN_ENTRY}'::regtype::oid"

_Waiting = tuple[bytes, asyncio.Future[None]]


class Recorder:
    """Writes entries, a batch at a time on each of two lines, as ``hub_log``."""

    def __init__(
        self,
        conninfo: str,
        county: str,
        *,
        timeout_milliseconds: int = 5_000,
        gather_seconds: float = 0,
        observe: Callable[[int], None] | None = None,
    ) -> None:
        self._idle = [_Line(conninfo, county, timeout_milliseconds) for _ in range(_LINES)]
        self._gather_seconds = gather_seconds
        self._observe = observe
        self._waiting: list[_Waiting] = []
        self._writing: set[asyncio.Task[None]] = set()
        self._last_together = 0

    async def commit(self, row: bytes) -> None:
        """Returns once ``row``, of ``hub.audit.row``, is durably committed. Raises ``DatabaseError``."""
        if len(self._waiting) >= _MOST_WAITING:
            raise _not_logged()
        committed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((row, committed))
        if self._is_enough:
            self._begin()
        await committed

    async def close(self) -> None:
        """Finish what is being written, and hang up."""
        while self._writing:
            await asyncio.wait(self._writing)
        for line in self._idle:
            line.hang_up()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def _is_enough(self) -> bool:
        """Whether what waits is to be written now; few entries wait for the line that is at work."""
        waiting = len(self._waiting)
        return waiting >= _ENOUGH_TOGETHER or (waiting > 0 and len(self._idle) == _LINES)

    def _begin(self) -> None:
        if self._idle:
            # At the next turn of the loop, so that what comes in this one is written together.
            task = asyncio.create_task(self._write_all(self._idle.pop()))
            self._writing.add(task)
            task.add_done_callback(self._writing.discard)

    async def _write_all(self, line: _Line) -> None:
        try:
            while self._waiting:
                if self._gather_seconds and self._last_together >= _BUSY_FROM and len(self._waiting) < _ENOUGH_TOGETHER:
                    await asyncio.sleep(self._gather_seconds)
                together, self._waiting = self._waiting[:_MOST_TOGETHER], self._waiting[_MOST_TOGETHER:]
                await self._write_batch(line, together)
                if len(self._waiting) < _ENOUGH_TOGETHER and len(self._idle) < _LINES - 1:
                    break
        finally:
            self._idle.append(line)
            if self._is_enough:  # what ended this line unforeseen leaves nobody waiting for ever
                self._begin()

    async def _write_batch(self, line: _Line, together: list[_Waiting]) -> None:
        error: Exception | None = None
        try:
            await line.write([row for row, _ in together])
        except BaseException as failed:
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


class _Line:
    """One connection as ``hub_log``, made when it is first needed and again when it broke."""

    def __init__(self, conninfo: str, county: str, timeout_milliseconds: int) -> None:
        given = conninfo_to_dict(conninfo).get("options") or ""  # where one login plays all roles: which one
        options = f"{given} -c jit=off -c timezone=UTC -c synchronous_commit=on -c hub.county={county}"
        options += f" -c statement_timeout={timeout_milliseconds:d}"
        self._conninfo = make_conninfo(
            conninfo, options=options, client_encoding="UTF8", connect_timeout=_CONNECT_SECONDS
        )
        # The server's own timeout does not end a connection on which nothing comes back.
        self._patience_seconds = 2 * timeout_milliseconds / 1000 + _CONNECT_SECONDS
        self._link: Link | None = None
        self._type = 0  # of a row, in the database that is connected to

    async def write(self, rows: list[bytes]) -> None:
        """Commit ``rows``, all or none. Raises ``HubError``, ``LinkBroken`` or ``TimeoutError``."""
        try:
            async with asyncio.timeout(self._patience_seconds):
                await self._write(rows)
        except BaseException:
            self.hang_up()
            raise

    def hang_up(self) -> None:
        """Close the connection."""
        if self._link is not None:
            self._link.close()
            self._link = None

    async def _write(self, rows: list[bytes]) -> None:
        was_idle = self._link is not None
        link = await self._connected()
        try:
            written = await link.write(_INSERT, batch(rows, self._type))
        except LinkBroken:
            if not was_idle:
                raise
            self.hang_up()  # it may have been dead for long
            link = await self._connected()
            await link.write(_INSERT_AGAIN, batch(rows, self._type))
        else:
            if written != len(rows):
                raise _not_logged()

    async def _connected(self) -> Link:
        if self._link is not None and not self._link.is_usable:
            self.hang_up()
        if self._link is None:
            try:
                connection = await psycopg.AsyncConnection.connect(self._conninfo, autocommit=True)
            except psycopg.Error:
                raise _not_logged() from None
            try:
                with suppress(psycopg.errors.UniqueViolation):  # another has just made them
                    await connection.execute("select audit.make_months(%s)", (_MONTHS_AHEAD,))
                found = await (await connection.execute(_TYPE)).fetchone()
                self._type = int(found[0]) if found else 0
            except BaseException as failed:
                connection.pgconn.finish()
                if isinstance(failed, psycopg.Error):
                    raise _not_logged() from None
                raise
            self._link = Link(connection)
        return self._link


def _not_logged() -> DatabaseError:
    return DatabaseError(
        LOG_UNAVAILABLE,
        "The disclosure log cannot be written, so nothing is disclosed.",
        "Try again in a moment; the operator sees the reason in the database's log.",
        status=503,
    )
