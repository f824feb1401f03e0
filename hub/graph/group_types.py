"""The GraphQL types that fold and group the rows of one entity. Keys are called what its fields are called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hub.catalog.field import FieldType
from hub.graph.names import SCALARS, camel, scalar_name, type_name
from hub.graph.types import Argument, Member, TypeSet
from hub.query.entity import Attribute, Entity
from hub.query.folds import Bucket, Fold, RegionLevel
from hub.query.writer import is_unique

REGION_KEY = "region"
VALUE = "VALUE"

_SUMMED = frozenset({FieldType.MONEY, FieldType.INTEGER})
_AVERAGED = _SUMMED | {FieldType.RATE}
_RANKED = _AVERAGED | {FieldType.DATE, FieldType.TIMESTAMP}
_UNGROUPED = frozenset({FieldType.TIMESTAMP, FieldType.WORDS})
_KINDS = {Fold.SUM: _SUMMED, Fold.AVERAGE: _AVERAGED, Fold.MINIMUM: _RANKED, Fold.MAXIMUM: _RANKED}
_FOLDS = {
    Fold.COUNT_DISTINCT: "How many different values. 不同值的个数。",
    Fold.SUM: "Sum. 合计。",
    Fold.AVERAGE: "Average of the values there are. 平均值。",
    Fold.MINIMUM: "Smallest. 最小值。",
    Fold.MAXIMUM: "Largest. 最大值。",
}
_COUNTED = "How many rows. 行数。"


def group_arguments(name: str) -> tuple[Argument, ...]:
    """What ``groups`` takes."""
    about = (
        "At most so many groups, from the start of the order. Without it, too many groups are refused, never cut off. "
        "最多取的组数;不填时组数过多即拒绝,不作截断。"
    )
    return (
        Argument("by", f"[{name}GroupBy!]!", "What tells groups apart. 分组依据。"),
        Argument("having", f"{name}Having", "Only groups whose figures meet all of this. 分组过滤条件。"),
        Argument("orderBy", f"[{name}GroupOrder!]", "Order; the keys decide between equal groups. 分组排序。"),
        Argument("first", "Int", about),
    )


def declare_shared(types: TypeSet) -> None:
    """What all entities group by."""
    types.choice("ByValue", "Rows with the same value are one group.", {VALUE: "By the value itself. 按值。"})
    spans = {
        Bucket.DAY: "By day. 按日。",
        Bucket.MONTH: "By month, known by its first day. 按月,以首日表示。",
        Bucket.QUARTER: "By quarter, known by its first day. 按季,以首日表示。",
        Bucket.YEAR: "By year, known by its first day. 按年,以首日表示。",
    }
    types.choice("ByDate", "Rows whose day lies in the same span are one group.", _named(spans))
    levels = {
        RegionLevel.COUNTY: "County or city. 县(市)。",
        RegionLevel.TOWNSHIP: "Township. 乡镇。",
        RegionLevel.VILLAGE: "Village. 行政村。",
    }
    types.choice(
        "ByRegion",
        "Rows that lie in the same region of this level are one group; those placed above it are one without region.",
        _named(levels),
    )
    types.output(
        "GroupRegion",
        "The region whose rows are a group.",
        [
            Member("code", "String!", "Code. 区划代码。"),
            Member("name", "String", "Name; null if the reader may not see the region itself. 名称。"),
            Member("level", "ByRegion!", "Level. 级别。"),
        ],
    )


def _named(choices: Mapping[Bucket, str] | Mapping[RegionLevel, str]) -> dict[str, str]:
    return {choice.value: about for choice, about in choices.items()}


def declare(types: TypeSet, entity: Entity, entities: Mapping[str, Entity]) -> None:
    """All types that fold and group ``entity``."""
    name = type_name(entity)
    _declare_aggregate(types, entity)
    _declare_keys(types, entity, entities)
    types.output(
        f"{name}Group",
        f"Rows that have their keys in common: {entity.about}",
        [
            Member("keys", f"{name}Keys!", "What they have in common. 分组键。"),
            Member("aggregate", f"{name}Aggregate!", "What they amount to. 汇总。"),
        ],
    )
    _declare_having(types, entity)
    _declare_order(types, entity)


# ---------------------------------------------------------------- figures


def _foldable(entity: Entity, fold: Fold) -> list[Attribute]:
    """The attributes that can be folded so. Of a masked value, only how many there are is told."""
    if fold is Fold.COUNT_DISTINCT:
        return [item for item in entity.attributes if item.type not in _UNGROUPED]
    kinds = _KINDS[fold]
    return [item for item in entity.attributes if item.type in kinds and not item.mask and item.name not in entity.key]


def _declare_aggregate(types: TypeSet, entity: Entity) -> None:
    name = type_name(entity)
    members = [Member("count", "Int!", _COUNTED)]
    for fold, about in _FOLDS.items():
        found = _foldable(entity, fold)
        if not found:
            continue
        part = name + fold.value[0].upper() + fold.value[1:]
        empty = "" if fold is Fold.COUNT_DISTINCT else " Null where there is no value."
        types.output(
            part, about + empty, [Member(camel(item.name), _folded_type(item, fold), item.zh) for item in found]
        )
        members.append(Member(fold.value, f"{part}!", about))
    types.output(f"{name}Aggregate", f"What some rows amount to: {entity.about}", members)


def _folded_type(attribute: Attribute, fold: Fold) -> str:
    if fold is Fold.COUNT_DISTINCT:
        return "Int!"
    if attribute.type is FieldType.INTEGER:
        return "Int" if fold in {Fold.MINIMUM, Fold.MAXIMUM} else "Float"
    return SCALARS[attribute.type]


# ---------------------------------------------------------------- keys


def is_groupable(attribute: Attribute) -> bool:
    """Whether groups may be made by it: not by a masked value, which a group's key would show."""
    return attribute.mask is None and attribute.type not in _UNGROUPED


def _declare_keys(types: TypeSet, entity: Entity, entities: Mapping[str, Entity]) -> None:
    name = type_name(entity)
    keys: list[Member] = []
    choices: list[Member] = []
    order: list[Member] = []
    for attribute in filter(is_groupable, entity.attributes):
        field = camel(attribute.name)
        keys.append(Member(field, scalar_name(entity, attribute), attribute.zh))
        choices.append(Member(field, "ByDate" if attribute.type is FieldType.DATE else "ByValue", attribute.zh))
        order.append(Member(field, "Direction", attribute.zh))
    if entity.placed:
        about = "Region they lie in. 所在区划。"
        keys.append(Member(REGION_KEY, "GroupRegion", about))
        choices.append(Member(REGION_KEY, "ByRegion", about))
        order.append(Member(REGION_KEY, "Direction", about))
    for relation in entity.relations:
        target = entities[relation.target]
        if not relation.many and is_unique(relation, target):
            field, other = camel(relation.name), type_name(target)
            keys.append(Member(field, f"{other}Keys!", relation.zh))
            choices.append(Member(field, f"{other}GroupBy", relation.zh))
            order.append(Member(field, f"{other}KeyOrder", relation.zh))
    about = f"what groups are told apart by: {entity.about}"
    types.output(f"{name}Keys", f"Of {about} Null where it is missing; only what is in by can be asked for.", keys)
    types.argument(f"{name}GroupBy", f"One of {about}", choices, one_of=True)
    types.argument(f"{name}KeyOrder", f"One of {about}", order, one_of=True)


# ---------------------------------------------------------------- having and order


def _figures(entity: Entity) -> Iterator[tuple[str, list[Fold], list[Attribute]]]:
    """The folds that compare and order groups; the smallest and the largest have the same types."""
    for part, folds in (
        ("CountDistinct", [Fold.COUNT_DISTINCT]),
        ("Sum", [Fold.SUM]),
        ("Avg", [Fold.AVERAGE]),
        ("Rank", [Fold.MINIMUM, Fold.MAXIMUM]),
    ):
        found = _foldable(entity, folds[0])
        if found:
            yield part, folds, found


def _declare_having(types: TypeSet, entity: Entity) -> None:
    name = type_name(entity)
    members = [Member("count", "IntFilter", _COUNTED)]
    for part, folds, found in _figures(entity):
        inner = [Member(camel(item.name), f"{_compared_type(item, folds[0])}Filter", item.zh) for item in found]
        types.argument(f"{name}{part}Having", "Conditions on figures of a group. All must hold.", inner)
        members += [Member(fold.value, f"{name}{part}Having", _FOLDS[fold]) for fold in folds]
    types.argument(f"{name}Having", f"Conditions on groups of: {entity.about} All must hold.", members)


def _compared_type(attribute: Attribute, fold: Fold) -> str:
    return "Int" if fold is Fold.COUNT_DISTINCT else _folded_type(attribute, fold)


def _declare_order(types: TypeSet, entity: Entity) -> None:
    name = type_name(entity)
    members = [
        Member("key", f"{name}KeyOrder", "By a key. 按分组键。"),
        Member("count", "Direction", _COUNTED),
    ]
    for part, folds, found in _figures(entity):
        inner = [Member(camel(item.name), "Direction", item.zh) for item in found]
        types.argument(f"{name}{part}Order", "A figure that groups are ordered by.", inner, one_of=True)
        members += [Member(fold.value, f"{name}{part}Order", _FOLDS[fold]) for fold in folds]
    types.argument(f"{name}GroupOrder", f"One key of an order of groups of: {entity.about}", members, one_of=True)
