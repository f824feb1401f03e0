"""What is wanted of one row, as pairs of response key and expression."""

# ruff: noqa: S608 -- identifiers come from the catalogue, values only as numbered parameters

from __future__ import annotations

from hub.catalog.registry import COUNTY, RECORDED_IN, SOURCE_PART, SOURCE_ROW
from hub.query import connections
from hub.query.plan import (
    Constant,
    Figure,
    Record,
    RecordItem,
    Source,
    SourceFact,
    ToAll,
    ToMany,
    ToOne,
)
from hub.query.values import instant, shown
from hub.query.writer import EMPTY_LIST, Pair, Writer, column, is_unique, json_object, table

_LONGEST_LIST = 1000


def record_pairs(writer: Writer, record: Record, alias: str) -> list[Pair]:
    """The items of ``record``, read from the row ``alias``."""
    return [(item.key, _item(writer, record, item, alias)) for item in record.items]


def constant(text: str) -> str:
    """A type's name as SQL text; it comes from the schema, never from a request."""
    if not text.isidentifier():
        raise ValueError("A constant of a plan is not a name.")
    return f"'{text}'::text"


def _item(writer: Writer, record: Record, item: RecordItem, alias: str) -> str:
    match item:
        case Constant(_, text):
            return constant(text)
        case Figure():
            return _figure(writer, record, item, alias)
        case ToOne():
            return _to_one(writer, item, alias)
        case ToAll():
            return _to_all(writer, item, alias)
        case ToMany():
            return connections.connection_sql(writer, item.connection, (item.relation, alias))
        case Source():
            return _source(item, alias)


def _figure(writer: Writer, record: Record, item: Figure, alias: str) -> str:
    return shown(column(alias, writer.column_of(record.entity, item.attribute)), item.attribute.type)


def _to_one(writer: Writer, item: ToOne, alias: str) -> str:
    other = writer.alias()
    entity = item.record.entity
    source = f"{table(entity, other)} where {writer.link(item.relation, entity, alias, other)}"
    if not is_unique(item.relation, entity):
        keys = ", ".join(column(other, name) for name in entity.key_columns)
        source += f" order by {keys} limit 1"
    return json_object(record_pairs(writer, item.record, other), source)


def _to_all(writer: Writer, item: ToAll, alias: str) -> str:
    other = writer.alias()
    entity = item.record.entity
    keys = ", ".join(column(other, name) for name in entity.key_columns)
    value = json_object(record_pairs(writer, item.record, other))
    found = writer.link(item.relation, entity, alias, other)
    rows = f"select {value} as n from {table(entity, other)} where {found} order by {keys} limit {_LONGEST_LIST}"
    return f"(select coalesce(json_agg(p.n), {EMPTY_LIST}) from ({rows}) p)"


_SOURCE_FACTS = {
    SourceFact.AGENCY: "sd.agency",
    SourceFact.KIND: "sd.kind",
    SourceFact.DELIVERY: "sd.name",
    SourceFact.SHEET: "sp.sheet",
}


def _source(item: Source, alias: str) -> str:
    pairs: list[Pair] = []
    for fact in item.items:
        if isinstance(fact, Constant):
            pairs.append((fact.key, constant(fact.text)))
        elif fact.fact is SourceFact.ROW:
            pairs.append((fact.key, column(alias, SOURCE_ROW)))
        elif fact.fact is SourceFact.RECORDED_AT:
            run = (
                f"(select {instant('coalesce(sr.finished_at, sr.started_at)')} from sync.run sr "
                f"where sr.county = {alias}.{COUNTY} and sr.run_id = {column(alias, RECORDED_IN)})"
            )
            pairs.append((fact.key, run))
        else:
            pairs.append((fact.key, _SOURCE_FACTS[fact.fact]))
    source = (
        "sync.source_part sp join sync.delivery sd on sd.county = sp.county and sd.delivery_id = sp.delivery_id "
        f"where sp.county = {alias}.{COUNTY} and sp.part_id = {column(alias, SOURCE_PART)}"
    )
    return json_object(pairs, source)
