"""An entry as the database takes it: PostgreSQL's binary form, so that nothing is written out there and parsed here.

A row is a value of the type ``audit.written_entry``, a batch an array of them. Written as JSON, an entry about fifty
households took four times as long to read as to insert.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from struct import Struct
from typing import Any

from hub.audit.entry import COLUMNS, Entry

WRITTEN_ENTRY = "audit.written_entry"
EPOCH_2000 = 946_684_800_000_000  # PostgreSQL counts microseconds from there

_HEAD = Struct("!Ii")  # a column's type, and its length
_ARRAY = Struct("!iiIii")  # one dimension, no nulls, the items' type, how many, the first is 1
_NO_ITEMS = Struct("!iiI")
_TEXT, _BYTEA, _UUID, _INT4, _INT8, _MOMENT, _TEXTS, _UUIDS = 25, 17, 2950, 23, 20, 1184, 1009, 2951
_NULL = -1
_ITEM = (16).to_bytes(4)

_BY_TYPE = {"str": _TEXT, "bytes": _BYTEA, "UUID": _UUID, "tuple[str, ...]": _TEXTS, "tuple[UUID, ...]": _UUIDS}
_BY_NAME = {"disclosed_at": _MOMENT, "part": _INT4, "row_count": _INT8}
_OIDS = {
    item.name: _BY_NAME.get(item.name) or _BY_TYPE[str(item.type).removesuffix(" | None")] for item in fields(Entry)
}

ROW_HEAD = len(COLUMNS).to_bytes(4)


def head(name: str, length: int = _NULL) -> bytes:
    """What stands before the bytes of a column; by itself, a column without a value."""
    return _HEAD.pack(_OIDS[name], length)


def column(name: str, value: Any) -> bytes:
    """One column of a row. ``disclosed_at`` in microseconds since 1970; UUIDs as 16 bytes."""
    if value is None:
        return head(name)
    data = _FORMS[_OIDS[name]](value)
    return head(name, len(data)) + data


def _texts(value: Sequence[str]) -> bytes:
    items = [item.encode() for item in value]
    return _array(_TEXT, len(items), b"".join([len(item).to_bytes(4) + item for item in items]))


def _uuids(value: Sequence[bytes]) -> bytes:
    return _array(_UUID, len(value), _ITEM.join((b"", *value)))


def _array(oid: int, count: int, items: bytes) -> bytes:
    return _ARRAY.pack(1, 0, oid, count, 1) + items if count else _NO_ITEMS.pack(0, 0, oid)


def batch(rows: Sequence[bytes], oid: int) -> bytes:
    """Rows as one array; ``oid`` is that of ``WRITTEN_ENTRY`` in this database."""
    return _array(oid, len(rows), b"".join([len(row).to_bytes(4) + row for row in rows]))


_FORMS: dict[int, Callable[[Any], bytes]] = {
    _TEXT: str.encode,
    _BYTEA: bytes,
    _UUID: bytes,
    _INT4: lambda value: int.to_bytes(value, 4, signed=True),
    _INT8: lambda value: int.to_bytes(value, 8, signed=True),
    _MOMENT: lambda value: int.to_bytes(value - EPOCH_2000, 8, signed=True),
    _TEXTS: _texts,
    _UUIDS: _uuids,
}
