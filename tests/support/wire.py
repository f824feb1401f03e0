"""A TCP proxy before PostgreSQL that knows its messages, and cuts the line at one of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from types import TracebackType
from typing import Self

from psycopg.conninfo import conninfo_to_dict, make_conninfo

_HEADER = 4  # bytes of a message's length, which counts itself
_DEFAULT_PORT = 5432


class Wire:
    """Counts every message of either side. The one with the number ``cut_at`` is the last, or is lost itself."""

    def __init__(self, conninfo: str) -> None:
        self._real = conninfo
        self._open: set[asyncio.StreamWriter] = set()
        self.seen = 0
        self.cut_at: int | None = None
        self.loses_it = False  # whether the message at which the line is cut still arrives
        self.is_cut = False
        self.stays_cut = False  # whether the server cannot be reached any more afterwards
        self.is_alone = False  # whether other connections are left as they are

    @property
    def connections(self) -> int:
        """How many are open now."""
        return len(self._open) // 2

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.conninfo = make_conninfo(
            self._real, host="127.0.0.1", port=port, sslmode="disable", gssencmode="disable", connect_timeout=60
        )
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._cut(self._open)
        self._server.close()
        await self._server.wait_closed()

    def arm(self, cut_at: int, *, loses_it: bool, stays_cut: bool, is_alone: bool = False) -> None:
        """Cut at the message ``cut_at``, counted from now over all connections."""
        self.seen, self.cut_at, self.is_cut = 0, cut_at, False
        self.loses_it, self.stays_cut, self.is_alone = loses_it, stays_cut, is_alone

    async def _serve(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        writers = [to_client]
        try:
            if self.is_cut and self.stays_cut:
                return
            self._open.add(to_client)  # before the server is reached: the line may be cut meanwhile
            server, to_server = await self._reach()
            writers.append(to_server)
            self._open.add(to_server)
            await asyncio.gather(
                self._pass(_messages(client, starts=True), to_server, writers),
                self._pass(_messages(server), to_client, writers),
            )
        finally:
            for writer in writers:
                writer.transport.abort()
                self._open.discard(writer)

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        parts = conninfo_to_dict(self._real)
        host, port = str(parts.get("host") or "localhost"), int(str(parts.get("port") or _DEFAULT_PORT))
        if host.startswith("/"):
            return await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        return await asyncio.open_connection(host, port)

    async def _pass(
        self, messages: AsyncIterator[bytes], other: asyncio.StreamWriter, both: list[asyncio.StreamWriter]
    ) -> None:
        async for message in messages:
            self.seen += 1
            is_last = self.seen == self.cut_at and not self.is_cut
            if not (is_last and self.loses_it):
                other.write(message)
                await other.drain()
            if is_last:
                self.is_cut = True
                if not self.loses_it:
                    other.close()  # what is on its way still arrives
                    await asyncio.sleep(0.005)
                self._cut(both if self.is_alone else self._open)
                return
        other.transport.abort()

    def _cut(self, writers: Iterable[asyncio.StreamWriter]) -> None:
        for writer in writers:
            writer.transport.abort()


async def _messages(stream: asyncio.StreamReader, *, starts: bool = False) -> AsyncIterator[bytes]:
    """One message after the other; the first that a client sends has no kind."""
    kind = 0 if starts else 1
    try:
        while True:
            head = await stream.readexactly(kind + _HEADER)
            yield head + await stream.readexactly(int.from_bytes(head[kind:]) - _HEADER)
            kind = 1
    except (asyncio.IncompleteReadError, ConnectionError):
        return
