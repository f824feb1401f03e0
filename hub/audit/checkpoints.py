"""Checkpoints: the tree's root, signed, stored, and remembered outside the database too.

A log must never sign a checkpoint that is not a continuation of every earlier one. The last is kept in a file of the
data folder before it is stored, so a database restored from an older backup is noticed and nothing more is signed.
No checkpoint carries a time: that somebody saw it at a time is what witnesses say.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hub.audit.log_key import LogKeys
from hub.audit.merkle import TILE
from hub.audit.note import Checkpoint, Note, PublicKey, parse_checkpoint, parse_note, sign, sign_sm3, signed_by
from hub.audit.sequencer import take_log_lock
from hub.audit.tree import SM3, Connection, StoredTree
from hub.errors import LogError


@dataclass(frozen=True, slots=True)
class StoredCheckpoint:
    """A checkpoint as the database holds it."""

    checkpoint: Checkpoint
    note: Note


def last_checkpoint(connection: Connection, county: str) -> StoredCheckpoint | None:
    """The newest stored checkpoint."""
    found = connection.execute(
        "select note from audit.checkpoint where county = %s order by checkpoint_id desc limit 1", (county,)
    ).fetchone()
    return None if found is None else parse_stored(found[0])


def parse_stored(text: str) -> StoredCheckpoint:
    """A checkpoint from the text it is stored as."""
    note = parse_note(text)
    return StoredCheckpoint(parse_checkpoint(note), note)


@dataclass(frozen=True, slots=True)
class Signer:
    """What a log signs with: its name, its keys, where it remembers the last checkpoint, and whether by SM3 too."""

    origin: str
    keys: LogKeys
    memory: Path
    with_sm3: bool = False

    def sign_newest(self, connection: Connection, county: str) -> Checkpoint | None:
        """Sign and store the tree as it is; None if that is done already, or another sequencer is at it.

        Raises ``LogError``: LOG_ROLLED_BACK, LOG_KEY_FOREIGN.
        """
        with connection.transaction():
            if not take_log_lock(connection, county):
                return None
            tree = StoredTree(connection, county)
            size = tree.head().size
            stored = last_checkpoint(connection, county)
            if stored is not None:
                self._refuse_foreign(stored.note)
                self._refuse_rolled_back(tree, size, stored.checkpoint, "the database")
            # Where the setting is new, roots by SM3 of what is there already are made first, over several steps.
            with_sm3 = self.with_sm3 and tree.completed(SM3) // TILE == size // TILE
            wanted = [key.public for key in self.keys.signing] + ([self.keys.for_sm3.public] if with_sm3 else [])
            if size == 0 or (stored is not None and stored.checkpoint.size == size and _has(stored.note, wanted)):
                return None
            remembered = self._remembered()
            if remembered is not None:
                self._refuse_rolled_back(tree, size, remembered, "the data folder")
            checkpoint = Checkpoint(self.origin, size, tree.root(size))
            note = f"{checkpoint.text()}\n" + "".join(sign(checkpoint, key) for key in self.keys.signing)
            if with_sm3:
                note += sign_sm3(checkpoint, tree.root(size, SM3), self.keys.for_sm3)
            self._remember(note)
            connection.execute(
                "insert into audit.checkpoint (county, size, note) values (%s, %s, %s)", (county, size, note)
            )
            return checkpoint

    def _refuse_foreign(self, note: Note) -> None:
        if not signed_by(note, self.keys.known):
            raise LogError(
                "LOG_KEY_FOREIGN",
                "The last checkpoint in the database was signed by a key that is not in this data folder.",
                "Copy keys/log-*.pem and keys/log-*.vkey from where the log was signed before, or from a backup.",
            )

    def _refuse_rolled_back(self, tree: StoredTree, size: int, earlier: Checkpoint, where: str) -> None:
        if earlier.origin != self.origin:
            raise LogError(
                "LOG_ORIGIN_OTHER",
                f"The last checkpoint is of the log {earlier.origin!r}, and HUB_LOG_ORIGIN is {self.origin!r}.",
                "A log keeps its name: set HUB_LOG_ORIGIN back.",
            )
        if earlier.size > size or tree.root(earlier.size) != earlier.root:
            raise LogError(
                "LOG_ROLLED_BACK",
                f"The disclosure log holds {size} entries and is no continuation of the checkpoint over {earlier.size} "
                f"entries that {where} remembers; nothing is signed.",
                "The database was restored from an older backup, or changed. Run `hub audit verify`, and restore a "
                "database that is newer than that checkpoint.",
                status=503,
            )

    def _remembered(self) -> Checkpoint | None:
        try:
            text = self.memory.read_text("utf-8")
        except FileNotFoundError:
            return None
        note = parse_note(text)
        self._refuse_foreign(note)
        return parse_checkpoint(note)

    def _remember(self, note: str) -> None:
        write_durably(self.memory, note.encode())


def _has(note: Note, wanted: Sequence[PublicKey]) -> bool:
    """Whether all that sign now have signed: after a change of key the newest checkpoint is signed again."""
    return {key.key_id for key in wanted} <= {item.key_id for item in note.signatures}


def write_durably(path: Path, data: bytes) -> None:
    """Replace ``path`` with ``data``, so that after a power cut it holds the old or the new, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
