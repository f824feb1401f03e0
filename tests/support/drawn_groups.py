"""Draws aggregates and groups: keys, figures, conditions on them and orders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from hub.access.grants import is_found_by
from hub.catalog.field import FieldType
from hub.graph.group_types import is_groupable
from hub.graph.names import camel
from hub.query.entity import Attribute, Entity
from hub.query.folds import Bucket, RegionLevel
from hub.query.writer import is_unique
from tests.support.county import FACE

Draw = Callable[[st.SearchStrategy[Any]], Any]

_SUMMED = (FieldType.MONEY, FieldType.INTEGER)
_KINDS: dict[str, tuple[FieldType, ...]] = {
    "sum": _SUMMED,
    "avg": (*_SUMMED, FieldType.RATE),
    "min": (*_SUMMED, FieldType.RATE, FieldType.DATE),
    "max": (*_SUMMED, FieldType.RATE, FieldType.DATE),
}
_OPERANDS: dict[FieldType, tuple[str, ...]] = {
    FieldType.MONEY: ("10000", "20000.00", "50000.5", "1000.01", "140000"),
    FieldType.RATE: ("4.35", "4.75", "4.5"),
    FieldType.DATE: ("2017-01-10", "2017-03-10", "2020-02-01"),
}


class Choice(str):
    """A value of an enum."""

    __slots__ = ()


def literal(value: Any) -> str:
    """A value as it stands in a document."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {literal(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and not isinstance(value, Choice):
        return f'"{value}"'
    return str(value)


def foldable(entity: Entity, fold: str) -> list[Attribute]:
    if fold == "countDistinct":
        return [item for item in entity.attributes if not item.mask or is_found_by(entity, item.column)]
    return [
        item
        for item in entity.attributes
        if item.type in _KINDS[fold] and not item.mask and item.name not in entity.key
    ]


def aggregate(draw: Draw, entity: Entity) -> str:
    """A selection of figures."""
    parts: list[str] = []
    for fold in draw(
        st.lists(st.sampled_from(("count", "countDistinct", *_KINDS)), min_size=1, max_size=3, unique=True)
    ):
        if fold == "count":
            parts.append("count")
            continue
        known = [camel(item.name) for item in foldable(entity, fold)]
        if known:
            parts.append(f"{fold} {{ {' '.join(draw(st.lists(st.sampled_from(known), min_size=1, max_size=2)))} }}")
    return f"{{ {' '.join(parts) or 'count'} }}"


class Grouping:
    """One use of ``groups`` while it is drawn."""

    def __init__(self, draw: Draw, entity: Entity, filled: tuple[str, ...]) -> None:
        self._draw = draw
        self._entity = entity
        self._filled = filled
        self._names: list[tuple[str, ...]] = []
        self.by = [self._key(entity, ()) for _ in range(draw(st.integers(1, 3)))]
        self.by = [item for item in self.by if item]
        self.having = self._having()
        self.order = [self._sort() for _ in range(draw(st.integers(0, 2)))]

    def keys(self) -> str:
        """A selection of keys."""
        chosen = self._draw(st.lists(st.sampled_from(self._names), min_size=1, unique=True))
        return "{ " + " ".join(self._selected(name) for name in chosen) + " __typename }"

    def _selected(self, name: tuple[str, ...]) -> str:
        first, *rest = name
        if rest:
            return f"{first} {{ {self._selected(tuple(rest))} }}"
        return "region { code name level }" if first == "region" else first

    def _key(self, entity: Entity, path: tuple[str, ...]) -> dict[str, Any]:
        ways = [
            item
            for item in entity.relations
            if item.target in self._filled and not item.many and is_unique(item, FACE.entities[item.target])
        ]
        if ways and len(path) < 2 and self._draw(st.integers(0, 3)) == 0:
            relation = self._draw(st.sampled_from(ways))
            inner = self._key(FACE.entities[relation.target], (*path, camel(relation.name)))
            return {camel(relation.name): inner} if inner else {}
        names = [*(camel(item.name) for item in filter(is_groupable, entity.attributes)), "region"]
        field = self._draw(st.sampled_from(names))
        if (*path, field) in self._names:
            return {}
        self._names.append((*path, field))
        if field == "region":
            return {field: Choice(self._draw(st.sampled_from(list(RegionLevel))).value)}
        attribute = next(item for item in entity.attributes if camel(item.name) == field)
        if attribute.type is FieldType.DATE:
            return {field: Choice(self._draw(st.sampled_from(list(Bucket))).value)}
        return {field: Choice("VALUE")}

    def _figure(self) -> tuple[str, Attribute | None]:
        fold = self._draw(st.sampled_from(("count", "countDistinct", *_KINDS)))
        known = foldable(self._entity, fold) if fold != "count" else []
        return (fold, self._draw(st.sampled_from(known))) if known else ("count", None)

    def _having(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for _ in range(self._draw(st.sampled_from((1, 1, 0, 2)))):
            # Counts are small, so that the number they are compared with is often the count itself.
            fold, attribute = self._figure() if self._draw(st.booleans()) else ("count", None)
            operator = self._draw(st.sampled_from(("lt", "lte", "gt", "gte", "eq", "ne", "in", "isNull")))
            comparison = {operator: self._operand(operator, fold, attribute)}
            if attribute is None:
                found[fold] = comparison
            else:
                found.setdefault(fold, {})[camel(attribute.name)] = comparison
        return found

    def _operand(self, operator: str, fold: str, attribute: Attribute | None) -> Any:
        if operator == "isNull":
            return self._draw(st.booleans())
        known: tuple[Any, ...] = (1, 2, 3, 4, 7, 8, 0)
        if attribute is not None and fold != "countDistinct":
            known = _OPERANDS.get(attribute.type, (1, 2, 4) if fold in {"min", "max"} else (2.5, 4, 7))
        if operator == "in":
            return self._draw(st.lists(st.sampled_from(known), max_size=3))
        return self._draw(st.sampled_from(known))

    def _sort(self) -> dict[str, Any]:
        way: Any = Choice(self._draw(st.sampled_from(("ASC", "DESC"))))
        if self._draw(st.booleans()):
            for part in reversed(self._draw(st.sampled_from(self._names))):
                way = {part: way}
            return {"key": way}
        fold, attribute = self._figure()
        return {fold: way if attribute is None else {camel(attribute.name): way}}
