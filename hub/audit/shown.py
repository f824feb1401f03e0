"""What an answer shows, taken from the restricted plan: datasets, and fields in clear or only in part."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hub.query.entity import Entity
from hub.query.folds import Folded, GroupAttribute, GroupRegion
from hub.query.plan import (
    Aggregate,
    Connection,
    Edges,
    Figure,
    Fold,
    FoldedFigure,
    FoldItem,
    Groups,
    LedgerFigure,
    LedgerGroup,
    LedgerGroups,
    LedgerItem,
    LedgerRegion,
    LedgerRoot,
    ListRoot,
    NodeOf,
    Nodes,
    Record,
    RestrictedPlan,
    Root,
    SingleRoot,
    Source,
    ToAll,
    ToMany,
    ToOne,
    TotalCount,
)

LEDGER = "ledger"
_Named = tuple[str, str]  # the dataset, and the field as the log writes it


@dataclass(frozen=True, slots=True)
class Shown:
    """``fields`` are written ``loan.amount``; of a group ``group(loan.status)``; of many rows ``sum(loan.amount)``."""

    dataset: str | None = None
    datasets: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    masked: tuple[str, ...] = ()


NOTHING = Shown()


def shown_of(restricted: RestrictedPlan) -> Shown:
    """What the answer to ``restricted`` shows, each once, in the order of the answer."""
    named = list(dict.fromkeys(item for root in restricted.plan.roots for item in _root(root)))
    masked = {f"{entity}.{attribute}" for entity, attribute in restricted.masked}
    fields = [field for _, field in named if field]
    datasets = tuple(dict.fromkeys(dataset for dataset, _ in named))
    return Shown(
        datasets[0] if datasets else None,
        datasets,
        tuple(field for field in fields if _inside(field) not in masked),
        tuple(field for field in fields if _inside(field) in masked),
    )


def _inside(field: str) -> str:
    """``loan.amount`` of ``max(loan.amount)``."""
    return field.rpartition("(")[2].removesuffix(")")


def _root(root: Root) -> Iterator[_Named]:
    match root:
        case SingleRoot():
            yield from _record(root.record)
        case ListRoot():
            yield from _connection(root.connection)
        case LedgerRoot():
            yield LEDGER, ""
            yield from _ledger(root.items)


def _record(record: Record) -> Iterator[_Named]:
    name = record.entity.name
    yield name, ""
    for item in record.items:
        match item:
            case Figure():
                yield name, f"{name}.{item.attribute.name}"
            case Source():
                yield name, f"{name}.source"
            case ToOne() | ToAll():
                yield from _record(item.record)
            case ToMany():
                yield from _connection(item.connection)
            case _:
                pass


def _connection(connection: Connection) -> Iterator[_Named]:
    entity = connection.rows.entity
    yield entity.name, ""
    for item in connection.items:
        match item:
            case Nodes():
                yield from _record(item.record)
            case Edges():
                for part in item.items:
                    if isinstance(part, NodeOf):
                        yield from _record(part.record)
            case TotalCount():
                yield entity.name, f"count({entity.name})"
            case Aggregate():
                yield from _aggregate(entity, item)
            case Groups():
                yield from _groups(entity, item)
            case _:
                pass


def _aggregate(entity: Entity, aggregate: Aggregate) -> Iterator[_Named]:
    for item in aggregate.items:
        if not isinstance(item, FoldItem):
            continue
        if item.fold is Fold.COUNT:
            yield entity.name, f"count({entity.name})"
        for figure in item.items:
            if isinstance(figure, FoldedFigure):
                yield entity.name, f"{item.fold.value}({entity.name}.{figure.attribute.name})"


def _groups(entity: Entity, groups: Groups) -> Iterator[_Named]:
    for key in groups.by:
        owner = key.path[-1][1] if key.path else entity
        if isinstance(key, GroupAttribute):
            yield owner.name, f"group({owner.name}.{key.attribute.name})"
        elif isinstance(key, GroupRegion):
            yield owner.name, f"group({owner.name}.region)"
    # What groups are chosen or ordered by shows as well.
    figures = [item.figure for item in groups.having]
    figures += [item.by for item in groups.order if isinstance(item.by, Folded)]
    for figure in figures:
        inner = entity.name if figure.attribute is None else f"{entity.name}.{figure.attribute.name}"
        yield entity.name, f"{figure.fold.value}({inner})"
    for item in groups.items:
        if isinstance(item, Aggregate):
            yield from _aggregate(entity, item)


def _ledger(items: tuple[LedgerItem, ...]) -> Iterator[_Named]:
    for item in items:
        match item:
            case LedgerRegion():
                yield from _record(item.record)
            case LedgerFigure():
                yield LEDGER, f"{LEDGER}.{item.measure}"
                if item.denominator:
                    yield LEDGER, f"{LEDGER}.{item.denominator}"
            case LedgerGroup():
                yield from _ledger(item.items)
            case LedgerGroups():
                yield from _ledger(item.items)
            case _:
                pass
