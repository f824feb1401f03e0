"""The arguments of ``groups``: what tells groups apart, which of them are wanted, and in which order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hub.errors import QueryError
from hub.graph.face import Face
from hub.graph.filters import as_list, null_refused, value_of
from hub.graph.group_types import REGION_KEY, VALUE
from hub.graph.names import type_name
from hub.graph.variables import pinned, plain
from hub.query.entity import Entity
from hub.query.folds import (
    Bucket,
    Fold,
    Folded,
    GroupAttribute,
    GroupKey,
    GroupRegion,
    GroupSort,
    Having,
    Path,
    RegionLevel,
)
from hub.query.rows import Comparison, Value

_MOST_KEYS = 8


class GroupArguments:
    """Read once for each ``groups`` of a plan."""

    def __init__(self, face: Face, entity: Entity, arguments: Mapping[str, Any]) -> None:
        self._face = face
        self._entity = entity
        self._places: dict[tuple[str, ...], int] = {}
        self.by = tuple(self._keys(as_list(arguments["by"])))
        self.having = tuple(self._having(pinned(arguments.get("having")) or {}))
        self.order = tuple(self._sort(item) for item in as_list(arguments.get("orderBy")))

    def place(self, name: tuple[str, ...]) -> int:
        """Which key of ``by`` is called ``name``."""
        found = self._places.get(name)
        if found is None:
            raise QueryError(
                "QUERY_GROUP_KEY_MISSING",
                f"The groups are not made by {'.'.join(name)}.",
                "Add it to by, or leave it out of keys and orderBy.",
                status=400,
            )
        return found

    # ---------------------------------------------------------------- by

    def _keys(self, given: list[Any]) -> Iterator[GroupKey]:
        if not 1 <= len(given) <= _MOST_KEYS:
            raise QueryError(
                "QUERY_GROUP_KEYS_INVALID",
                f"Groups are made by 1 to {_MOST_KEYS} keys.",
                "Use aggregate for all rows together; leave some keys out if there are too many.",
                status=400,
            )
        for item in given:
            name, key = self._by(self._entity, item, (), ())
            if name in self._places:
                raise QueryError(
                    "QUERY_GROUP_KEY_REPEATED",
                    f"The groups are made by {'.'.join(name)} twice.",
                    "Name each key once; a day is in one bucket, a row in one level of regions.",
                    status=400,
                )
            self._places[name] = len(self._places)
            yield key

    def _by(self, entity: Entity, given: Any, path: Path, names: tuple[str, ...]) -> tuple[tuple[str, ...], GroupKey]:
        name, value = _only(given)
        if name == REGION_KEY:
            return (*names, name), GroupRegion(self._face.entities["region"], RegionLevel(_choice(value)), path)
        attribute = self._face.attributes.get((type_name(entity), name))
        if attribute is not None:
            chosen = _choice(value)
            return (*names, name), GroupAttribute(attribute, None if chosen == VALUE else Bucket(chosen), path)
        relation = self._face.relations[type_name(entity), name]
        target = self._face.entities[relation.target]
        return self._by(target, value, (*path, (relation, target)), (*names, name))

    # ---------------------------------------------------------------- having

    def _having(self, given: Mapping[str, Any]) -> Iterator[Having]:
        for name, value in given.items():
            if value is None:
                raise null_refused(name)
            if name == Fold.COUNT:
                yield from _compared(Folded(Fold.COUNT), value)
                continue
            for field, comparisons in value.items():
                if comparisons is None:
                    raise null_refused(field)
                yield from _compared(self._figure(name, field), comparisons)

    def _figure(self, fold: str, field: str) -> Folded:
        return Folded(Fold(fold), self._face.attributes[type_name(self._entity), field])

    # ---------------------------------------------------------------- order

    def _sort(self, given: Any) -> GroupSort:
        name, value = _only(given)
        if name == Fold.COUNT:
            return GroupSort(Folded(Fold.COUNT), _choice(value) == "DESC")
        if name != "key":
            field, way = _only(value)
            return GroupSort(self._figure(name, field), _choice(way) == "DESC")
        names: tuple[str, ...] = ()
        while isinstance(value, dict):
            part, value = _only(value)
            names = (*names, part)
        return GroupSort(self.place(names), _choice(value) == "DESC")


def _compared(figure: Folded, comparisons: Mapping[str, Any]) -> Iterator[Having]:
    for comparison, operand in comparisons.items():
        if operand is None:
            raise null_refused(comparison)
        value: Value = pinned(operand) if comparison == Comparison.IS_NULL else value_of(operand)
        yield Having(figure, Comparison(comparison), value)


def _only(given: Any) -> tuple[str, Any]:
    """The one member of an input that has exactly one."""
    ((name, value),) = pinned(given).items()
    return name, value


def _choice(given: Any) -> str:
    found: str = plain(pinned(given))
    return found


__all__ = ["REGION_KEY", "GroupArguments"]
