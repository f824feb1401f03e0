"""The monitoring ledger: the row of running totals that holds at the end of a day, per region or month."""

# ruff: noqa: S608 -- identifiers come from the catalogue, values only as numbered parameters

from __future__ import annotations

from collections.abc import Iterator

from hub.catalog.field import FieldType
from hub.query import records
from hub.query.plan import (
    Constant,
    Grouping,
    LedgerDay,
    LedgerFigure,
    LedgerGroup,
    LedgerGroups,
    LedgerItem,
    LedgerRegion,
    LedgerRoot,
    NamedFigure,
    Wording,
)
from hub.query.values import shown
from hub.query.writer import EMPTY_LIST, Pair, Writer, column, identifier, json_object, table

_MOST_GROUPS = 1000
# The day before a day's month began.
_EVE = "date_trunc('month', {day}::timestamp)::date - 1"


def ledger_sql(writer: Writer, root: LedgerRoot) -> str:
    """One value: the ledger as a JSON object, null if the region is not known or not the reader's."""
    region = writer.alias()
    day = writer.parameter(root.as_of, "date")
    source = (
        f"{table(root.region_entity, region)} {_joined(root.items, region, day, 'd')} "
        f"where {writer.rows_of(root.region_entity, region, linked=False)} "
        f"and {region}.code = {writer.parameter(root.region, 'text')}"
    )
    return json_object(_pairs(writer, root, root.items, (region, day, "d")), source)


def _joined(items: tuple[LedgerItem, ...], region: str, day: str, totals: str) -> str:
    """The totals of ``region`` on ``day``; where a figure is of the month, also those before it began."""
    text = f"left join lateral ({_totals(items, region, day)}) {totals} on true"
    if any(isinstance(item, NamedFigure) and item.of_month for item in items):
        eve = _EVE.format(day=day)
        text += f" left join lateral ({_totals(items, region, eve)}) {_before(totals)} on true"
    return text


def _before(totals: str) -> str:
    return f"{totals}0"


def _totals(items: tuple[LedgerItem, ...], region: str, day: str) -> str:
    """The newest totals of ``region`` that are not after ``day``."""
    measures = ", ".join(f"d.{identifier(name)}" for name in dict.fromkeys(_measures(items))) or "d.day"
    return (
        f"select {measures} from rollup.daily d where d.county = {region}.county and d.region = {region}.code "
        f"and d.day <= {day} order by d.day desc limit 1"
    )


def _measures(items: tuple[LedgerItem, ...]) -> Iterator[str]:
    for item in items:
        if isinstance(item, LedgerFigure):
            yield item.measure
            if item.denominator:
                yield item.denominator
        elif isinstance(item, NamedFigure):
            yield from item.measures
            yield from item.denominators
        elif isinstance(item, LedgerGroup):
            yield from _measures(item.items)


def _pairs(writer: Writer, root: LedgerRoot, items: tuple[LedgerItem, ...], row: tuple[str, str, str]) -> list[Pair]:
    region, day, totals = row
    pairs: list[Pair] = []
    for item in items:
        match item:
            case Constant(key, text):
                pairs.append((key, records.constant(text)))
            case LedgerDay(key):
                pairs.append((key, day))
            case LedgerRegion(key, record):
                pairs.append((key, json_object(records.record_pairs(writer, record, region))))
            case LedgerFigure():
                pairs.append((item.key, _figure(item, totals)))
            case NamedFigure():
                pairs.append((item.key, _named(item, totals)))
            case Wording(key, value):
                pairs.append((key, str(value) if isinstance(value, int) else f"{_quoted(value)}::text"))
            case LedgerGroup():
                pairs.append((item.key, json_object(_pairs(writer, root, item.items, row))))
            case LedgerGroups():
                pairs.append((item.key, _groups(writer, root, item, row)))
    return pairs


def _figure(item: LedgerFigure, totals: str) -> str:
    measure = f"coalesce({column(totals, item.measure)}, 0)"
    if item.denominator is None:
        return shown(measure, FieldType.MONEY) if item.is_money else measure
    whole = column(totals, item.denominator)
    return f"round({measure} * 100.0 / nullif({whole}, 0), 2)::text"


def _named(item: NamedFigure, totals: str) -> str:
    if not item.measures:
        return "null::text"
    figure = _sum(item.measures, totals, of_month=item.of_month)
    if item.denominators:
        whole = _sum(item.denominators, totals, of_month=item.of_month)
        return f"round({figure} * {'100.0' if item.is_percent else '1.0'} / nullif({whole}, 0), 2)::text"
    return shown(figure, FieldType.MONEY) if item.is_money else f"{figure}::text"


def _sum(measures: tuple[str, ...], totals: str, *, of_month: bool) -> str:
    figure = "(" + " + ".join(f"coalesce({column(totals, name)}, 0)" for name in measures) + ")"
    return f"({figure} - {_sum(measures, _before(totals), of_month=False)})" if of_month else figure


def _quoted(text: str) -> str:
    """A literal, whatever standard_conforming_strings says."""
    if "\\" in text:
        raise ValueError("A definition's words hold a backslash.")
    return "'" + text.replace("'", "''") + "'"


def _groups(writer: Writer, root: LedgerRoot, item: LedgerGroups, row: tuple[str, str, str]) -> str:
    region, day, totals = row
    if root.grouping is None or totals != "d":  # a part is not divided again
        return EMPTY_LIST
    if root.grouping is Grouping.MONTH:
        return _months(writer, root, item, region, day)
    part = writer.alias()
    value = json_object(_pairs(writer, root, item.items, (part, day, "g")))
    allowed = writer.rows_of(root.region_entity, part, linked=True)
    rows = (
        f"select {value} as n from {table(root.region_entity, part)} "
        f"{_joined(item.items, part, day, 'g')} "
        f"where {part}.county = {region}.county and {part}.level = '{root.grouping.value}' "
        f"and {part}.code > {region}.code and {part}.code < {region}.code || '~'"
        + (f" and {allowed}" if allowed else "")
        + f" order by {part}.code limit {_MOST_GROUPS}"
    )
    return f"(select coalesce(json_agg(p.n), {EMPTY_LIST}) from ({rows}) p)"


def _months(writer: Writer, root: LedgerRoot, item: LedgerGroups, region: str, day: str) -> str:
    value = json_object(_pairs(writer, root, item.items, (region, "m.day", "g")))
    first = f"(select min(d.day) from rollup.daily d where d.county = {region}.county and d.region = {region}.code)"
    ends = (
        "select (s.month + interval '1 month')::date - 1 as day from generate_series("
        f"date_trunc('month', {first}::timestamp), {day}::timestamp, interval '1 month') s(month)"
    )
    rows = (
        f"select m.day, {value} as n from ({ends}) m "
        f"{_joined(item.items, region, 'm.day', 'g')} "
        f"where m.day <= {day} order by m.day desc limit {_MOST_GROUPS}"
    )
    return f"(select coalesce(json_agg(p.n order by p.day), {EMPTY_LIST}) from ({rows}) p)"
