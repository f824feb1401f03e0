"""Figures that may be given only about many: which of a plan's figures, and what nobody may ask of them.

An agreement with ``smallest_group`` gives figures about at least so many households and no record. What a question
over such fields may not do, whatever the figures are, is refused here; the rest is compared where rows are counted.
"""

from __future__ import annotations

from collections.abc import Iterator

from hub.access.reach import Reach
from hub.catalog.field import FieldType
from hub.query.entity import Attribute, Entity
from hub.query.folds import Folded, FoldedFigure, FoldItem, GroupAttribute
from hub.query.plan import (
    Aggregate,
    All,
    Compare,
    Condition,
    Constant,
    Either,
    Fold,
    Groups,
    ListRoot,
    Not,
    Related,
    Root,
    TotalCount,
)
from hub.query.walk import uses_of_root

_ONE_RECORDS_VALUE = frozenset({Fold.MINIMUM, Fold.MAXIMUM})


def smallest_group(root: Root, reach: Reach) -> int:
    """About how many households the figures of ``root`` must at least be; 0 if anything may be shown."""
    if not reach.smallest_groups:
        return 0
    return max((reach.smallest_group(use.entity, use.attribute) for use in uses_of_root(root)), default=0)


def refused_of(root: Root, reach: Reach) -> Iterator[str]:
    """What of ``root`` would show a record, or pick out whom a figure is about; each as a phrase."""
    least = smallest_group(root, reach)
    if not least:
        return
    if not isinstance(root, ListRoot) or not all(map(_is_figure, root.connection.items)):
        yield from _records(root, reach, least)
        return
    entity = root.connection.rows.entity
    if entity.household_column is None:
        yield f"{entity.name} (has no households, of which figures must be about at least {least})"
    picked = [item for item in _compared(entity, root.connection.rows.condition) if _picks_out(*item)]
    for owner, attribute in [*picked, *(item for item in _keys(root) if _names_a_household(*item))]:
        yield f"{owner.name}.{attribute.name} (tells who it is: figures about at least {least} are not asked by it)"
    for item in root.connection.items:
        for attribute in _extremes(item):
            yield f"{entity.name}.{attribute.name} (the smallest and the largest are one record's; ask for sum or avg)"


def _is_figure(item: object) -> bool:
    return isinstance(item, Constant | TotalCount | Aggregate | Groups)


def _records(root: Root, reach: Reach, least: int) -> Iterator[str]:
    for use in uses_of_root(root):
        if reach.smallest_group(use.entity, use.attribute):
            name = f"{use.entity.name}.{use.attribute.name}" if use.attribute else use.entity.name
            yield f"{name} (is given only in totalCount, aggregate and groups of a list, about at least {least})"


def _compared(entity: Entity, condition: Condition) -> Iterator[tuple[Entity, Attribute]]:
    match condition:
        case Compare():
            yield entity, condition.attribute
        case All(conditions) | Either(conditions):
            for item in conditions:
                yield from _compared(entity, item)
        case Not(inner):
            yield from _compared(entity, inner)
        case Related():
            yield from _compared(condition.entity, condition.condition)


def _keys(root: ListRoot) -> Iterator[tuple[Entity, Attribute]]:
    for item in root.connection.items:
        if isinstance(item, Groups):
            for key in item.by:
                if isinstance(key, GroupAttribute):
                    yield key.path[-1][1] if key.path else root.connection.rows.entity, key.attribute


def _picks_out(owner: Entity, attribute: Attribute) -> bool:
    """Whether who knows a household can ask by it for that one, among others they know: any number of a record can."""
    is_free_text = attribute.type is FieldType.TEXT and not attribute.codes and owner.household_column is not None
    return is_free_text or _names_a_household(owner, attribute)


def _names_a_household(owner: Entity, attribute: Attribute) -> bool:
    """A key of what is no household's, such as a region, tells none."""
    is_key = attribute.name in owner.key and attribute.mask is None
    return owner.identifies(attribute) and not (is_key and owner.household_column is None)


def _extremes(item: object) -> Iterator[Attribute]:
    match item:
        case Aggregate():
            for part in item.items:
                if isinstance(part, FoldItem) and part.fold in _ONE_RECORDS_VALUE:
                    yield from (figure.attribute for figure in part.items if isinstance(figure, FoldedFigure))
        case Groups():
            figures = [having.figure for having in item.having]
            figures += [order.by for order in item.order if isinstance(order.by, Folded)]
            for figure in figures:
                if figure.fold in _ONE_RECORDS_VALUE and figure.attribute is not None:
                    yield figure.attribute
            for inner in item.items:
                yield from _extremes(inner)
