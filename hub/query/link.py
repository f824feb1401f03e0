"""One connection in pipeline mode: a request is one message out and one wake-up in, whatever it holds.

psycopg connects; beyond that its libpq wrapper is used directly, because a cursor costs more than the query.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from contextlib import suppress
from itertools import count
from typing import Any

import psycopg
from psycopg import AsyncConnection, pq

from hub.errors import AccessError, DatabaseError, HubError, QueryError

# The login itself reads nothing: a role that may read as much as the claims say is taken on, till the end of the
# transaction. With the claims comes back the version of who may do what: see hub/storage/authority.py.
_CLAIMS = (
    b"select set_config('hub.county', $1, true), set_config('hub.region_from', $2, true), "
    b"set_config('hub.region_to', $3, true), set_config('hub.datasets', $4, true), set_config('role', $5, true), "
    b"coalesce((select a.version from identity.authority a where a.county = $1), 0)"
)
_CLAIMS_NAME = b"claims"
_MOST_PREPARED = 200
_TEXT, _BINARY = None, [pq.Format.BINARY]


class LinkBroken(Exception):  # noqa: N818  # a signal within this room
    """The connection is gone."""


class AuthorityChanged(Exception):  # noqa: N818  # no refusal: the door reads it anew and asks again
    """Somebody's rights have changed since the actor was authorised; nothing was answered."""


class Link:
    """Sends one request at a time and hands over the raw columns of its row."""

    def __init__(self, connection: AsyncConnection[Any]) -> None:
        self._connection = connection
        self._pgconn = connection.pgconn
        self._pgconn.nonblocking = 1
        self._pgconn.enter_pipeline_mode()
        self._prepared: OrderedDict[bytes, bytes] = OrderedDict()
        self._numbers = count(1)
        self._loop = asyncio.get_running_loop()
        self._socket = self._pgconn.socket
        self._waiting: asyncio.Future[list[bytes | None]] | None = None
        self._row: list[bytes | None] | None = None
        self._authority: bytes | None = None  # the version of this request, once its claims hold
        self._error: HubError | None = None
        self._loop.add_reader(self._socket, self._readable)
        self._listens = True
        self._has_claims = False
        self._told: asyncio.Future[None] | None = None

    @property
    def is_usable(self) -> bool:
        """Whether the connection is alive and idle."""
        return self._waiting is None and self._pgconn.status == pq.ConnStatus.OK

    def close(self) -> None:
        """Hang up."""
        self._listen_no_more()
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(LinkBroken())
        self._pgconn.finish()

    def abandon(self) -> None:
        """Hang up, and tell the server that nobody waits for its answer any more."""
        # Without waiting: who asked has gone.
        self._told = self._loop.run_in_executor(None, _cancel, self._pgconn.get_cancel())
        self.close()

    async def read(
        self, text: bytes, values: list[bytes | None], claims: list[bytes], authority: bytes
    ) -> list[bytes | None]:
        """The columns of the one row of ``text``, under ``claims``.

        Raises ``AuthorityChanged`` if ``authority`` is not the newest version any more.
        """
        self._authority = None
        row = await self._asked(text, values, claims)
        if self._authority != authority:
            raise AuthorityChanged
        return row

    async def write(self, text: bytes, value: bytes) -> int:
        """How many rows ``text`` wrote: a transaction of its own, with the login's rights; ``value`` is binary."""
        (count_written,) = await self._asked(text, [value], None)
        return int(count_written or b"0")

    async def _asked(self, text: bytes, values: list[bytes | None], claims: list[bytes] | None) -> list[bytes | None]:
        self._row, self._error = None, None
        self._waiting = self._loop.create_future()
        try:
            self._send(text, values, claims)
        except Exception:  # noqa: BLE001  # whatever libpq could not send: the connection is of no more use
            self._waiting = None
            raise LinkBroken from None
        return await self._waiting

    def _send(self, text: bytes, values: list[bytes | None], claims: list[bytes] | None) -> None:
        if claims is not None:
            if not self._has_claims:
                self._pgconn.send_prepare(_CLAIMS_NAME, _CLAIMS)
                self._has_claims = True
            # Before the statement is prepared: it is parsed as the role that runs it.
            self._pgconn.send_query_prepared(_CLAIMS_NAME, claims)
        name = self._prepared.get(text)
        if name is None:
            name = b"q%d" % next(self._numbers)
            if len(self._prepared) >= _MOST_PREPARED:
                _, oldest = self._prepared.popitem(last=False)
                self._pgconn.send_query_params(b"deallocate " + oldest, None)
            self._pgconn.send_prepare(name, text)
            self._prepared[text] = name
        else:
            self._prepared.move_to_end(text)
        self._pgconn.send_query_prepared(name, values, _TEXT if claims is not None else _BINARY)
        self._pgconn.pipeline_sync()
        self._flush()

    def _flush(self) -> None:
        if self._pgconn.flush():
            self._loop.add_writer(self._socket, self._flush)
        else:
            self._loop.remove_writer(self._socket)

    def _readable(self) -> None:
        try:
            self._pgconn.consume_input()
            while not self._pgconn.is_busy():
                result = self._pgconn.get_result()
                if result is None:
                    if self._waiting is None:
                        return
                    continue
                if self._take(result):
                    return
        except Exception:  # noqa: BLE001  # libpq says only that the connection is gone
            self._finish(LinkBroken())

    def _take(self, result: pq.abc.PGresult) -> bool:
        """Keep what matters of one result; true when it was the last."""
        status = result.status
        if status == pq.ExecStatus.TUPLES_OK:
            if self._authority is None:  # the claims come first
                self._authority = result.get_value(0, result.nfields - 1)
            else:
                self._row = [result.get_value(0, place) for place in range(result.nfields)]
        elif status == pq.ExecStatus.COMMAND_OK and result.command_tuples is not None:  # a statement that wrote
            self._row = [b"%d" % result.command_tuples]
        elif status == pq.ExecStatus.FATAL_ERROR:
            self._error = self._error or refusal_of(result.error_field(pq.DiagnosticField.SQLSTATE) or b"")
            self._prepared.clear()  # what was prepared in the same message is not known to the server
        elif status == pq.ExecStatus.PIPELINE_SYNC:
            self._finish(self._error)
            return True
        return False

    def _listen_no_more(self) -> None:
        # Once: libpq closes the socket of a broken connection itself, and another may have its number by now.
        if self._listens:
            self._listens = False
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)

    def _finish(self, error: Exception | None) -> None:
        waiting, self._waiting = self._waiting, None
        if isinstance(error, LinkBroken):
            self._listen_no_more()
        if waiting is None or waiting.done():
            return
        if error is not None:
            waiting.set_exception(error)
        elif self._row is None:
            waiting.set_exception(LinkBroken())
        else:
            waiting.set_result(self._row)


def _cancel(request: pq.abc.PGcancel) -> None:
    with suppress(psycopg.Error):  # a server that cannot be told has nothing left to end
        request.cancel()


def refusal_of(state: bytes) -> HubError:
    """What an SQLSTATE means to who asked; never the server's own words, which may quote a row."""
    if state == b"57014":
        return QueryError(
            "QUERY_TIMED_OUT", "The question took too long.", "Ask for less, or by a more selective filter.", status=503
        )
    if state == b"42501":
        return AccessError(
            "ACCESS_DATABASE_REFUSED",
            "The database does not allow this.",
            "Tell the operator: the two walls differ.",
            status=403,
        )
    if state == b"2201G":  # raised on purpose: see groups.py
        return QueryError(
            "QUERY_TOO_MANY_GROUPS",
            "There are more groups than HUB_LIMIT_GROUPS_COMPLETE allows.",
            "Filter, group by something coarser, add having, or set first to take the first groups of the order.",
            status=400,
        )
    if state.startswith((b"53", b"57", b"08")) and state != b"08P01":  # that one is a mistake of ours
        return DatabaseError(
            "DATABASE_BUSY", "The database is not available now.", "Try again in a moment.", status=503
        )
    if state.startswith((b"22", b"54")):
        return QueryError(
            "QUERY_VALUE_UNUSABLE",
            "A value is out of range, or the answer would be too large.",
            "Ask for smaller numbers or less at once.",
            status=400,
        )
    return QueryError(
        "QUERY_FAILED", "The question could not be answered.", "Tell the operator the request id.", status=500
    )
