"""What proves an entry to somebody who has only the log's public key: entry, place, way to the root, signed root."""

from __future__ import annotations

import base64
from typing import Any
from uuid import UUID

from hub.audit.checkpoints import StoredCheckpoint, parse_stored
from hub.audit.entry import COLUMNS, Entry, encode, entry_of, leaf_hash, milliseconds_of
from hub.audit.merkle import inclusion_proof, root_of_inclusion
from hub.audit.note import Note, parse_signature
from hub.audit.tree import Connection, StoredTree
from hub.errors import LogError

FORMAT = "relief-credit-hub proof 1"


def prove(connection: Connection, county: str, entry_id: UUID) -> dict[str, Any]:
    """The bundle for one entry, ready for JSON.

    Raises ``LogError``: LOG_ENTRY_UNKNOWN, LOG_ENTRY_WAITING if no checkpoint covers it yet, LOG_ENTRY_CHANGED if it is
    not what was signed.
    """
    entry, xid = _read(connection, county, entry_id)
    tree = StoredTree(connection, county)
    index = tree.index_of(entry_id, xid)
    signed = None if index is None else _covering(connection, county, index)
    if index is None or signed is None:
        raise LogError(
            "LOG_ENTRY_WAITING",
            "The entry is committed, and no checkpoint covers it yet.",
            "Ask again in some seconds; if it stays so, `hub work` does not run.",
            status=503,
        )
    size = signed.checkpoint.size
    proof = inclusion_proof(index, size, tree.stored())
    if root_of_inclusion(leaf_hash(encode(entry)), index, size, proof) != signed.checkpoint.root:
        raise LogError(
            "LOG_ENTRY_CHANGED",
            "The entry is not what was signed; there is no proof of what it says now.",
            "Run `hub audit verify`: the log was tampered with.",
        )
    return {
        "format": FORMAT,
        "entry": shown(entry),
        "index": index,
        "proof": [base64.b64encode(item).decode() for item in proof],
        "checkpoint": str(with_cosignatures(connection, county, signed)),
    }


def shown(entry: Entry) -> dict[str, Any]:
    """An entry for JSON: its columns by name and in their order; bytes in hex, ids in their usual form."""
    return {name: _shown(getattr(entry, name)) for name in COLUMNS}


def _shown(value: object) -> object:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, tuple):
        return [_shown(item) for item in value]
    return str(value) if isinstance(value, UUID) else value


def _read(connection: Connection, county: str, entry_id: UUID) -> tuple[Entry, int]:
    found = connection.execute(
        f"select {', '.join(COLUMNS)}, xid::text::bigint from audit.disclosure "  # noqa: S608  # names only
        "where county = %s and disclosed_at = to_timestamp(%s::bigint / 1000.0) and entry_id = %s",
        (county, milliseconds_of(entry_id), entry_id),
    ).fetchone()
    if found is None:
        raise LogError(
            "LOG_ENTRY_UNKNOWN",
            "There is no such entry in the disclosure log.",
            "Give the entry of a receipt; entries older than HUB_LOG_YEARS may have been dropped.",
            status=404,
        )
    return entry_of(found[:-1]), found[-1]


def _covering(connection: Connection, county: str, index: int) -> StoredCheckpoint | None:
    """A checkpoint over the leaf: the newest that a witness cosigned, or else the newest."""
    cosigned = connection.execute(
        "select max(size) from audit.cosignature where county = %s and size > %s", (county, index)
    ).fetchone()
    found = connection.execute(
        "select note from audit.checkpoint where county = %s and size = coalesce(%s, size) and size > %s "
        "order by checkpoint_id desc limit 1",
        (county, cosigned[0] if cosigned else None, index),
    ).fetchone()
    return None if found is None else parse_stored(found[0])


def with_cosignatures(connection: Connection, county: str, stored: StoredCheckpoint) -> Note:
    """The checkpoint's note, and the newest line of each witness that cosigned it."""
    rows = connection.execute(
        "select distinct on (witness) line from audit.cosignature where county = %s and size = %s "
        "order by witness, cosignature_id desc",
        (county, stored.checkpoint.size),
    ).fetchall()
    return Note(stored.note.text, (*stored.note.signatures, *(parse_signature(line) for (line,) in rows)))
