"""A real SFTP server (asyncssh) on a port of this machine, that can be told to break off."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh

from connectors.transport.sftp import SftpServer

PASSWORD = "geheim"


@dataclass
class Dropbox:
    """``break_after`` bytes of reading the connection is cut, ``breaks`` times; ``on_read`` is called at each read.

    In the middle of listing it is cut ``list_breaks`` times; ``locked`` names cannot be opened.
    """

    folder: Path
    user_key: asyncssh.SSHKey
    host_key: asyncssh.SSHKey
    port: int = 0
    break_after: int = 0
    breaks: int = 0
    list_breaks: int = 0
    locked: list[str] = field(default_factory=list)
    invented: list[str] = field(default_factory=list)  # names it lists and does not have
    on_read: Callable[[], None] | None = None
    logins: int = 0
    read: int = 0
    reads: list[int] = field(default_factory=list)
    connections: list[asyncssh.SSHServerConnection] = field(default_factory=list)

    def server(self, **changes: object) -> SftpServer:
        address: dict[str, object] = {
            "host": "127.0.0.1",
            "port": self.port,
            "user": "hub",
            "folder": "/下发",
            "host_keys": (self.host_key.get_fingerprint(),),
            "password": PASSWORD,
            "first_wait_seconds": 0.01,
            "settle_seconds": 0.0,
            "timeout_seconds": 20.0,
        }
        return SftpServer(**(address | changes))  # type: ignore[arg-type]


class Login(asyncssh.SSHServer):
    """One account, by password or key."""

    def __init__(self, box: Dropbox) -> None:
        self._box = box

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._box.connections.append(conn)

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        self._box.logins += 1
        return (username, password) == ("hub", PASSWORD)

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        self._box.logins += 1
        return username == "hub" and key.public_data == self._box.user_key.public_data


class Files(asyncssh.SFTPServer):
    """The folder as the account's root; reading may be cut."""

    def __init__(self, box: Dropbox, channel: asyncssh.SSHServerChannel[bytes]) -> None:
        super().__init__(channel, chroot=str(box.folder).encode())
        self._box = box

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        async for entry in super().scandir(path):
            yield entry
        if self._box.list_breaks:
            self._box.list_breaks -= 1
            self.channel.get_connection().abort()
            raise asyncssh.SFTPConnectionLost("cut")
        for name in self._box.invented:
            yield asyncssh.SFTPName(name.encode(), attrs=asyncssh.SFTPAttrs(size=1, permissions=0o100644, mtime=0))

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        if path.decode().rpartition("/")[2] in self._box.locked:
            raise asyncssh.SFTPPermissionDenied("no")
        return super().open(path, pflags, attrs)

    def read(self, file_obj: object, offset: int, size: int) -> bytes:
        box = self._box
        if box.on_read is not None:
            box.on_read()
        if box.breaks and box.read >= box.break_after:
            box.breaks -= 1
            box.read = 0
            self.channel.get_connection().abort()
            raise asyncssh.SFTPConnectionLost("cut")
        box.read += size
        box.reads.append(offset)
        return bytes(super().read(file_obj, offset, size))  # type: ignore[arg-type]


@contextmanager
def serving(folder: Path) -> Iterator[Dropbox]:
    """The server with ``folder`` as its root."""
    box = Dropbox(folder, asyncssh.generate_private_key("ssh-ed25519"), asyncssh.generate_private_key("ssh-ed25519"))
    loop = asyncio.new_event_loop()
    ready, stop = threading.Event(), asyncio.Event()

    async def run() -> None:
        listener = await asyncssh.create_server(
            lambda: Login(box),
            "127.0.0.1",
            0,
            server_host_keys=[box.host_key],
            sftp_factory=lambda channel: Files(box, channel),
            allow_scp=False,
        )
        box.port = listener.get_port()
        ready.set()
        await stop.wait()
        listener.close()
        await listener.wait_closed()
        for connection in box.connections:
            connection.abort()
            await connection.wait_closed()
        await asyncio.sleep(0.01)

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()))
    thread.start()
    assert ready.wait(20)
    try:
        yield box
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(20)
        loop.close()
