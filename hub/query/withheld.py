"""Figures about many only: each is counted by the households behind it before it is told, in the same statement.

A figure about too few is null, also where the rows that a filter leaves out are of too few: the whole less the figure
would tell of them. Of groups, those about too few are left out, and with them the smallest that is not: the whole less
what is shown is then about enough.
"""

# ruff: noqa: S608 -- identifiers come from the catalogue, values only as numbered parameters

from __future__ import annotations

from dataclasses import replace

from hub.query import records, subjects
from hub.query.aggregates import aggregate_sql
from hub.query.connections import scan_of_all
from hub.query.groups import Scan, large_groups_sql
from hub.query.plan import Aggregate, Connection, Constant, Groups, TotalCount
from hub.query.rows import All, Not
from hub.query.writer import EMPTY_LIST, Pair, Writer, column, json_object


def figures_sql(writer: Writer, connection: Connection, least: int) -> str:
    """A select of one row: the answer, no rows, the households; then whether all was withheld, or how many groups.

    ``connection`` holds figures only, and its rows belong to households.
    """
    scan, household = _scan(writer, connection)
    enough = f"(select count(distinct {household}) >= {least:d} from {scan.source} where {scan.condition})"
    sources = [f"(select {enough} and {_rest_is_enough(writer, connection, least)} as is_told) e"]
    pairs: list[Pair] = []
    left_out = ["0"]
    for item in connection.items:
        match item:
            case Constant(key, text):
                pairs.append((key, records.constant(text)))
            case TotalCount() | Aggregate():
                pairs.append((item.key, f"case when e.is_told then {_figure(writer, connection, item)} end"))
            case Groups():
                place = f"q{len(sources)}"
                inner, household = _scan(writer, connection)
                sources.append(f"({large_groups_sql(writer, item, inner, (household, least))}) {place}")
                pairs.append((item.key, f"case when e.is_told then {place}.listed else {EMPTY_LIST} end"))
                left_out.append(f"{place}.left_out")
            case _:
                raise TypeError("Records were asked for where only figures are given.")
    told = [f"case when e.is_told then {part} end" for part in subjects.of_folds(writer, connection, None)]
    households = f"json_build_array({', '.join(told)})" if told else "null::json"
    # How many groups there are within too few households would tell of them.
    withheld = f"json_build_array(not e.is_told, case when e.is_told then {' + '.join(left_out)} else 0 end)"
    answer = json_object([(key, f"r.k{place}") for place, (key, _) in enumerate(pairs)])
    listed = "".join(f"{expression} as k{place}, " for place, (_, expression) in enumerate(pairs))
    found = f"select {listed}{households} as s, {withheld} as w from {', '.join(sources)}"
    return f"select {answer} as a, 0 as n, r.s, r.w from ({found}) r"


def _figure(writer: Writer, connection: Connection, item: TotalCount | Aggregate) -> str:
    scan, _ = _scan(writer, connection)
    rows = f"{scan.source} where {scan.condition}"
    if isinstance(item, TotalCount):
        return f"(select count(*) from {rows})"
    return aggregate_sql(item, rows, scan.alias)


def _scan(writer: Writer, connection: Connection) -> tuple[Scan, str]:
    """The rows that figures are made of, and the column with their household."""
    entity = connection.rows.entity
    if entity.household_column is None:
        raise ValueError("Figures are counted by households, and these rows have none.")
    scan = scan_of_all(writer, connection.rows, None)
    return scan, column(scan.alias, entity.household_column)


def _rest_is_enough(writer: Writer, connection: Connection, least: int) -> str:
    """Whether the rows that do not meet the condition are none, or of enough households."""
    rows = connection.rows
    if rows.condition == All():
        return "true"
    rest = replace(connection, rows=replace(rows, condition=Not(rows.condition)))
    scan, household = _scan(writer, rest)
    enough = f"count(*) = 0 or count(distinct {household}) >= {least:d}"
    return f"(select {enough} from {scan.source} where {scan.condition})"
