"""What a plan could return at most: attributes of all rows its pages may hold, one inside the other."""

from __future__ import annotations

from hub.query.plan import (
    Aggregate,
    Connection,
    Edges,
    LedgerGroup,
    LedgerGroups,
    LedgerItem,
    LedgerRegion,
    LedgerRoot,
    ListRoot,
    NodeOf,
    Nodes,
    Record,
    Root,
    SingleRoot,
    ToAll,
    ToMany,
    ToOne,
    TotalCount,
)

_COUNTING = 100  # to count or fold all rows, however many
_PARTS = 100  # of a ledger that is split


def cost_of(root: Root) -> int:
    """The cost of one root."""
    match root:
        case SingleRoot():
            return _record(root.record)
        case ListRoot():
            return _connection(root.connection)
        case LedgerRoot():
            return _ledger(root.items)


def _record(record: Record) -> int:
    total = 1
    for item in record.items:
        match item:
            case ToOne():
                total += _record(item.record)
            case ToAll():
                total += 20 * _record(item.record)
            case ToMany():
                total += _connection(item.connection)
            case _:
                total += 1
    return total


def _connection(connection: Connection) -> int:
    total = 1
    size = connection.rows.page.size
    for item in connection.items:
        match item:
            case Nodes():
                total += size * _record(item.record)
            case Edges():
                total += size * sum(_record(part.record) if isinstance(part, NodeOf) else 1 for part in item.items)
            case TotalCount() | Aggregate():
                total += _COUNTING
            case _:
                total += 1
    return total


def _ledger(items: tuple[LedgerItem, ...]) -> int:
    total = 1
    for item in items:
        match item:
            case LedgerRegion():
                total += _record(item.record)
            case LedgerGroup():
                total += _ledger(item.items)
            case LedgerGroups():
                total += _PARTS * _ledger(item.items)
            case _:
                total += 1
    return total
