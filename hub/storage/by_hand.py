"""One question in SQL, asked by hand: read only, one statement at a time, and it is known what it reads.

The statement is explained before it runs, so that the disclosure log learns of its tables, and declared as a cursor,
which nothing but a reading statement can be. Nothing is shown here: whoever asks gets the rows once they are logged.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.pq import ExecStatus

from hub.catalog.registry import HOUSEHOLD
from hub.errors import QueryError

Connection = psycopg.Connection[tuple[Any, ...]]

# What tells values of records without reading a table that an explanation would name.
_STATISTICS = frozenset({"pg_statistic", "pg_statistic_ext_data"})
_HIDDEN_READS = re.compile(r"_to_xml|ts_stat|pg_read_|lo_get", re.IGNORECASE)
_OF_RECORDS = ("record", "history", "computed")
_OF_HOUSEHOLDS = """
select 1 from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
where a.attname = %s and n.nspname = any(%s) and n.nspname || '.' || c.relname = any(%s) limit 1
"""
# Of these an error's text speaks of the statement; of others it may quote a row.
_ABOUT_THE_TEXT = "42"


@dataclass(frozen=True, slots=True)
class Look:
    """What a statement gave. ``tables`` are written ``record.loan``; ``fields`` ``loan.amount``, or ``sql(name)``.

    ``households``: those of the rows; ``is_cut``: there were more rows than are held.
    """

    tables: tuple[str, ...]
    headings: tuple[str, ...]
    fields: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    households: tuple[str, ...]
    is_cut: bool


def look(connection: Connection, county: str, text: str, most: int) -> Look:
    """Run one reading statement for ``county``; at most ``most`` rows. Raises ``QueryError`` SHELL_*."""
    statement = text.strip().removesuffix(";").encode()
    if _HIDDEN_READS.search(text):
        raise _refused("It calls a function that reads what cannot be told beforehand.")
    try:
        with connection.transaction():
            connection.execute("set transaction read only")
            connection.execute("set local statement_timeout = '60s'")
            connection.execute("select set_config('hub.county', %s, true)", (county,))
            (explained,) = _run(connection, b"explain (verbose, format json) " + statement, 1)[1][0]
            plan = json.loads(explained)
            tables = tuple(dict.fromkeys(_tables(plan[0]["Plan"])))
            if any(name.partition(".")[2] in _STATISTICS for name in tables):
                raise _refused("It reads statistics, which hold values of records.")
            _run(connection, b"declare asked no scroll cursor for " + statement, 0)
            origins, rows = _run(connection, b"fetch %d from asked" % (most + 1), most + 1)
            fields = tuple(_fields(connection, origins))
    except psycopg.Error as error:
        raise _failed(error.sqlstate, error.diag.message_primary) from None
    households = _households(connection, tables, plan[0]["Plan"], (origins, rows))
    headings = tuple(name for name, _, _ in origins)
    return Look(tables, headings, fields, tuple(rows[:most]), households, len(rows) > most)


_Origin = tuple[str, int, int]  # heading, the table and the column it comes from


def _run(connection: Connection, text: bytes, most: int) -> tuple[list[_Origin], list[tuple[Any, ...]]]:
    """By the extended protocol, which takes one statement and no more."""
    result = connection.pgconn.exec_params(text, [])
    if result.status not in {ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK}:
        fields = {}
        for name, code in (
            ("sqlstate", psycopg.pq.DiagnosticField.SQLSTATE),
            ("text", psycopg.pq.DiagnosticField.MESSAGE_PRIMARY),
        ):
            held = result.error_field(code)
            fields[name] = None if held is None else held.decode("utf-8", "replace")
        raise _failed(fields["sqlstate"], fields["text"])
    width = result.nfields
    origins = [
        ((result.fname(place) or b"?").decode(), result.ftable(place), result.ftablecol(place))
        for place in range(width)
    ]
    rows = [
        tuple(
            None if (cell := result.get_value(row, place)) is None else cell.decode("utf-8", "replace")
            for place in range(width)
        )
        for row in range(min(result.ntuples, most))
    ]
    return origins, rows


def _tables(node: Mapping[str, Any]) -> Iterator[str]:
    if "Relation Name" in node:
        yield f"{node.get('Schema', '?')}.{node['Relation Name']}"
    for below in node.get("Plans", ()):
        yield from _tables(below)


def _fields(connection: Connection, origins: list[_Origin]) -> Iterator[str]:
    for heading, table, number in origins:
        found = connection.execute(
            "select c.relname, a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid "
            "where c.oid = %s and a.attnum = %s",
            (table, number),
        ).fetchone()
        yield f"sql({heading})" if found is None else f"{found[0]}.{found[1]}"


def _households(
    connection: Connection,
    tables: tuple[str, ...],
    plan: Mapping[str, Any],
    found: tuple[list[_Origin], list[tuple[Any, ...]]],
) -> tuple[str, ...]:
    origins, rows = found
    places = [place for place, (heading, _, _) in enumerate(origins) if heading == HOUSEHOLD]
    told = dict.fromkeys(row[place] for row in rows for place in places if row[place] is not None)
    if places or not rows or _is_one_sum(plan):
        return tuple(told)
    of_households = connection.execute(_OF_HOUSEHOLDS, (HOUSEHOLD, list(_OF_RECORDS), list(tables))).fetchone()
    if of_households is not None:
        raise QueryError(
            "SHELL_HOUSEHOLDS_UNKNOWN",
            "The rows are about households, and do not say which: the disclosure log must.",
            f"Select {HOUSEHOLD} of each record too, or ask for one sum over all rows.",
            status=400,
        )
    return ()


def _is_one_sum(plan: Mapping[str, Any]) -> bool:
    """Whether all rows are folded into one."""
    node: Mapping[str, Any] = plan
    while node["Node Type"] in {"Gather", "Result", "Limit", "Sort"} and len(node.get("Plans", ())) == 1:
        node = node["Plans"][0]
    return node["Node Type"] == "Aggregate" and node.get("Strategy") == "Plain"


def _failed(state: str | None, message: str | None) -> QueryError:
    said = f": {message}" if message and (state or "").startswith(_ABOUT_THE_TEXT) else ""
    return QueryError(
        "SHELL_STATEMENT_FAILED",
        f"PostgreSQL refuses the statement ({state or '?'}){said}.",
        "One statement that reads, such as select; what it may read is what hub_rules may.",
        status=400,
    )


def _refused(why: str) -> QueryError:
    return QueryError("SHELL_STATEMENT_REFUSED", why, "Ask for the records themselves.", status=400)
