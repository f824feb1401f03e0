"""What many rows amount to, in Python: the judge's own aggregates and groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cmp_to_key
from typing import Any

from hub.catalog.field import FieldType

Row = dict[str, Any]
_DIGITS = {"COUNTY": 6, "TOWNSHIP": 9, "VILLAGE": 12}


@dataclass(frozen=True)
class Words:
    """What the judge has to be told of a dataset."""

    column: Callable[[str], str]  # GraphQL name → column
    kind: Callable[[str], FieldType]  # column → type
    follow: Callable[[Row, str], tuple[Words, Row | None] | None]  # a to-one relation, if it is one
    region_name: Callable[[str], str | None]
    names: tuple[str, ...]  # GraphQL names of all fields


def folded(fold: str, values: list[Any]) -> Any:
    """One figure in the stored unit."""
    held = [value for value in values if value is not None]
    if fold == "countDistinct":
        return len(set(held))
    if not held:
        return None
    found: dict[str, Callable[[], Any]] = {
        "sum": lambda: sum(held),
        "avg": lambda: Fraction(sum(held), len(held)),
        "min": lambda: min(held),
        "max": lambda: max(held),
    }
    return found[fold]()


def _rounded(value: Fraction, places: int) -> Decimal:
    digits = Decimal(value.numerator) / Decimal(value.denominator)
    return digits.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def _shown(fold: str, value: Any, kind: FieldType) -> Any:
    if value is None or fold == "countDistinct":
        return value
    if kind is FieldType.MONEY:
        return f"{_rounded(Fraction(value) / 100, 2):.2f}"
    if kind is FieldType.RATE:
        return f"{_rounded(Fraction(value) / 10_000, 4).normalize():f}"
    if kind is FieldType.DATE:
        return value.isoformat()
    return float(_rounded(Fraction(value), 4)) if fold in {"sum", "avg"} else value


def aggregate(words: Words, rows: list[Row]) -> dict[str, Any]:
    """All figures there are, each computed when asked for."""

    def figures(fold: str) -> dict[str, Callable[[], Any]]:
        def one(name: str) -> Callable[[], Any]:
            column = words.column(name)
            return lambda: _shown(fold, folded(fold, [row[column] for row in rows]), words.kind(column))

        return {name: one(name) for name in words.names}

    folds = ("countDistinct", "sum", "avg", "min", "max")
    return {"count": len(rows), **{fold: figures(fold) for fold in folds}}


@dataclass
class _Group:
    keys: tuple[Any, ...]
    rows: list[Row]


class Groups:
    """Rows divided by what ``groups`` was given."""

    def __init__(self, words: Words, arguments: Mapping[str, Any]) -> None:
        self._words = words
        self._by = [self._path(item) for item in arguments["by"]]
        self._having = arguments.get("having") or {}
        self._sorts = arguments.get("orderBy") or []
        self._first = arguments.get("first")

    def of(self, rows: list[Row]) -> list[dict[str, Any]]:
        found: dict[tuple[Any, ...], _Group] = {}
        for row in rows:
            keys = tuple(_key(self._words, row, path, way) for path, way in self._by)
            found.setdefault(keys, _Group(keys, [])).rows.append(row)
        kept = [group for group in found.values() if self._meets(group)]
        kept.sort(key=cmp_to_key(self._compare))
        kept = kept[: self._first] if self._first is not None else kept
        return [{"keys": self._keys(group), "aggregate": aggregate(self._words, group.rows)} for group in kept]

    def _path(self, item: Mapping[str, Any]) -> tuple[tuple[str, ...], str]:
        path: tuple[str, ...] = ()
        given: Any = item
        while isinstance(given, dict):
            ((name, given),) = given.items()
            path = (*path, name)
        return path, given

    def _keys(self, group: _Group) -> dict[str, Any]:
        held: dict[str, Any] = {}
        for (path, way), value in zip(self._by, group.keys, strict=True):
            place = held
            for name in path[:-1]:
                place = place.setdefault(name, {})
            shown = value.isoformat() if isinstance(value, date) else value
            if path[-1] == "region":
                shown = value and {"code": value, "name": self._words.region_name(value), "level": way}
            elif shown is not None:
                shown = self._unit(path, value)
            place[path[-1]] = shown
        return held

    def _unit(self, path: tuple[str, ...], value: Any) -> Any:
        words = self._words
        for name in path[:-1]:
            followed = words.follow({}, name)
            assert followed is not None
            words = followed[0]
        return _shown("min", value, words.kind(words.column(path[-1])))

    def _meets(self, group: _Group) -> bool:
        for fold, given in self._having.items():
            if fold == "count":
                if not all(_compared(name, len(group.rows), operand) for name, operand in given.items()):
                    return False
                continue
            for field, comparisons in given.items():
                column = self._words.column(field)
                value = folded(fold, [row[column] for row in group.rows])
                kind = FieldType.INTEGER if fold == "countDistinct" else self._words.kind(column)
                if not all(_compared(name, value, _stored(operand, kind)) for name, operand in comparisons.items()):
                    return False
        return True

    def _compare(self, left: _Group, right: _Group) -> int:
        named: set[tuple[str, ...]] = set()
        for item in self._sorts:
            path, way = self._path(item)
            if path[0] == "key":
                named.add(path[1:])
            found = _ranked(self._figure(path, left), self._figure(path, right))
            if found:
                return -found if way == "DESC" else found
        for (path, _), mine, theirs in zip(self._by, left.keys, right.keys, strict=True):
            if path not in named and (found := _ranked(mine, theirs)):
                return found
        return 0

    def _figure(self, path: tuple[str, ...], group: _Group) -> Any:
        if path[0] == "key":
            return group.keys[[names for names, _ in self._by].index(path[1:])]
        if path[0] == "count":
            return len(group.rows)
        column = self._words.column(path[1])
        return folded(path[0], [row[column] for row in group.rows])


def _key(words: Words, row: Row | None, path: tuple[str, ...], way: str) -> Any:
    if row is None:
        return None
    if len(path) > 1:
        followed = words.follow(row, path[0])
        assert followed is not None
        return _key(*followed, path[1:], way)
    if path[0] == "region":
        digits = _DIGITS[way]
        return row["region"][:digits] if len(row["region"]) >= digits else None
    value = row[words.column(path[0])]
    if value is None or way in {"VALUE", "DAY"}:
        return value
    month = {"YEAR": 1, "QUARTER": value.month - (value.month - 1) % 3, "MONTH": value.month}[way]
    return value.replace(month=month, day=1)


def _stored(operand: Any, kind: FieldType) -> Any:
    if isinstance(operand, list):
        return [_stored(item, kind) for item in operand]
    if isinstance(operand, bool):
        return operand
    if kind is FieldType.MONEY:
        return int(Decimal(operand) * 100)
    if kind is FieldType.RATE:
        return int(Decimal(operand) * 10_000)
    return date.fromisoformat(operand) if kind is FieldType.DATE else Fraction(operand)


def _compared(comparison: str, held: Any, operand: Any) -> bool:
    if comparison == "isNull":
        return (held is None) == bool(operand)
    if comparison == "ne":
        return bool(held != operand)
    if held is None:
        return False
    found: dict[str, Callable[[], Any]] = {
        "eq": lambda: held == operand,
        "in": lambda: held in operand,
        "lt": lambda: held < operand,
        "lte": lambda: held <= operand,
        "gt": lambda: held > operand,
        "gte": lambda: held >= operand,
    }
    return bool(found[comparison]())


def _ranked(left: Any, right: Any) -> int:
    """Missing values are the largest, as in PostgreSQL."""
    if left is None or right is None:
        return (left is None) - (right is None)
    if isinstance(left, str):
        left, right = left.encode(), right.encode()
    return int(left > right) - int(left < right)
