"""The composition root of proving: the disclosure log's tree, keys, witnesses and settings come together here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import UUID

import psycopg

from hub.audit import expiry
from hub.audit.checkpoints import Signer, last_checkpoint
from hub.audit.cosigning import Registered
from hub.audit.gate import BELIEVE_AFTER_SECONDS, DisclosureGate, Limits
from hub.audit.log_key import LogKeys, known_keys, log_keys
from hub.audit.note import PublicKey, parse_checkpoint, parse_key, parse_note, trusted_checkpoint
from hub.audit.prove import prove, with_cosignatures
from hub.audit.public_log import PublicLog
from hub.audit.sequencer import sequence_once
from hub.audit.standing import Standing, log_standing
from hub.audit.subject_index import index_once
from hub.audit.tree import SHA256, SM3, Connection, open_log
from hub.audit.verify import Findings, Trusted, Watch
from hub.audit.verify import verify as verify_all
from hub.errors import HubError, SettingError
from hub.settings import Settings
from hub.storage.migrate import require_newest
from hub.storage.roles import DatabaseRole
from hub.storage.server import DatabaseServer

_KEYS = "keys"
_MEMORY = Path("log") / "checkpoint"
_STEP_SECONDS = 1.0
_BLOCKS_AT_ONCE = 20  # of the index: checkpoints must not wait while a long log is indexed


def keys_folder(settings: Settings) -> Path:
    """Where the log's keys lie."""
    return settings.home / _KEYS


def keys_of(settings: Settings) -> LogKeys:
    """The log's keys; the first is made on first use."""
    return log_keys(keys_folder(settings), settings.log_name)


def witness_keys(settings: Settings) -> tuple[PublicKey, ...]:
    """The registered witnesses. Raises ``LogError`` LOG_KEY_INVALID."""
    return tuple(parse_key(text) for text in settings.log_witnesses.split(",") if text.strip())


def _memory(settings: Settings) -> Path:
    return settings.home / _MEMORY


def _auditing(settings: Settings, server: DatabaseServer) -> Connection:
    return open_log(server.conninfo(DatabaseRole.AUDIT), settings.county)


def gate_of(settings: Settings, server: DatabaseServer, *, for_command: bool = False) -> DisclosureGate:
    """What stops disclosing when the log is not in order. ``for_command``: at its first look, without waiting."""
    conninfo = server.conninfo(DatabaseRole.API)
    limits = Limits(
        settings.log_lag_minutes * 60,
        settings.log_witness_hours * 3600,
        at_disagreement=settings.log_stop_on_disagreement,
    )
    return DisclosureGate(
        lambda: open_log(conninfo, settings.county, serving=True),
        settings.county,
        witness_keys(settings),
        limits,
        believe_after=0 if for_command else BELIEVE_AFTER_SECONDS,
    )


def public_log(settings: Settings, server: DatabaseServer) -> PublicLog:
    """What /log serves."""
    return PublicLog(
        server.conninfo(DatabaseRole.API),
        server.conninfo(DatabaseRole.LOG),
        settings.county,
        Registered(settings.log_name, witness_keys(settings)),
    )


@dataclass(slots=True)
class Sequencer:
    """Takes what is new into the tree, and signs at least every ``log_checkpoint_seconds`` while there is something."""

    settings: Settings
    server: DatabaseServer
    report: Callable[[str], None]
    clock: Callable[[], float] = monotonic
    is_ending: bool = False
    _connection: Connection | None = None
    _signed_at: float | None = None
    _said: str = ""

    def step(self) -> None:
        """One look; what goes wrong is reported once, and tried again at the next."""
        try:
            if self._connection is None or self._connection.closed:
                self._connection = _auditing(self.settings, self.server)
            self.catch_up(self._connection)
        except (HubError, psycopg.Error, OSError) as error:
            self._say(f"LOG {error}" if isinstance(error, HubError) else f"LOG missed a step ({type(error).__name__})")
            self.close()
        else:
            self._say("")

    def catch_up(self, connection: Connection) -> None:
        """Take in all there is, sign it if the last checkpoint is old enough, and index it. Raises ``HubError``."""
        settings = self.settings
        algorithms = (SHA256, SM3) if settings.log_sm3 else (SHA256,)
        while sequence_once(connection, settings.county, algorithms=algorithms).appended:
            if self.is_ending:
                return
        if self._signed_at is None or self.clock() - self._signed_at >= settings.log_checkpoint_seconds:
            signer = Signer(settings.log_name, keys_of(settings), _memory(settings), settings.log_sm3)
            if signer.sign_newest(connection, settings.county) is not None:
                self._signed_at = self.clock()
        for _ in range(_BLOCKS_AT_ONCE):
            if self.is_ending or not index_once(connection, settings.county):
                break

    def _say(self, line: str) -> None:
        if line and line != self._said:
            self.report(line)
        self._said = line

    def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


async def sequence_always(settings: Settings, server: DatabaseServer, report: Callable[[str], None]) -> None:
    """The sequencer of a working hub, until it is cancelled."""
    sequencer = Sequencer(settings, server, report)
    try:
        while True:
            step = asyncio.create_task(asyncio.to_thread(sequencer.step))
            try:
                await asyncio.shield(step)
            finally:
                # A thread cannot be cancelled: it is let finish what it has begun.
                sequencer.is_ending = not step.done()
                await step
            await asyncio.sleep(_STEP_SECONDS)
    finally:
        sequencer.close()


def sequence_now(settings: Settings, server: DatabaseServer) -> Standing:
    """Take in and sign what there is, once. Raises ``HubError``."""
    require_newest(server.conninfo(DatabaseRole.AUDIT))
    with closing(_auditing(settings, server)) as connection:
        Sequencer(settings, server, lambda _: None).catch_up(connection)
        return log_standing(connection, settings.county, witness_keys(settings))


def standing_of_log(settings: Settings, server: DatabaseServer) -> Standing:
    """How the log stands."""
    with closing(_auditing(settings, server)) as connection:
        return log_standing(connection, settings.county, witness_keys(settings))


def proof_of(settings: Settings, server: DatabaseServer, entry_id: UUID) -> dict[str, Any]:
    """The bundle that proves one entry."""
    require_newest(server.conninfo(DatabaseRole.AUDIT))
    with closing(_auditing(settings, server)) as connection:
        return prove(connection, settings.county, entry_id)


def verify(
    settings: Settings,
    server: DatabaseServer,
    watch: Watch,
    *,
    since: Path | None = None,
    mirror: Path | None = None,
    keys: tuple[str, ...] = (),
) -> Findings:
    """Recompute the log, from the checkpoint in the file ``since`` on; ``keys`` are trusted instead of the folder's."""
    require_newest(server.conninfo(DatabaseRole.AUDIT))
    known = tuple(parse_key(key) for key in keys) or known_keys(keys_folder(settings)).known
    if not known:
        raise SettingError(
            "LOG_KEY_UNKNOWN",
            "No public key of the log is known here.",
            "Give --key with what `hub audit key` prints where the hub works, or copy its keys/log-*.vkey.",
        )
    memory = _memory(settings)
    trusted = Trusted(
        known,
        trusted_checkpoint(_read(since), settings.log_name, known)[0] if since else None,
        parse_checkpoint(parse_note(_read(memory))) if memory.exists() else None,
        mirror,
        timedelta(minutes=settings.log_lag_minutes),
        timedelta(days=365 * settings.log_years),
    )
    with closing(_auditing(settings, server)) as connection:
        return verify_all(connection, settings.county, trusted, watch)


def newest_note(settings: Settings, server: DatabaseServer) -> str:
    """The newest checkpoint with its cosignatures."""
    with closing(_auditing(settings, server)) as connection:
        stored = last_checkpoint(connection, settings.county)
        return "" if stored is None else str(with_cosignatures(connection, settings.county, stored))


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise SettingError("LOG_NOTE_UNREADABLE", f"{path.name} cannot be read.", "Name a file with a note.") from None


def expire(settings: Settings, server: DatabaseServer, *, dry_run: bool = False) -> list[tuple[date, int]]:
    """Drop the months that are older than HUB_LOG_YEARS; their first days and how many entries each had."""
    require_newest(server.conninfo(DatabaseRole.AUDIT))
    with closing(_auditing(settings, server)) as connection:
        return expiry.expire(connection, server.owner, settings.county, settings.log_years, dry_run=dry_run)
