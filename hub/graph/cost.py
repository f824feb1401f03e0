"""What a plan could return at most: attributes of all rows its pages may hold, one inside the other."""

from __future__ import annotations

from hub.query.plan import (
    Aggregate,
    All,
    Condition,
    Connection,
    Edges,
    Either,
    FoldItem,
    Groups,
    LedgerGroup,
    LedgerGroups,
    LedgerItem,
    LedgerRegion,
    LedgerRoot,
    ListRoot,
    NodeOf,
    Nodes,
    Not,
    Record,
    Related,
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
            case Groups():
                total += _COUNTING + item.most * (len(item.by) + _folded(item))
            case _:
                total += 1
    return total


def _folded(groups: Groups) -> int:
    return sum(
        len(fold.items) + 1
        for item in groups.items
        if isinstance(item, Aggregate)
        for fold in item.items
        if isinstance(fold, FoldItem)
    )


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


def relations_followed(root: Root) -> int:
    """How many relations the filters and orders below ``root`` follow."""
    match root:
        case SingleRoot():
            return _followed_in_record(root.record)
        case ListRoot():
            return _followed_in_connection(root.connection)
        case LedgerRoot():
            return 0


def _followed_in_record(record: Record) -> int:
    total = 0
    for item in record.items:
        match item:
            case ToOne() | ToAll():
                total += _followed_in_record(item.record)
            case ToMany():
                total += _followed_in_connection(item.connection)
            case _:
                pass
    return total


def _followed_in_connection(connection: Connection) -> int:
    rows = connection.rows
    total = _followed_by(rows.condition) + sum(len(key.path) for key in rows.order)
    for item in connection.items:
        match item:
            case Nodes():
                total += _followed_in_record(item.record)
            case Edges():
                total += sum(_followed_in_record(part.record) for part in item.items if isinstance(part, NodeOf))
            case Groups():
                total += sum(len(key.path) for key in item.by)
            case _:
                pass
    return total


def _followed_by(condition: Condition) -> int:
    match condition:
        case All(conditions) | Either(conditions):
            return sum(_followed_by(item) for item in conditions)
        case Not(inner):
            return _followed_by(inner)
        case Related():
            return 1 + _followed_by(condition.condition)
        case _:
            return 0
