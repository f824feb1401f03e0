"""One entry of the disclosure log, and the bytes it is proved by.

The bytes are made from the columns of ``audit.disclosure`` alone, all but ``xid``, which only gives the order: a
column that was changed gives other bytes, and so another leaf. ``docs/architecture.md`` describes them for those who
verify without the hub.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any
from uuid import UUID

VERSION = b"relief-credit-hub disclosure 1\n"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
ID_HEAD = b"b" + (16).to_bytes(4)  # what stands before an id where it is proved
_LEAF = b"\x00"  # RFC 6962: what is hashed of a leaf begins with it, of a node with 1


class Door(StrEnum):
    """Through which door something left the hub."""

    GRAPHQL = "GRAPHQL"
    EXPORT = "EXPORT"
    PAGE = "PAGE"
    EVENTS = "EVENTS"
    SHELL = "SHELL"
    COMMAND = "COMMAND"


class Outcome(StrEnum):
    """What became of a question."""

    ANSWERED = "ANSWERED"
    REFUSED = "REFUSED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of ``audit.disclosure`` without its ``xid``; the fields are its columns, in the order they are encoded.

    ``disclosed_at``: microseconds since 1970 UTC, whole milliseconds, the same as in ``entry_id`` (a UUID of version
    7). ``subjects``: pseudonyms of the households disclosed. ``fields`` were shown in clear, ``masked`` in part.
    """

    county: str
    disclosed_at: int
    entry_id: UUID
    door: str
    request_id: str
    part: int
    outcome: str
    code: str | None
    client: str | None
    staff: str | None
    role: str | None
    agency: str | None
    region: str | None
    purpose: str | None
    agreement: str | None
    token_id: str | None
    operation_name: str | None
    operation_digest: bytes | None
    dataset: str | None
    datasets: tuple[str, ...]
    fields: tuple[str, ...]
    masked: tuple[str, ...]
    row_count: int
    key_id: str | None
    subjects: tuple[UUID, ...]
    request_digest: bytes | None
    response_digest: bytes | None


COLUMNS = tuple(item.name for item in fields(Entry))


def new_entry_id(milliseconds: int) -> UUID:
    """A UUID of version 7 (RFC 9562) for an instant in milliseconds since 1970."""
    return UUID(bytes=new_entry_id_bytes(milliseconds))


def new_entry_id_bytes(milliseconds: int) -> bytes:
    """The same as its 16 bytes."""
    made = bytearray(milliseconds.to_bytes(6) + os.urandom(10))
    made[6] = made[6] & 0x0F | 0x70  # the version
    made[8] = made[8] & 0x3F | 0x80  # the variant
    return bytes(made)


def milliseconds_of(entry_id: UUID) -> int:
    """The instant in an entry's id: the entry's ``disclosed_at`` in milliseconds, which names its partition."""
    return entry_id.int >> 80


def entry_of(row: Sequence[Any]) -> Entry:
    """An entry from the columns ``COLUMNS`` as psycopg reads them."""
    held = dict(zip(COLUMNS, row, strict=True))
    held["disclosed_at"] = (held["disclosed_at"] - _EPOCH) // _MICROSECOND
    for name in ("datasets", "fields", "masked", "subjects"):
        held[name] = tuple(held[name])
    return Entry(**held)


def encode(entry: Entry) -> bytes:
    """The canonical bytes: a version line, then every column in order, each with its kind and length."""
    return VERSION + b"".join([encoded(getattr(entry, name)) for name in COLUMNS])


def leaf_hash(encoded: bytes) -> bytes:
    """The hash of an entry's leaf in the Merkle tree, by RFC 6962."""
    return sha256(_LEAF + encoded).digest()


def encoded(value: object) -> bytes:
    """One column as it is proved: its kind, its length where it has one, and its bytes.

    ``-`` missing; ``i`` and 8 bytes; ``b``, 4 bytes of length, the bytes; ``l``, 4 bytes of count, the items.
    Numbers are big-endian; text is UTF-8; a UUID is its 16 bytes.
    """
    if value is None:
        return b"-"
    if isinstance(value, str):
        data = value.encode()
    elif isinstance(value, int):
        return b"i" + value.to_bytes(8, signed=True)
    elif isinstance(value, tuple):
        return b"".join([b"l", len(value).to_bytes(4), *map(encoded, value)])
    else:
        data = value.bytes if isinstance(value, UUID) else bytes(value)  # type: ignore[call-overload]
    return b"b" + len(data).to_bytes(4) + data


def encoded_ids(ids: Sequence[bytes]) -> bytes:
    """A list of UUIDs, given as their 16 bytes, as ``encoded`` has it."""
    return ID_HEAD.join((b"l" + len(ids).to_bytes(4), *ids))
