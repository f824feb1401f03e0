"""What witnesses send: cosignatures and objections. Only registered keys are heard, and only about this log.

An objection is a note that the witness signs. It holds the checkpoint the witness kept and the one it was shown, each
signed by the log: two that contradict each other prove to anyone that the log was rewritten.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hub.audit.note import (
    Checkpoint,
    Note,
    PublicKey,
    SigningKey,
    cosigned_at,
    parse_checkpoint,
    parse_note,
)
from hub.audit.tree import Connection
from hub.clock import now
from hub.errors import LogError

_TITLE = "relief-credit-hub/disagreement/v1"
_FURTHEST_AHEAD = timedelta(minutes=5)
_LINES = 7


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A witness's objection: why (a code), from which leaf on if it knows, the checkpoint it kept and the one shown."""

    origin: str
    seconds: int
    code: str
    index: int | None
    kept: str
    shown: str

    def text(self) -> str:
        """The lines that are signed."""
        index = "-" if self.index is None else self.index
        kept, shown = (base64.b64encode(part.encode()).decode() for part in (self.kept, self.shown))
        return (
            f"{_TITLE}\n{self.origin}\ntime {self.seconds}\ncode {self.code}\nindex {index}\n"
            f"kept {kept}\nshown {shown}\n"
        )

    def signed(self, key: SigningKey) -> str:
        """The objection as the note that is sent."""
        text = self.text()
        return f"{text}\n{key.line(key.private.sign(text.encode()))}"


def parse_disagreement(text: str, key: PublicKey) -> Disagreement:
    """An objection that ``key`` signed; LOG_NOTE_MALFORMED or LOG_COSIGNATURE_WRONG otherwise."""
    note = parse_note(text)
    if not any(
        _is_by(item.name, item.key_id, key) and key.holds(item.data, note.text.encode()) for item in note.signatures
    ):
        raise _wrong()
    lines = note.text.splitlines()
    words = [line.partition(" ")[2] for line in lines]
    if len(lines) != _LINES or lines[0] != _TITLE:
        raise _malformed()
    try:
        kept, shown = (base64.b64decode(word, validate=True).decode() for word in words[5:])
        index = None if words[4] == "-" else int(words[4])
        return Disagreement(lines[1], int(words[2]), words[3], index, kept, shown)
    except (binascii.Error, ValueError):
        raise _malformed() from None


def _malformed() -> LogError:
    return LogError("LOG_NOTE_MALFORMED", "This is no witness's objection.", "Use `hub audit witness`.", status=400)


@dataclass(frozen=True, slots=True)
class Registered:
    """The witnesses an operator has registered, and the log they watch."""

    origin: str
    keys: tuple[PublicKey, ...]

    def take_cosignature(self, reading: Connection, writing: Connection, county: str, text: str) -> datetime:
        """Store the cosignature in ``text``, a checkpoint with a witness's line; when the witness signed."""
        note = parse_note(text)
        checkpoint = parse_checkpoint(note)
        key = self._key_of(note)
        if not _is_stored(reading, county, checkpoint):
            raise LogError(
                "LOG_CHECKPOINT_UNKNOWN",
                "The log has no such checkpoint.",
                "Cosign what GET /log/checkpoint serves; if it was served, report the disagreement.",
                status=404,
            )
        found = [(item, cosigned_at(checkpoint, item, key)) for item in note.signatures]
        held = [(item, seconds) for item, seconds in found if seconds is not None]
        if not held:
            raise _wrong()
        item, seconds = held[0]
        moment = _moment(seconds)
        if _is_replayed(reading, county, key, moment):
            return moment
        line = str(Note("", (item,))).lstrip("\n")
        writing.execute(
            "insert into audit.cosignature (county, witness, size, line, cosigned_at) values (%s, %s, %s, %s, %s)",
            (county, str(key), checkpoint.size, line, moment),
        )
        return moment

    def take_disagreement(self, writing: Connection, county: str, text: str) -> Disagreement:
        """Store a witness's objection."""
        key = self._key_of(parse_note(text))
        found = parse_disagreement(text, key)
        if found.origin != self.origin:
            raise _wrong()
        writing.execute(
            "insert into audit.disagreement (county, witness, report, reported_at) values (%s, %s, %s, %s)",
            (county, str(key), text, _moment(found.seconds)),
        )
        return found

    def _key_of(self, note: Note) -> PublicKey:
        for item in note.signatures:
            for key in self.keys:
                if _is_by(item.name, item.key_id, key):
                    return key
        raise LogError(
            "LOG_WITNESS_UNKNOWN",
            "No registered witness signed this.",
            "Have the operator add the public key to HUB_LOG_WITNESSES.",
            status=403,
        )


def _is_by(name: str, key_id: bytes, key: PublicKey) -> bool:
    return (name, key_id) == (key.name, key.key_id)


def _wrong() -> LogError:
    return LogError(
        "LOG_COSIGNATURE_WRONG",
        "The witness's signature is not over this.",
        "Sign it again with the registered key.",
        status=400,
    )


def _moment(seconds: int) -> datetime:
    """The witness's clock, if it is not far ahead of this one; what lies back is judged by when it arrives."""
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        moment = datetime.max.replace(tzinfo=UTC)
    if moment - now() > _FURTHEST_AHEAD:
        raise LogError(
            "LOG_COSIGNATURE_EARLY",
            "The witness signed at a time that is still to come.",
            "Set the witness's clock.",
            status=400,
        )
    return moment


def _is_replayed(reading: Connection, county: str, key: PublicKey, moment: datetime) -> bool:
    """Whether this key has cosigned later: an old cosignature sent again is no news of the witness."""
    found = reading.execute(
        "select max(cosigned_at) from audit.cosignature where county = %s and witness = %s", (county, str(key))
    ).fetchone()
    return found is not None and found[0] is not None and bool(moment <= found[0])


def _is_stored(reading: Connection, county: str, checkpoint: Checkpoint) -> bool:
    rows: Sequence[tuple[str]] = reading.execute(
        "select note from audit.checkpoint where county = %s and size = %s", (county, checkpoint.size)
    ).fetchall()
    return any(parse_note(text).text == checkpoint.text() for (text,) in rows)
