"""Entries as the database holds them become leaves, as fast as Python can.

Each row comes as one record in PostgreSQL's binary form: first what differs from entry to entry, at places known
beforehand, then what many entries say alike, whose bytes are put together once. No value becomes an object. A property
test holds this against ``hub.audit.entry.encode``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from itertools import groupby
from struct import Struct
from typing import Any, NamedTuple
from uuid import UUID

from hub.audit.entry import COLUMNS, ID_HEAD, VERSION, Entry
from hub.audit.row import EPOCH_2000

_LEAF = b"\x00" + VERSION
_NULL = b"-"
_SHORT = [number.to_bytes(4) for number in range(1024)]
_DIGEST = b"b" + (32).to_bytes(4)
_WHOLE = b"i" + bytes(8)  # part 0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = 86_400_000_000
_ARRAY_HEAD = 20

# In this order: of fixed length, and never missing; then of any length; then what is said again and again.
_FIXED = ("disclosed_at", "entry_id", "part", "row_count")
_OTHERS = ("request_id", "token_id", "request_digest", "response_digest", "subjects")
_REPEATED = tuple(name for name in COLUMNS if name not in {*_FIXED, *_OTHERS})
_ASKED = ("xid::text::bigint", *_FIXED, *_OTHERS, *_REPEATED)
# What to select, of audit.disclosure under the name d, for ``leaves``.
LEAF_COLUMNS = f"record_send(row({', '.join(f'd.{name}' for name in _ASKED)}))"

# Four bytes of how many columns; before each its type and its length, four bytes each; at last request_id's length.
_HEAD = Struct("!4x 8xq 8xq 8x16s 8xi 8x8s 4xi")
_LENGTH = Struct("!4xi")

_KINDS = {item.name: str(item.type) for item in fields(Entry)}
_ARE_LISTS = tuple(_KINDS[name].startswith("tuple") for name in _REPEATED)


def _groups() -> Iterator[tuple[int, int]]:
    """Which of the repeated columns stand together: up to disclosed_at, request_id, token_id, row_count, subjects."""
    place = 0
    for is_repeated, group in groupby(COLUMNS, _REPEATED.__contains__):
        if is_repeated:
            end = place + len(list(group))
            yield place, end
            place = end


_GROUPS = tuple(_groups())


class Leaf(NamedTuple):
    """An entry's place in the order, its id, when it was written by its own account, and its leaf's hash.

    ``moment`` in microseconds since 1970.
    """

    xid: int
    entry_id: UUID
    moment: int
    hash: bytes

    @property
    def disclosed_at(self) -> datetime:
        """When it was written, by its own account."""
        return _EPOCH + timedelta(microseconds=self.moment)

    @property
    def month(self) -> date:
        """The month, in UTC, of the partition that holds the entry."""
        return _month_of(self.moment // _DAY)


@lru_cache(maxsize=2048)
def _month_of(day: int) -> date:
    return (_EPOCH + timedelta(days=day)).date().replace(day=1)


def _count(number: int) -> bytes:
    return _SHORT[number] if number < len(_SHORT) else number.to_bytes(4)


@lru_cache(maxsize=16_384)
def _texts(data: bytes) -> bytes:
    """From PostgreSQL's form of an array: a head, then each item after its length, as in ours."""
    items, place = [], _ARRAY_HEAD
    while place < len(data):
        end = place + 4 + int.from_bytes(data[place : place + 4])
        items.append(data[place:end])
        place = end
    return b"b".join([b"l" + _count(len(items)), *items])


@lru_cache(maxsize=1024)
def _ids(length: int) -> tuple[bytes, Struct | None]:
    number = max(length - _ARRAY_HEAD, 0) // 20
    return b"l" + _count(number), Struct("20s" * number) if number else None


@lru_cache(maxsize=16_384)
def _repeated(data: bytes) -> tuple[bytes, ...]:
    """The groups as they are proved."""
    pieces, place = [], 0
    for is_list in _ARE_LISTS:
        length = int.from_bytes(data[place + 4 : place + 8], signed=True)
        place += 8
        if length < 0:
            pieces.append(_NULL)
            continue
        found = data[place : place + length]
        pieces.append(_texts(found) if is_list else b"b" + _count(length) + found)
        place += length
    return tuple([b"".join(pieces[first:end]) for first, end in _GROUPS])


def _value(data: bytes, place: int) -> tuple[bytes, int]:
    """Text or bytes at ``place``, as they are proved, and where the next column begins."""
    (length,) = _LENGTH.unpack_from(data, place)
    place += 8
    if length < 0:
        return _NULL, place
    return (_DIGEST if length == 32 else b"b" + _count(length)) + data[place : place + length], place + length


def leaves(rows: Iterable[Sequence[Any]]) -> Iterator[Leaf]:
    """The leaves of rows read as ``LEAF_COLUMNS``, in binary format and UTF-8."""
    head, length_of = _HEAD.unpack_from, _LENGTH.unpack_from
    for (data,) in rows:
        xid, moment, entry_id, part, row_count, length = head(data)
        moment += EPOCH_2000
        place = _HEAD.size + length
        request_id = data[_HEAD.size : place]
        token_id, place = _value(data, place)
        request_digest, place = _value(data, place)
        response_digest, place = _value(data, place)
        (span,) = length_of(data, place)
        place += 8
        count, form = _ids(span)
        subjects = b"b".join((count, *form.unpack_from(data, place + _ARRAY_HEAD))) if form else count
        first, door, who, told, key = _repeated(data[place + span :])
        encoded = (
            *(
                _LEAF,
                first,
                b"i",
                moment.to_bytes(8, signed=True),
                ID_HEAD,
                entry_id,
                door,
                b"b",
                _count(length),
                request_id,
            ),
            *(b"i" + part.to_bytes(8, signed=True) if part else _WHOLE, who, token_id, told, b"i", row_count),
            *(key, subjects, request_digest, response_digest),
        )
        yield Leaf(xid, UUID(bytes=entry_id), moment, sha256(b"".join(encoded)).digest())
