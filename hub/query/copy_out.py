"""Reads a ``COPY`` as the role that can only read, under the claims of one actor, no faster than it is taken."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Mapping
from typing import Any

import psycopg
from psycopg import AsyncConnection, pq
from psycopg.conninfo import make_conninfo

from hub.errors import DatabaseError, HubError
from hub.query.export import CopyStatement
from hub.query.link import AuthorityChanged, refusal_of
from hub.query.parameters import CLAIMED, Claim

_OPTIONS = (
    "-c jit=off -c default_transaction_read_only=on -c timezone=UTC -c datestyle=ISO -c standard_conforming_strings=on"
)
_CLAIMS = (
    "select set_config('hub.county', %s, true), set_config('hub.region_from', %s, true), "
    "set_config('hub.region_to', %s, true), set_config('hub.datasets', %s, true), set_config('role', %s, true), "
    "coalesce((select a.version from identity.authority a where a.county = %s), 0)"
)
_PARAMETER = re.compile(rb"\$(\d+)::")
_BATCH_BYTES = 256 * 1024


class CopyReader:
    """At most so many exports at once, each on a connection of its own."""

    def __init__(self, conninfo: str, *, most_connections: int, timeout_seconds: int) -> None:
        options = f"{_OPTIONS} -c statement_timeout={timeout_seconds * 1000:d}"
        self._conninfo = make_conninfo(conninfo, options=options, client_encoding="UTF8")
        self._room = asyncio.Semaphore(most_connections)
        self.timeout_seconds = timeout_seconds

    async def rows(
        self, statement: CopyStatement, values: list[bytes | None], claims: Mapping[Claim, str]
    ) -> AsyncGenerator[list[bytes]]:
        """Batches of rows, each with its line feed. Raises ``DatabaseError`` or ``QueryError``, also midway.

        Raises ``AuthorityChanged`` before the first row if the actor is to be authorised again.
        """
        if self._room.locked():
            raise DatabaseError(
                "DATABASE_BUSY", "As many exports as allowed are running.", "Try again when one is done.", status=503
            )
        async with self._room:
            connection = await self._connected()
            try:
                await _claim(connection, claims, statement.reader)
                async for batch in _copied(connection, _quoted(connection, statement.text, values)):
                    yield batch
            except psycopg.Error:
                raise _unreachable() from None
            finally:
                connection.pgconn.finish()  # unread rows go with it

    async def _connected(self) -> AsyncConnection[Any]:
        try:
            return await AsyncConnection.connect(self._conninfo)
        except psycopg.Error:
            raise _unreachable() from None


async def _claim(connection: AsyncConnection[Any], claims: Mapping[Claim, str], reader: str) -> None:
    claimed = (*(claims[claim] for claim in CLAIMED), reader, claims[Claim.COUNTY])
    row = await (await connection.execute(_CLAIMS, claimed)).fetchone()
    if row is None or str(row[-1]) != claims[Claim.AUTHORITY]:
        raise AuthorityChanged


def _quoted(connection: AsyncConnection[Any], text: bytes, values: list[bytes | None]) -> bytes:
    """``text`` with its values in it, quoted by libpq for this connection: COPY takes no parameters."""
    escaping = pq.Escaping(connection.pgconn)
    literals = [b"null" if value is None else bytes(escaping.escape_literal(value)) for value in values]
    return _PARAMETER.sub(lambda found: literals[int(found[1]) - 1] + b"::", text)


async def _copied(connection: AsyncConnection[Any], text: bytes) -> AsyncGenerator[list[bytes]]:
    pgconn = connection.pgconn
    pgconn.send_query(text)
    while pgconn.flush():
        await _turn(pgconn.socket, to_write=True)
    _require(await _result(pgconn), pq.ExecStatus.COPY_OUT)
    batch: list[bytes] = []
    size = 0
    while True:
        length, data = pgconn.get_copy_data(1)
        if length > 0:
            batch.append(bytes(data))
            size += length
            if size >= _BATCH_BYTES:
                yield batch
                batch, size = [], 0
        elif length == 0:
            await _turn(pgconn.socket)
            pgconn.consume_input()
        else:
            break
    # Only this result says that the rows were all.
    _require(await _result(pgconn), pq.ExecStatus.COMMAND_OK)
    if batch:
        yield batch


async def _result(pgconn: pq.abc.PGconn) -> pq.abc.PGresult:
    while pgconn.is_busy():
        await _turn(pgconn.socket)
        pgconn.consume_input()
    found = pgconn.get_result()
    if found is None:
        raise _unreachable()
    return found


def _require(result: pq.abc.PGresult, status: pq.ExecStatus) -> None:
    if result.status != status:
        raise refusal_of(result.error_field(pq.DiagnosticField.SQLSTATE) or b"")


async def _turn(socket: int, *, to_write: bool = False) -> None:
    """Wait until the socket can be read, or written."""
    loop = asyncio.get_running_loop()
    arrived = asyncio.Event()
    loop.add_reader(socket, arrived.set)
    if to_write:
        loop.add_writer(socket, arrived.set)
    try:
        await arrived.wait()
    finally:
        loop.remove_reader(socket)
        loop.remove_writer(socket)


def _unreachable() -> HubError:
    return DatabaseError(
        "DATABASE_UNREACHABLE",
        "The database cannot be reached.",
        "Try again in a moment; the operator sees the reason with `hub status`.",
        status=503,
    )
