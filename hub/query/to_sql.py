"""A restricted plan becomes one statement: a JSON column for each root, whatever the depth below it.

To-one and to-many relations are correlated sub-selects, so that the order of a page is never at a join's mercy.
"""

# ruff: noqa: S608 -- identifiers come from the catalogue, values only as numbered parameters

from __future__ import annotations

import re
from dataclasses import dataclass

from hub.catalog.registry import HOUSEHOLD
from hub.query import connections, ledgers, subjects, withheld
from hub.query.conditions import condition_sql
from hub.query.parameters import Origin
from hub.query.plan import About, LedgerRoot, ListRoot, RestrictedPlan, Root, SingleRoot
from hub.query.records import record_pairs
from hub.query.writer import Writer, column, json_object, table

_PARAMETER = re.compile(r"\$(\d+)::")


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL text, where its parameters come from, and the response key of each column.

    Two more columns follow: how many rows its lists and records hold, and the households they belong to as nested JSON
    lists, for the disclosure log. ``reader`` is the database's role that runs it. ``smallest_groups`` is empty, or a
    column stands before those two: what was withheld of each root for being about fewer households than it says.
    """

    text: bytes
    origins: tuple[Origin, ...]
    keys: tuple[str, ...]
    reader: str = "none"
    smallest_groups: tuple[int, ...] = ()


def to_sql(restricted: RestrictedPlan) -> Statement:
    """The one statement that answers ``restricted``."""
    writer = Writer(restricted)
    roots = restricted.plan.roots
    least = restricted.smallest_groups or (0,) * len(roots)
    sources = [_root(writer, root, each) for root, each in zip(roots, least, strict=True)]
    # Reach and role stand in the text: a plan cached for a village's few rows is never reused for the county, nor
    # made again because another role runs it.
    reach = "county" if restricted.rows.whole_county else "region"
    places = range(len(roots))
    answers = "".join(f"r{place}.a as r{place}, " for place in places)
    count = " + ".join(f"coalesce(r{place}.n, 0)" for place in places)
    households = ", ".join(f"r{place}.s" for place in places)
    left_out = ", ".join(f"r{place}.w" if least[place] else "null::json" for place in places)
    left_out = f"array_to_json(array[{left_out}]) as w, " if any(least) else ""
    joined = "".join(f" left join ({source}) r{place} on true" for place, source in enumerate(sources))
    head = f"/* {reach} {restricted.reader} */"
    text, origins = _renumbered(
        f"{head} select {answers}{left_out}{count} as n, array_to_json(array[{households}]) as s "
        f"from (select) z{joined}",
        writer.origins,
    )
    keys = tuple(root.key for root in roots)
    return Statement(text.encode(), origins, keys, restricted.reader, restricted.smallest_groups)


def _renumbered(text: str, origins: tuple[Origin, ...]) -> tuple[str, tuple[Origin, ...]]:
    """Only the parameters that stand in the text: rows that nothing is wanted of leave some behind."""
    used = sorted({int(number) for number in _PARAMETER.findall(text)})
    if len(used) == len(origins):
        return text, origins
    places = {str(number): place for place, number in enumerate(used, start=1)}
    renumbered = _PARAMETER.sub(lambda found: f"${places[found[1]]}::", text)
    return renumbered, tuple(origins[number - 1] for number in used)


def _root(writer: Writer, root: Root, least: int) -> str:
    """A select of at most one row: the answer, how many rows it holds, their households."""
    match root:
        case ListRoot() if least:
            return withheld.figures_sql(writer, root.connection, least)
        case SingleRoot():
            return _single(writer, root)
        case ListRoot():
            listed = connections.root_sql(writer, root.connection)
            about = root.connection.rows.about
            return listed if about is None else _about(writer, about, listed)
        case LedgerRoot():
            return f"select {ledgers.ledger_sql(writer, root)} as a, 0 as n, null::json as s"


def _about(writer: Writer, about: About, listed: str) -> str:
    """``listed``, about the household itself; nothing if it is not there for who asks."""
    household = writer.parameter(about.household, "text")
    told = f"select a.a, a.n, to_json({household}) as s from ({listed}) a"
    if writer.restricted.of_anyone:
        return told
    alias = writer.alias()
    found = f"{writer.rows_of(about.entity, alias, linked=False)} and {column(alias, HOUSEHOLD)} = {household}"
    return f"{told} where exists (select from {table(about.entity, alias)} where {found})"


def _single(writer: Writer, root: SingleRoot) -> str:
    alias = writer.alias()
    entity = root.record.entity
    found = f"{writer.rows_of(entity, alias, linked=False)} and {condition_sql(writer, root.condition, alias)}"
    answer = json_object(record_pairs(writer, root.record, alias))
    told = subjects.of_record(writer, root.record, alias)
    households = f"to_json({told})" if told else "null::json"
    return f"select {answer} as a, 1 as n, {households} as s from {table(entity, alias)} where {found}"
