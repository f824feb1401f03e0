"""The parameters of a statement: where each value comes from, and how it is written for PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum, StrEnum

from hub.errors import QueryError
from hub.query.cursor import CursorShape, read_cursor
from hub.query.plan import Slot, Value

_HIGHEST = 0x10FFFF
_SURROGATES = range(0xD800, 0xE000)


class Claim(StrEnum):
    """A value that comes from the actor, never from the request.

    ``AUTHORITY`` is no claim of the transaction but what the database must confirm: the version of who may do what at
    which the actor was authorised.
    """

    COUNTY = "county"
    REGION_FROM = "region_from"
    REGION_TO = "region_to"
    # Names, and with a dash before each the rules left out, between commas and commas at both ends.
    DATASETS = "datasets"
    AUTHORITY = "authority"


# What the transaction is told, in this order.
CLAIMED = (Claim.COUNTY, Claim.REGION_FROM, Claim.REGION_TO, Claim.DATASETS)


@dataclass(frozen=True, slots=True)
class CursorPart:
    """One value out of a cursor."""

    cursor: Value
    shape: CursorShape
    index: int


@dataclass(frozen=True, slots=True)
class PrefixEnd:
    """The first text after all that begin with a prefix, in byte order."""

    prefix: Value


@dataclass(frozen=True, slots=True)
class NamesOf:
    """Every name a household has in the disclosure log: made with keys that no database holds."""

    household: Value


Origin = Claim | CursorPart | PrefixEnd | NamesOf | Value
NamesInLog = Callable[[str], Sequence[object]]


def _nameless(_household: str) -> Sequence[object]:
    return ()


def bind(
    origins: Sequence[Origin],
    variables: Mapping[str, object],
    claims: Mapping[Claim, str],
    names_in_log: NamesInLog = _nameless,
) -> list[bytes | None]:
    """The values of one request in the order of the statement's parameters, as PostgreSQL reads them."""
    cursors: dict[object, tuple[object, ...]] = {}
    found: list[bytes | None] = []
    for origin in origins:
        if isinstance(origin, Claim):
            found.append(claims[origin].encode())
        elif isinstance(origin, CursorPart):
            text = str(_resolve(origin.cursor, variables))
            if text not in cursors:
                cursors[text] = read_cursor(text, origin.shape)
            found.append(_written(cursors[text][origin.index]))
        elif isinstance(origin, NamesOf):
            found.append(_written(list(names_in_log(checked_text(str(_resolve(origin.household, variables)))))))
        elif isinstance(origin, PrefixEnd):
            found.append(_written(prefix_end(str(_resolve(origin.prefix, variables)))))
        else:
            found.append(_written(_resolve(origin, variables)))
    return found


def _resolve(value: Value | object, variables: Mapping[str, object]) -> object:
    if isinstance(value, Slot):
        found: object = variables
        for step in value.path:
            found = found[step]  # type: ignore[index]  # the path was taken from variables of the same shape
        return found
    if isinstance(value, tuple):
        return [_resolve(item, variables) for item in value]
    return value


def _written(value: object) -> bytes | None:
    if value is None:
        return None
    return _text(value).encode()


def _text(value: object) -> str:
    if isinstance(value, str):
        return checked_text(value)
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return "{" + ",".join(_element(item) for item in value) + "}"
    return str(value)


def _element(value: object) -> str:
    quoted = _text(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}"'


def checked_text(value: str) -> str:
    """``value`` if PostgreSQL can hold it; a refusal if it has a NUL character or half a surrogate pair."""
    if "\x00" in value or (not value.isascii() and any(ord(character) in _SURROGATES for character in value)):
        raise QueryError(
            "QUERY_TEXT_INVALID",
            "A text holds a character that cannot be stored: NUL, or half of a surrogate pair.",
            "Send valid Unicode without U+0000.",
            status=400,
        )
    return value


def prefix_end(prefix: str) -> str:
    """The smallest text that is above every text beginning with ``prefix``."""
    rest = prefix
    while rest:
        last = ord(rest[-1])
        if last < _HIGHEST:
            following = last + 1
            if following in _SURROGATES:
                following = _SURROGATES.stop
            return rest[:-1] + chr(following)
        rest = rest[:-1]
    return chr(_HIGHEST) * 2
