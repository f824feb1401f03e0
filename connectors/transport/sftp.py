"""Files dropped on an SFTP server: its key is pinned, each file is fetched whole, then read as from a folder."""

from __future__ import annotations

import base64
import hashlib
import hmac
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, ParamSpec, TypeVar

import paramiko
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from connectors.reader.archive import refuse_without_room
from connectors.source import wanted
from connectors.transport.folder import FileForm, FolderConnector, checksum_names, names_of, not_whole
from connectors.transport.spool import Spool
from hub.catalog.dataset import Agency
from hub.errors import SettingError, SourceError
from hub.sync.connector import Delivery
from hub.sync.handover import Due

_ATTEMPTS = 5
_LONGEST_WAIT_SECONDS = 60.0
# What one request of the protocol brings; a larger block would be lost as a whole when the transfer breaks.
_BLOCK = 1 << 15
# What is fetched again before a broken transfer goes on, to see that it goes on in the same file.
_OVERLAP = 1 << 15

_P = ParamSpec("_P")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class SftpServer:
    """Where the files lie and how the hub logs in: by ``private_key`` (a file), else by ``password``.

    ``host_keys``: the server's fingerprints as ``ssh-keygen -l`` shows them (``SHA256:…``), any of which will do.
    ``settle_seconds``: a file must stay unchanged this long before it counts as whole; servers tell time in seconds.
    ``first_wait_seconds``: the pause before the first retry; it doubles from there, with jitter.
    """

    host: str
    user: str
    folder: str
    host_keys: tuple[str, ...]
    port: int = 22
    password: str = field(default="", repr=False)
    private_key: Path | None = None
    timeout_seconds: float = 30.0
    first_wait_seconds: float = 0.5
    settle_seconds: float = 2.0


@dataclass(frozen=True, slots=True)
class _Seen:
    """A file as the server listed it; any difference means somebody is writing it."""

    size: int
    modified: int

    @staticmethod
    def of(attributes: paramiko.SFTPAttributes) -> _Seen:
        return _Seen(attributes.st_size or 0, int(attributes.st_mtime or 0))


class _WrongHostKeyError(Exception):
    """The server is not the one that was agreed on."""


class _Pinned(paramiko.MissingHostKeyPolicy):
    """No key is known beforehand, so every one comes here and is held against the pinned fingerprints."""

    def __init__(self, fingerprints: tuple[str, ...]) -> None:
        self._fingerprints = fingerprints

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:  # noqa: ARG002
        digest = base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")
        if not any(hmac.compare_digest(f"SHA256:{digest}", pinned.rstrip("=")) for pinned in self._fingerprints):
            raise _WrongHostKeyError


class SftpConnector:
    """One agency's folder on an SFTP server. The files lie in a private temporary folder until the connector goes."""

    def __init__(self, agency: Agency, server: SftpServer, forms: tuple[FileForm, ...]) -> None:
        self.agency = agency
        self._server = server
        self._forms = forms
        self._spool = Spool()

    def deliveries(self, due: Due) -> Iterator[Delivery]:
        """One delivery per file, by form and then by name; all of them are fetched before the first is handed over.

        Raises ``SourceError`` if the server cannot be reached or is another one, a form that is due has no file, a
        file is not whole, or a transfer stays broken.
        """
        forms = [form for form in self._forms if wanted(form.mappings, due)]
        if not forms:
            return
        for old in self._spool.path.iterdir():
            old.unlink()
        listed = self._retrying(self._list)
        time.sleep(self._server.settle_seconds)
        names = list(dict.fromkeys(name for form in forms for some in self._names(form, listed) for name in some))
        names += [beside for name in names for beside in checksum_names(name) if beside in listed]
        for name in names:
            self._retrying(self._fetch, name, listed[name])
        yield from FolderConnector(self.agency, self._spool.path, self._forms, settle_seconds=0.0).deliveries(due)

    def _names(self, form: FileForm, listed: dict[str, _Seen]) -> tuple[list[str], list[str]]:
        bare, archives = names_of(form, list(listed), self.agency)
        for name in bare + archives:
            if not listed[name].size:
                raise not_whole(name, "is empty")
        return bare, archives

    def _list(self) -> dict[str, _Seen]:
        """The files of the folder by name; folders and links are no files."""
        with self._session() as session:
            try:
                entries = session.listdir_attr(self._server.folder)
            except (FileNotFoundError, PermissionError) as failure:
                raise SourceError(
                    "SOURCE_FOLDER_UNREADABLE",
                    f"The folder of {self.agency} on its SFTP server cannot be read ({failure.strerror or 'refused'}).",
                    "Check the setting of the folder, and the rights of the hub's account there.",
                ) from None
            files = [entry for entry in entries if stat.S_ISREG(entry.st_mode or 0)]
            if any(set("/\\\0") & set(entry.filename) for entry in files):
                raise SourceError(
                    "SOURCE_NAME_UNSAFE",
                    f"The SFTP server of {self.agency} lists a file whose name leads out of its folder.",
                    "Nothing was fetched. Ask the agency who runs the server; such names are made by attackers.",
                )
            return {entry.filename: _Seen.of(entry) for entry in files}

    def _fetch(self, name: str, seen: _Seen) -> None:
        """Fetch a file, or the rest of one whose transfer broke off; it must stay what was listed all along."""
        path, target = f"{self._server.folder.rstrip('/')}/{name}", self._spool.path / name
        with self._session() as session:
            if _seen(session, path, name) != seen:
                raise not_whole(name, "is still being written")
            with self._opened(session, path, name) as remote, target.open("a+b") as local:
                # One request at a time: the client's read-ahead is a thread of its own, whose errors nobody catches.
                remote.seek(_resumed_at(remote, local))
                # Never beyond the size that was listed: a file that grows has no end.
                while block := remote.read(min(_BLOCK, seen.size - remote.tell())):
                    local.write(block)
            if _seen(session, path, name) != seen:
                raise not_whole(name, "changed while it was fetched")
        if target.stat().st_size != seen.size:
            # The server ended the file early; the next attempt goes on from here.
            raise EOFError

    def _opened(self, session: paramiko.SFTPClient, path: str, name: str) -> paramiko.SFTPFile:
        try:
            return session.open(path, "rb")
        except PermissionError:
            raise SourceError(
                "SOURCE_FILE_UNREADABLE",
                f"The SFTP server of {self.agency} does not let the hub's account read {name}.",
                "Nothing was loaded. Ask the agency for the right to read it.",
            ) from None

    def _key(self) -> paramiko.PKey | None:
        """The account's private key, without which it logs in by password."""
        path = self._server.private_key
        if path is None:
            return None
        try:
            return paramiko.PKey.from_path(path)
        # What the file holds and does not yield a key: no key, one under a passphrase, one of a kind nobody knows.
        except (OSError, ValueError, TypeError, paramiko.SSHException, paramiko.pkey.UnknownKeyType):
            raise SettingError(
                "SETTING_SOURCE_KEY",
                f"The file with the key of {self.agency}'s SFTP account cannot be read, or holds no usable key.",
                "Check that it exists, that this user may read it, and that it is a private key without a passphrase.",
            ) from None

    @contextmanager
    def _session(self) -> Iterator[paramiko.SFTPClient]:
        server = self._server
        key = self._key()
        with paramiko.SSHClient() as client:
            client.set_missing_host_key_policy(_Pinned(server.host_keys))
            client.connect(
                server.host,
                server.port,
                server.user,
                password=None if key else server.password,
                pkey=key,
                timeout=server.timeout_seconds,
                banner_timeout=server.timeout_seconds,
                auth_timeout=server.timeout_seconds,
                # Nothing of the account the hub runs under: what is trusted is what is set.
                allow_agent=False,
                look_for_keys=False,
            )
            with client.open_sftp() as session:
                if (channel := session.get_channel()) is not None:
                    channel.settimeout(server.timeout_seconds)
                yield session

    def _retrying(self, step: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Do ``step`` again while its failures may pass; the refusals carry no address and no words of the server."""
        first = self._server.first_wait_seconds
        retrying = Retrying(
            retry=retry_if_exception(_is_passing),
            stop=stop_after_attempt(_ATTEMPTS),
            wait=wait_exponential_jitter(multiplier=first, max=_LONGEST_WAIT_SECONDS, jitter=first),
            reraise=True,
        )
        try:
            return retrying(step, *args, **kwargs)
        except _WrongHostKeyError:
            raise SourceError(
                "SOURCE_HOST_KEY",
                f"The SFTP server of {self.agency} shows another key than the one that was agreed on.",
                "Nothing was sent. Ask the agency for its new fingerprint by another way; this may be an attack.",
            ) from None
        except paramiko.AuthenticationException:
            raise SourceError(
                "SOURCE_LOGIN_REFUSED",
                f"The SFTP server of {self.agency} refuses the hub's account.",
                "Check account, key or password with the agency.",
            ) from None
        except (paramiko.SSHException, EOFError, OSError) as failure:
            refuse_without_room(failure, f"what the SFTP server of {self.agency} holds")
            raise SourceError(
                "SOURCE_UNREACHABLE",
                f"The SFTP server of {self.agency} cannot be reached, or breaks off ({type(failure).__name__}).",
                "Nothing was loaded; run the sync again. If it stays so, check the address and ask the agency.",
            ) from None


def _is_passing(failure: BaseException) -> bool:
    final = isinstance(failure, paramiko.AuthenticationException | paramiko.PasswordRequiredException)
    return isinstance(failure, paramiko.SSHException | EOFError | OSError) and not final


def _seen(session: paramiko.SFTPClient, path: str, name: str) -> _Seen:
    try:
        return _Seen.of(session.stat(path))
    except FileNotFoundError:
        raise not_whole(name, "was taken away while it was looked at") from None


def _resumed_at(remote: paramiko.SFTPFile, local: BinaryIO) -> int:
    """Where a transfer goes on: at the end of what is there, if its last bytes are the same; else at the beginning."""
    have = local.seek(0, 2)
    start = max(have - _OVERLAP, 0)
    local.seek(start)
    kept = local.read()
    remote.seek(start)
    if kept and remote.read(len(kept)) != kept:
        local.truncate(0)
        return 0
    return have
