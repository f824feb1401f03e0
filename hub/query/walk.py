"""What a plan reads, for those who decide about it: every attribute of every entity, conditions and orders included."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hub.catalog.registry import HOUSEHOLD
from hub.query.entity import Attribute, Entity, Relation
from hub.query.folds import Folded, GroupKey, GroupRegion
from hub.query.plan import (
    Aggregate,
    All,
    Compare,
    Condition,
    Connection,
    Edges,
    Either,
    Figure,
    Fold,
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
    Root,
    Rows,
    SingleRoot,
    ToAll,
    ToMany,
    ToOne,
)


@dataclass(frozen=True, slots=True)
class Use:
    """What a plan does with one attribute; without one, it only reads whether and how many rows there are.

    ``is_asked_about``: only to know that the household is there of which the disclosure log is asked.
    What is not shown is compared, ordered by, joined on or counted: it decides about the answer without standing in it.
    """

    entity: Entity
    attribute: Attribute | None
    is_shown: bool
    is_asked_about: bool = False


def uses_of(plan: Plan) -> Iterator[Use]:
    """Everything the answer to ``plan`` can depend on, ledgers' figures apart; the same use may come again."""
    for root in plan.roots:
        yield from uses_of_root(root)


def uses_of_root(root: Root) -> Iterator[Use]:
    """Everything that one root of an answer can depend on."""
    match root:
        case SingleRoot():
            yield from _compared(root.record.entity, root.condition)
            yield from _record(root.record)
        case ListRoot():
            yield from _connection(root.connection)
        case LedgerRoot():
            yield from _ledger(root.items)


def _compared(entity: Entity, condition: Condition) -> Iterator[Use]:
    match condition:
        case Compare():
            yield Use(entity, condition.attribute, is_shown=False)
        case All(conditions) | Either(conditions):
            for item in conditions:
                yield from _compared(entity, item)
        case Not(inner):
            yield from _compared(entity, inner)
        case Related():
            yield from _joined(entity, condition.relation, condition.entity)
            yield from _compared(condition.entity, condition.condition)


def _joined(entity: Entity, relation: Relation, target: Entity) -> Iterator[Use]:
    yield Use(target, None, is_shown=False)
    for ours, theirs in relation.pairs:
        for owner, column in ((entity, ours), (target, theirs)):
            found = [item for item in owner.attributes if item.column == column]
            yield from (Use(owner, item, is_shown=False) for item in found)


def _followed(entity: Entity, path: tuple[tuple[Relation, Entity], ...]) -> Iterator[Use]:
    for relation, target in path:
        yield from _joined(entity, relation, target)
        entity = target


def _record(record: Record) -> Iterator[Use]:
    yield Use(record.entity, None, is_shown=False)
    for item in record.items:
        match item:
            case Figure():
                yield Use(record.entity, item.attribute, is_shown=True)
            case ToOne() | ToAll():
                yield from _joined(record.entity, item.relation, item.record.entity)
                yield from _record(item.record)
            case ToMany():
                yield from _joined(record.entity, item.relation, item.connection.rows.entity)
                yield from _connection(item.connection)
            case _:
                pass


def _rows(rows: Rows) -> Iterator[Use]:
    yield Use(rows.entity, None, is_shown=False)
    if rows.about is not None:
        household = rows.about.entity
        for attribute in (None, household.attribute(HOUSEHOLD)):
            yield Use(household, attribute, is_shown=False, is_asked_about=True)
    yield from _compared(rows.entity, rows.condition)
    for key in rows.order:
        yield from _followed(rows.entity, key.path)
        # A page's cursors hold what it is ordered by.
        yield Use(key.path[-1][1] if key.path else rows.entity, key.attribute, is_shown=True)


def _connection(connection: Connection) -> Iterator[Use]:
    entity = connection.rows.entity
    yield from _rows(connection.rows)
    for item in connection.items:
        match item:
            case Nodes():
                yield from _record(item.record)
            case Edges():
                for part in item.items:
                    if isinstance(part, NodeOf):
                        yield from _record(part.record)
            case Aggregate():
                yield from _aggregated(entity, item)
            case Groups():
                yield from _grouped(entity, item)
            case _:
                pass


def _aggregated(entity: Entity, aggregate: Aggregate) -> Iterator[Use]:
    for item in aggregate.items:
        if isinstance(item, FoldItem):
            for figure in item.items:
                if isinstance(figure, FoldedFigure):
                    yield _folded(entity, Folded(item.fold, figure.attribute))


def _folded(entity: Entity, figure: Folded) -> Use:
    return Use(entity, figure.attribute, is_shown=figure.fold not in {Fold.COUNT, Fold.COUNT_DISTINCT})


def _grouped(entity: Entity, groups: Groups) -> Iterator[Use]:
    for key in groups.by:
        yield from _key(entity, key)
    # What groups are chosen or ordered by shows as well.
    for having in groups.having:
        yield _folded(entity, having.figure)
    for item in groups.order:
        if isinstance(item.by, Folded):
            yield _folded(entity, item.by)
    for part in groups.items:
        if isinstance(part, Aggregate):
            yield from _aggregated(entity, part)


def _key(entity: Entity, key: GroupKey) -> Iterator[Use]:
    yield from _followed(entity, key.path)
    owner = key.path[-1][1] if key.path else entity
    if isinstance(key, GroupRegion):
        yield Use(owner, None, is_shown=False)
        yield Use(key.entity, None, is_shown=False)
    else:
        yield Use(owner, key.attribute, is_shown=True)


def _ledger(items: tuple[LedgerItem, ...]) -> Iterator[Use]:
    for item in items:
        match item:
            case LedgerRegion():
                yield from _record(item.record)
            case LedgerGroups():
                yield from _ledger(item.items)
            case _:
                pass
