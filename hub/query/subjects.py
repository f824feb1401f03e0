"""Whom an answer says something about: the households of the rows it holds, from the same scans that find the rows.

A record that a relation ties to the household of the record above it is not asked again. What a list amounts to names
nobody, unless few rows are added up or a group's key names one: then their households count as disclosed too.
"""

# ruff: noqa: S608 -- identifiers come from the catalogue, values only as numbered parameters

from __future__ import annotations

from collections.abc import Iterator

from hub.query import connections
from hub.query.entity import Entity, Relation
from hub.query.folds import GroupAttribute
from hub.query.plan import (
    Aggregate,
    Connection,
    Edges,
    Groups,
    NodeOf,
    Nodes,
    Record,
    RecordItem,
    ToAll,
    ToMany,
    ToOne,
    TotalCount,
)
from hub.query.writer import Writer, column, is_unique, table

FEW_ROWS = 20  # what so many rows, or fewer, amount to can be taken for what they say
_MOST_SUBJECTS = 10_000


def of_record(writer: Writer, record: Record, alias: str, *, known: bool = False) -> str:
    """The households that ``record``, read from ``alias``, says something about: SQL of JSON or text, or nothing.

    ``known``: that of the row itself is already told.
    """
    own = record.entity.household_column
    parts = [] if own is None or known else [column(alias, own)]
    for item in record.items:
        parts += _of_item(writer, item, alias, told=own is not None)
    return _together(parts)


def of_connection(writer: Writer, connection: Connection, parent: tuple[Relation, str] | None, *, known: bool) -> str:
    """The households that a list, one level down, says something about."""
    page = connections.page_of(writer, connection.rows, parent)
    parts = [of_record(writer, record, page.alias, known=known) for record in records_of(connection)]
    found = _together([part for part in parts if part])
    listed = [f"(select json_agg(x.s) from ({connections.rows_sql(page, f'{found} as s')}) x)"] if found else []
    return _together([*listed, *of_folds(writer, connection, parent, known=known)])


def of_folds(
    writer: Writer, connection: Connection, parent: tuple[Relation, str] | None, *, known: bool = False
) -> Iterator[str]:
    """The households of what the whole list amounts to, an expression for each way it is folded."""
    entity = connection.rows.entity
    if entity.household_column is None or known:
        return
    most = 0
    for item in connection.items:
        if isinstance(item, Groups) and any(_names_someone(entity, key) for key in item.by):
            most = _MOST_SUBJECTS
        elif isinstance(item, TotalCount | Aggregate | Groups):
            most = max(most, FEW_ROWS)
    if not most:
        return
    scan = connections.scan_of_all(writer, connection.rows, parent)
    household = column(scan.alias, entity.household_column)
    distinct = "distinct " if most > FEW_ROWS else ""
    rows = f"select {distinct}{household} as s from {scan.source} where {scan.condition} limit {most + 1}"
    told = "json_agg(x.s)" if most > FEW_ROWS else f"case when count(*) <= {most} then json_agg(x.s) end"
    yield f"(select {told} from ({rows}) x)"


def records_of(connection: Connection) -> Iterator[Record]:
    """What is wanted of each row of the page, once for each place it is wanted at."""
    for item in connection.items:
        if isinstance(item, Nodes):
            yield item.record
        elif isinstance(item, Edges):
            yield from (part.record for part in item.items if isinstance(part, NodeOf))


def _of_item(writer: Writer, item: RecordItem, alias: str, *, told: bool) -> Iterator[str]:
    match item:
        case ToOne() | ToAll():
            other = writer.alias()
            found = of_record(writer, item.record, other, known=told and item.relation.same_household)
            if found:
                yield _linked(writer, item, found, alias, other)
        case ToMany():
            known = told and item.relation.same_household
            found = of_connection(writer, item.connection, (item.relation, alias), known=known)
            if found:
                yield found
        case _:
            pass


def _linked(writer: Writer, item: ToOne | ToAll, found: str, alias: str, other: str) -> str:
    entity = item.record.entity
    source = f"{table(entity, other)} where {writer.link(item.relation, entity, alias, other)}"
    if isinstance(item, ToOne) and not is_unique(item.relation, entity):
        keys = ", ".join(column(other, name) for name in entity.key_columns)
        return f"(select json_agg(x.s) from (select {found} as s from {source} order by {keys} limit 1) x)"
    return f"(select json_agg({found}) from {source})"


def _together(parts: list[str]) -> str:
    if len(parts) < 2:  # one needs no list
        return parts[0] if parts else ""
    return f"json_build_array({', '.join(parts)})"


def _names_someone(entity: Entity, key: object) -> bool:
    """Whether a group's key tells who is in it: a number of a record, a household, a name, or what is masked."""
    if not isinstance(key, GroupAttribute):
        return False
    owner = key.path[-1][1] if key.path else entity
    return owner.identifies(key.attribute)
