"""What a plan reads, for those who decide about it: every attribute of every entity, conditions and orders included."""

from __future__ import annotations

from collections.abc import Iterator

from hub.query.entity import Attribute, Entity
from hub.query.folds import Folded, GroupAttribute
from hub.query.plan import (
    Aggregate,
    All,
    Compare,
    Condition,
    Connection,
    Edges,
    Either,
    Figure,
    FoldedFigure,
    FoldItem,
    Groups,
    LedgerGroups,
    LedgerItem,
    LedgerRegion,
    LedgerRoot,
    ListRoot,
    NodeOf,
    Nodes,
    Not,
    Plan,
    Record,
    Related,
    SingleRoot,
    ToAll,
    ToMany,
    ToOne,
)

Read = tuple[Entity, Attribute]


def attributes_shown(plan: Plan) -> Iterator[Read]:
    """Every attribute whose value, or part of it, stands in the answer."""
    for root in plan.roots:
        match root:
            case SingleRoot():
                yield from _record(root.record)
            case ListRoot():
                yield from _connection(root.connection)
            case LedgerRoot():
                yield from _ledger(root.items)


def attributes_compared(entity: Entity, condition: Condition) -> Iterator[Read]:
    """Every attribute that ``condition`` on rows of ``entity`` depends on."""
    match condition:
        case Compare():
            yield entity, condition.attribute
        case All(conditions) | Either(conditions):
            for item in conditions:
                yield from attributes_compared(entity, item)
        case Not(inner):
            yield from attributes_compared(entity, inner)
        case Related():
            yield from attributes_compared(condition.entity, condition.condition)


def _record(record: Record) -> Iterator[Read]:
    for item in record.items:
        match item:
            case Figure():
                yield record.entity, item.attribute
            case ToOne() | ToAll():
                yield from _record(item.record)
            case ToMany():
                yield from _connection(item.connection)
            case _:
                pass


def _connection(connection: Connection) -> Iterator[Read]:
    for item in connection.items:
        match item:
            case Nodes():
                yield from _record(item.record)
            case Edges():
                for part in item.items:
                    if isinstance(part, NodeOf):
                        yield from _record(part.record)
            case Aggregate():
                yield from _folded(connection.rows.entity, item)
            case Groups():
                yield from _grouped(connection.rows.entity, item)
            case _:
                pass


def _folded(entity: Entity, aggregate: Aggregate) -> Iterator[Read]:
    for item in aggregate.items:
        if isinstance(item, FoldItem):
            for figure in item.items:
                if isinstance(figure, FoldedFigure):
                    yield entity, figure.attribute


def _grouped(entity: Entity, groups: Groups) -> Iterator[Read]:
    for key in groups.by:
        if isinstance(key, GroupAttribute):
            yield (key.path[-1][1] if key.path else entity), key.attribute
    # What groups are chosen or ordered by shows as well.
    figures = [item.figure for item in groups.having]
    figures += [item.by for item in groups.order if isinstance(item.by, Folded)]
    for figure in figures:
        if figure.attribute is not None:
            yield entity, figure.attribute
    for item in groups.items:
        if isinstance(item, Aggregate):
            yield from _folded(entity, item)


def _ledger(items: tuple[LedgerItem, ...]) -> Iterator[Read]:
    for item in items:
        match item:
            case LedgerRegion():
                yield from _record(item.record)
            case LedgerGroups():
                yield from _ledger(item.items)
            case _:
                pass
