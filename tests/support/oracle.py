"""The judge: the same schema executed by plain graphql-core, with resolvers over rows held in Python.

It shares nothing with the compiled path but the printed schema and the catalogue's own declarations, so that a
mistake in planning or SQL shows as a difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cmp_to_key
from operator import itemgetter
from typing import Any

from graphql import GraphQLResolveInfo, build_schema, execute_sync, parse
from psycopg.rows import dict_row

from hub.catalog.field import Field, FieldType, Mask
from hub.catalog.registry import REGION, Relation
from schema import CATALOGUE
from tests.support.county import FACE
from tests.support.database import Database
from tests.support.fold_oracle import Groups, Words, aggregate

Row = dict[str, Any]

_KEPT = {Mask.IDENTITY_NUMBER: (6, 4), Mask.PHONE: (3, 4), Mask.ACCOUNT: (6, 4)}


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)


def _type(dataset: str) -> str:
    return "".join(part.title() for part in dataset.split("_"))


@dataclass(frozen=True)
class Item:
    """One row of a dataset."""

    dataset: str
    row: Row


class Oracle:
    """All rows of a county, and how a reader of the whole county sees them."""

    def __init__(self, database: Database) -> None:
        self._rows: dict[str, list[Row]] = {}
        self.shown: set[str] = set()  # households of which a value was given since this was last emptied …
        self.touched: set[str] = set()  # … and of every record on a page, whatever of it was given
        with database.connect() as connection, connection.cursor(row_factory=dict_row) as cursor:
            for dataset in CATALOGUE:
                schema = "computed" if dataset.is_computed else "record"
                cursor.execute(f"select {', '.join(_columns(dataset.name))} from {schema}.{dataset.name}".encode())
                self._rows[dataset.name] = cursor.fetchall()
        self._schema = build_schema(FACE.printed())
        self._lists = {_camel(dataset.plural): dataset.name for dataset in CATALOGUE}
        self._singles = {_camel(dataset.name): dataset.name for dataset in CATALOGUE}
        self._datasets = {_type(dataset.name): dataset.name for dataset in CATALOGUE}

    def ask(self, document: str, variables: Mapping[str, Any]) -> dict[str, Any] | None:
        result = execute_sync(
            self._schema, parse(document), variable_values=dict(variables), field_resolver=self._resolve
        )
        assert not result.errors, result.errors
        return result.data

    def _resolve(self, source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        name = info.field_name
        if info.parent_type.name == "Query":
            return self._root(name, arguments)
        if isinstance(source, Item):
            return self._of_row(source, name, arguments)
        found = source[name]
        return found(**arguments) if callable(found) else found

    def _root(self, name: str, arguments: dict[str, Any]) -> Any:
        if name in self._lists:
            dataset = self._lists[name]
            return self._connection(dataset, self._rows[dataset], arguments)
        dataset = self._singles[name]
        wanted = {_snake(dataset, key): value for key, value in arguments.items()}
        for row in self._rows[dataset]:
            if all(_outside(dataset, column, row) == value for column, value in wanted.items()):
                return Item(dataset, row)
        return None

    def _of_row(self, item: Item, name: str, arguments: dict[str, Any]) -> Any:
        relation = _relation(item.dataset, name)
        self._touch([item])
        if relation is None:
            self.shown |= self._households([item])
            return _shown(item.dataset, _snake(item.dataset, name), item.row)
        rows = self._related(item, relation)
        if relation.many:
            return self._connection(relation.target, rows, arguments)
        other = Item(relation.target, min(rows, key=_key_of(relation.target))) if rows else None
        self._touch([other] if other else [])
        return other

    def _touch(self, items: Iterable[Item]) -> None:
        self.touched |= self._households(items)

    def _households(self, items: Iterable[Item]) -> set[str]:
        return {str(item.row["household_id"]) for item in items if item.row.get("household_id") is not None}

    def _related(self, item: Item, relation: Relation) -> list[Row]:
        return [
            other
            for other in self._rows[relation.target]
            if all(item.row[ours] is not None and item.row[ours] == other[theirs] for ours, theirs in relation.pairs)
        ]

    # ---------------------------------------------------------------- lists

    def _connection(self, dataset: str, rows: list[Row], arguments: dict[str, Any]) -> dict[str, Any]:
        found = [Item(dataset, row) for row in rows if self._meets(dataset, row, arguments.get("filter") or {})]
        found.sort(key=self._order(dataset, arguments.get("orderBy") or []))
        backward = arguments.get("last") is not None
        size = arguments["last"] if backward else arguments.get("first")
        size = 50 if size is None else size
        page = found[len(found) - min(size, len(found)) :] if backward else found[:size]
        self._touch(page)
        return {
            "totalCount": len(found),
            "nodes": page,
            "edges": [{"node": item} for item in page],
            "pageInfo": {
                "hasNextPage": not backward and len(found) > size,
                "hasPreviousPage": backward and len(found) > size,
            },
            "aggregate": lambda: aggregate(self._words(dataset), [item.row for item in found]),
            "groups": lambda **given: Groups(self._words(dataset), given).of([item.row for item in found]),
        }

    def _words(self, dataset: str) -> Words:
        names = {_camel(item.name): item for item in FACE.entities[dataset].attributes}

        def follow(row: Row, name: str) -> tuple[Words, Row | None] | None:
            relation = _relation(dataset, name)
            if relation is None:
                return None
            rows = self._related(Item(dataset, row), relation) if row else []
            return self._words(relation.target), rows[0] if rows else None

        def region_name(code: str) -> str | None:
            return next((str(row["name"]) for row in self._rows["region"] if row["code"] == code), None)

        kinds = {item.column: item.type for item in names.values()}
        return Words(lambda name: names[name].column, kinds.__getitem__, follow, region_name, tuple(names))

    def _meets(self, dataset: str, row: Row, given: Mapping[str, Any]) -> bool:
        return all(self._member(dataset, row, name, value) for name, value in given.items())

    def _member(self, dataset: str, row: Row, name: str, value: Any) -> bool:
        if name == "and":
            return all(self._meets(dataset, row, item) for item in value)
        if name == "or":
            return any(self._meets(dataset, row, item) for item in value)
        if name == "not":
            return not self._meets(dataset, row, value)
        relation = _relation(dataset, name)
        if relation is None:
            column = _snake(dataset, name)
            held = row[column]
            return all(
                _compare(comparison, held, _stored(dataset, column, operand)) for comparison, operand in value.items()
            )
        others = [
            self._meets_of(relation.target, value) for value in ([value] if not relation.many else value.values())
        ]
        related = self._related(Item(dataset, row), relation)
        if not relation.many:
            return any(others[0](other) for other in related)
        quantifiers: dict[str, Callable[[Iterable[bool]], bool]] = {
            "some": any,
            "every": all,
            "none": lambda found: not any(found),
        }
        return all(
            quantifiers[quantifier](meets(other) for other in related)
            for quantifier, meets in zip(value, others, strict=True)
        )

    def _meets_of(self, dataset: str, given: Mapping[str, Any]) -> Callable[[Row], bool]:
        return lambda row: self._meets(dataset, row, given)

    def _order(self, dataset: str, given: list[Any]) -> Callable[[Item], Any]:
        keys = [self._sort_key(dataset, item) for item in given]
        falling = keys[-1][1] if keys else False
        keys += [(itemgetter(name), falling) for name in CATALOGUE[dataset].key]

        def compare(left: Item, right: Item) -> int:
            for read, is_falling in keys:
                found = _ranked(read(left.row), read(right.row))
                if found:
                    return -found if is_falling else found
            return 0

        return cmp_to_key(compare)

    def _sort_key(self, dataset: str, given: Mapping[str, Any]) -> tuple[Callable[[Row], Any], bool]:
        ((name, value),) = given.items()
        relation = _relation(dataset, name)
        if relation is None:
            column = _snake(dataset, name)
            return (lambda row: row[column]), value == "DESC"
        read, falling = self._sort_key(relation.target, value)

        def through(row: Row) -> Any:
            others = self._related(Item(dataset, row), relation)
            return read(others[0]) if others else None

        return through, falling


def _columns(dataset: str) -> list[str]:
    placed = [] if CATALOGUE[dataset].is_common and CATALOGUE[dataset].is_computed else [REGION]
    return list(dict.fromkeys([*(item.column for item in FACE.entities[dataset].attributes), *placed]))


def _snake(dataset: str, name: str) -> str:
    return FACE.attributes[_type(dataset), name].column


def _relation(dataset: str, name: str) -> Relation | None:
    return next((item for item in CATALOGUE.relations(dataset) if _camel(item.name) == name), None)


def _key_of(dataset: str) -> Callable[[Row], Any]:
    return lambda row: tuple(row[name] for name in CATALOGUE[dataset].key)


def _field(dataset: str, column: str) -> Field | None:
    return next((item for item in CATALOGUE[dataset].fields if item.name == column), None)


def _outside(dataset: str, column: str, row: Row) -> Any:
    value, field = row[column], _field(dataset, column)
    if value is None or field is None:
        return value
    if field.type is FieldType.MONEY:
        return f"{Decimal(value) / 100:.2f}"
    if field.type is FieldType.RATE:
        return f"{(Decimal(value) / 10_000).normalize():f}"
    return value.isoformat() if isinstance(value, date) else value


def _shown(dataset: str, column: str, row: Row) -> Any:
    value, field = _outside(dataset, column, row), _field(dataset, column)
    if value is None or field is None or field.mask not in _KEPT:
        return value
    head, tail = _KEPT[field.mask]
    hidden = len(value) - head - tail
    return value[:head] + "*" * hidden + value[-tail:] if hidden > 0 else "*" * len(value)


def _stored(dataset: str, column: str, operand: Any) -> Any:
    field = _field(dataset, column)
    if isinstance(operand, list):
        return [_stored(dataset, column, item) for item in operand]
    if field is None or isinstance(operand, bool):
        return operand
    if field.type is FieldType.MONEY:
        return int(Decimal(operand) * 100)
    return date.fromisoformat(operand) if field.type is FieldType.DATE else operand


def _compare(comparison: str, held: Any, operand: Any) -> bool:
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
        "startsWith": lambda: held.startswith(operand),
    }
    return bool(found[comparison]())


def _ranked(left: Any, right: Any) -> int:
    """Missing values are the largest, as in PostgreSQL."""
    if left is None or right is None:
        return (left is None) - (right is None)
    if isinstance(left, str):
        left, right = left.encode(), right.encode()
    return int(left > right) - int(left < right)
