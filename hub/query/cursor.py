"""Cursors: where a page ended, as base64url of JSON ``[digest of the order, value, value …]``.

A cursor is only good for the order it was made in; the digest tells.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import orjson

from hub.catalog.field import FieldType
from hub.errors import QueryError
from hub.query.plan import SortKey

_NUMBERS = frozenset({FieldType.MONEY, FieldType.RATE, FieldType.INTEGER})
_LONGEST = 4096


@dataclass(frozen=True, slots=True)
class CursorShape:
    """What a cursor of one order holds."""

    digest: str
    types: tuple[FieldType, ...]
    nullable: tuple[bool, ...]


def cursor_shape(entity: str, order: Sequence[SortKey]) -> CursorShape:
    """The shape of the cursors of ``entity`` in ``order``."""
    names = [
        ".".join((*(relation.name for relation, _ in key.path), key.attribute.name)) + (" desc" * key.descending)
        for key in order
    ]
    digest = hashlib.sha256(", ".join([entity, *names]).encode()).hexdigest()[:8]
    return CursorShape(digest, tuple(key.attribute.type for key in order), tuple(key.nullable for key in order))


def read_cursor(text: str, shape: CursorShape) -> tuple[object, ...]:
    """The values of a cursor, each known to be of its type; a refusal if it was not made by this order."""
    if len(text) > _LONGEST:
        raise _malformed()
    try:
        held = orjson.loads(base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)))
    except (ValueError, UnicodeEncodeError, binascii.Error):
        raise _malformed() from None
    if not isinstance(held, list) or not held or not isinstance(held[0], str):
        raise _malformed()
    if held[0] != shape.digest:
        raise QueryError(
            "QUERY_CURSOR_FOREIGN",
            "The cursor was made by a list with another order.",
            "Send the orderBy the cursor came from, or start again without a cursor.",
            status=400,
        )
    if len(held) != len(shape.types) + 1:
        raise _malformed()
    return tuple(
        _value(value, kind, nullable=nullable)
        for value, kind, nullable in zip(held[1:], shape.types, shape.nullable, strict=True)
    )


def _value(value: object, kind: FieldType, *, nullable: bool) -> object:
    if value is None:
        if nullable:
            return None
        raise _malformed()
    if kind in _NUMBERS:
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63:
            return value
    elif kind is FieldType.BOOLEAN:
        if isinstance(value, bool):
            return value
    elif isinstance(value, str):
        return _text(value, kind)
    raise _malformed()


def _text(value: str, kind: FieldType) -> object:
    try:
        if kind is FieldType.DATE:
            return date.fromisoformat(value)
        if kind is FieldType.TIMESTAMP:
            return datetime.fromisoformat(value)
    except ValueError:
        raise _malformed() from None
    return value


def _malformed() -> QueryError:
    return QueryError(
        "QUERY_CURSOR_MALFORMED",
        "This is not a cursor of this list.",
        "Send a cursor exactly as it was returned, or none.",
        status=400,
    )
