"""Entries as the database holds them become leaves, as fast as Python can.

The bytes of ``hub.audit.entry.encode`` are put together from what PostgreSQL would send anyway, without an object for
each value, and columns that say the same in entry after entry are put together once. A property test holds the two
ways against each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from datetime import date, datetime
from functools import lru_cache
from hashlib import sha256
from itertools import groupby
from struct import Struct
from typing import Any, NamedTuple
from uuid import UUID

from hub.audit.entry import COLUMNS, VERSION, Entry

_LEAF = b"\x00" + VERSION
_NULL = b"-"
_SHORT = [number.to_bytes(4) for number in range(1024)]
# PostgreSQL counts microseconds from the year 2000.
_EPOCH_2000 = 946_684_800_000_000
_ARRAY_HEAD = 20

_Encoder = Callable[[Any], bytes]


class Leaf(NamedTuple):
    """An entry's place in the order, its id, when it was written by its own account, and its leaf's hash."""

    xid: int
    entry_id: UUID
    disclosed_at: datetime
    hash: bytes

    @property
    def month(self) -> date:
        """The month, in UTC, of the partition that holds the entry."""
        return date(self.disclosed_at.year, self.disclosed_at.month, 1)


def _count(number: int) -> bytes:
    return _SHORT[number] if number < len(_SHORT) else number.to_bytes(4)


def _bytes(data: bytes | None) -> bytes:
    return _NULL if data is None else b"b" + _count(len(data)) + data


def _integer(data: bytes) -> bytes:
    return b"i" + data


def _moment(data: bytes) -> bytes:
    return b"i" + (int.from_bytes(data, signed=True) + _EPOCH_2000).to_bytes(8, signed=True)


def _texts(data: bytes) -> bytes:
    """From PostgreSQL's form of an array: a head, then each item after its length, as in ours."""
    items, place = [], _ARRAY_HEAD
    while place < len(data):
        end = place + 4 + int.from_bytes(data[place : place + 4])
        items.append(data[place:end])
        place = end
    return b"b".join([b"l" + _count(len(items)), *items])


def _uuids(data: bytes) -> bytes:
    count, form = _uuid_items(len(data))
    return b"b".join((count, *form.unpack_from(data, _ARRAY_HEAD))) if form else count


@lru_cache(maxsize=1024)
def _uuid_items(length: int) -> tuple[bytes, Struct | None]:
    number = max(length - _ARRAY_HEAD, 0) // 20
    return b"l" + _count(number), Struct("20s" * number) if number else None


# How a column is asked for, and what is made of it, by the type of the entry's field.
_FORMS: dict[str, tuple[str, _Encoder]] = {
    "str": ("convert_to({}, 'UTF8')", _bytes),
    "int": ("int8send({})", _integer),
    "UUID": ("uuid_send({})", _bytes),
    "bytes": ("{}", _bytes),
    "tuple[str, ...]": ("array_send({})", _texts),
    "tuple[UUID, ...]": ("array_send({})", _uuids),
}
_TYPES = {item.name: str(item.type).removesuffix(" | None") for item in fields(Entry)}
_SINGULAR = {"disclosed_at", "entry_id", "request_id", "part", "row_count", "subjects"}
_SINGULAR |= {"request_digest", "response_digest"}  # every other column has few values


def _encoder(name: str) -> _Encoder:
    return _moment if name == "disclosed_at" else _FORMS[_TYPES[name]][1]


def _asked(name: str) -> str:
    return f"timestamptz_send(d.{name})" if name == "disclosed_at" else _FORMS[_TYPES[name]][0].format(f"d.{name}")


# What to select, of audit.disclosure under the name d, for ``leaves``.
_KEY = ("d.xid::text::bigint", "d.entry_id", "d.disclosed_at")
LEAF_COLUMNS = ", ".join([*_KEY, *map(_asked, COLUMNS)])


class _Repeated:
    """Neighbouring columns that seldom say anything new."""

    def __init__(self, encoders: Sequence[_Encoder]) -> None:
        self._encoders = encoders

    @lru_cache(maxsize=16_384)  # noqa: B019  # a handful of these live as long as the process
    def __call__(self, values: tuple[bytes, ...]) -> bytes:
        return b"".join([encode(value) for encode, value in zip(self._encoders, values, strict=True)])


def _parts() -> Iterator[tuple[slice | int, _Encoder]]:
    place = len(_KEY)
    for singular, group in groupby(COLUMNS, _SINGULAR.__contains__):
        names = list(group)
        if singular:
            yield from ((place + number, _encoder(name)) for number, name in enumerate(names))
        else:
            yield slice(place, place + len(names)), _Repeated([_encoder(name) for name in names])
        place += len(names)


_PARTS = tuple(_parts())


def leaves(rows: Iterable[Sequence[Any]]) -> Iterator[Leaf]:
    """The leaves of rows read as ``LEAF_COLUMNS``, in binary format."""
    for row in rows:
        encoded = b"".join([_LEAF, *[encode(row[place]) for place, encode in _PARTS]])
        yield Leaf(row[0], row[1], row[2], sha256(encoded).digest())
