"""The arguments ``filter`` and ``orderBy`` as conditions and sort keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.errors import QueryError
from hub.graph.face import Face
from hub.graph.names import type_name
from hub.graph.variables import pinned, plain
from hub.query.entity import Attribute, Entity, Relation
from hub.query.plan import (
    All,
    Compare,
    Comparison,
    Condition,
    Either,
    Not,
    Quantifier,
    Related,
    SortKey,
    Value,
)

_LONGEST_ORDER = 8


def condition_of(face: Face, entity: Entity, given: Mapping[str, Any]) -> Condition:
    """A filter of ``entity`` as one condition."""
    found: list[Condition] = []
    for name, value in given.items():
        if value is None:
            raise null_refused(name)
        found += _member(face, entity, name, value)
    return found[0] if len(found) == 1 else All(tuple(found))


def _member(face: Face, entity: Entity, name: str, value: Any) -> list[Condition]:
    if name == "and":
        return [condition_of(face, entity, item) for item in value]
    if name == "or":
        return [Either(tuple(condition_of(face, entity, item) for item in value))]
    if name == "not":
        return [Not(condition_of(face, entity, value))]
    attribute = face.attributes.get((type_name(entity), name))
    if attribute is not None:
        return [_comparison(attribute, comparison, operand) for comparison, operand in value.items()]
    relation = face.relations[type_name(entity), name]
    target = face.entities[relation.target]
    if relation.many:
        return [_quantified(face, relation, target, quantifier, inner) for quantifier, inner in value.items()]
    return [Related(relation, target, Quantifier.SOME, condition_of(face, target, value))]


def _quantified(face: Face, relation: Relation, target: Entity, quantifier: str, inner: Any) -> Condition:
    if inner is None:
        raise null_refused(quantifier)
    return Related(relation, target, Quantifier(quantifier), condition_of(face, target, inner))


def _comparison(attribute: Attribute, comparison: str, operand: Any) -> Condition:
    if operand is None:
        raise null_refused(comparison)
    if comparison == Comparison.IS_NULL:
        return Compare(attribute, Comparison.IS_NULL, pinned(operand))
    return Compare(attribute, Comparison(comparison), value_of(operand))


def value_of(operand: Any) -> Value:
    """An argument as a value of the plan."""
    if isinstance(operand, list):
        return tuple(plain(item) for item in operand)
    found: Value = plain(operand)
    return found


def null_refused(name: str) -> QueryError:
    """The refusal of a condition that is null."""
    return QueryError(
        "QUERY_FILTER_NULL",
        f"The filter's {name} is null, which could mean everything or nothing.",
        "Leave it out to not filter by it, or use isNull: true to find missing values.",
        status=400,
    )


def order_of(face: Face, entity: Entity, given: Any) -> tuple[SortKey, ...]:
    """A total order: what was asked for, then the key, in the direction of the last one asked for."""
    keys = [_sort_key(face, entity, item, ()) for item in as_list(given)]
    if len(keys) > _LONGEST_ORDER:
        raise QueryError(
            "QUERY_ORDER_TOO_LONG", f"An order has at most {_LONGEST_ORDER} keys.", "Leave some out.", status=400
        )
    descending = keys[-1].descending if keys else entity.newest_first
    asked = {key.attribute.name for key in keys if not key.path}
    keys += [SortKey(entity.attribute(name), descending) for name in entity.key if name not in asked]
    return tuple(keys)


def as_list(given: Any) -> list[Any]:
    """A list argument that may be one item, or a slot for a whole list."""
    found = pinned(given)
    return list(found) if found is not None else []


def _sort_key(face: Face, entity: Entity, given: Any, path: tuple[tuple[Relation, Entity], ...]) -> SortKey:
    ((name, value),) = pinned(given).items()
    attribute = face.attributes.get((type_name(entity), name))
    if attribute is not None:
        return SortKey(attribute, plain(pinned(value)) == "DESC", path)
    relation = face.relations[type_name(entity), name]
    target = face.entities[relation.target]
    return _sort_key(face, target, value, (*path, (relation, target)))
