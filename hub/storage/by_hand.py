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
# Functions that run a text as a statement, read files or claim another county; and names written in escapes, which
# could be theirs.
_HIDDEN_READS = re.compile(r"""_to_xml|ts_stat|ts_rewrite|pg_read_|lo_get|set_config|u&\"""", re.IGNORECASE)
# What one sum over all rows may be: truth values, numbers, days, times. A text, list or JSON holds rows themselves.
_OF_ONE_SUM = frozenset({16, 20, 21, 23, 700, 701, 1082, 1114, 1184, 1186, 1700})
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
    is_one_sum = _is_one_sum(plan[0]["Plan"]) and all(origin.type in _OF_ONE_SUM for origin in origins)
    households = _households(connection, tables, fields, rows, is_one_sum=is_one_sum)
    headings = tuple(origin.heading for origin in origins)
    return Look(tables, headings, fields, tuple(rows[:most]), households, len(rows) > most)


@dataclass(frozen=True, slots=True)
class _Origin:
    """A column of the answer: its heading, the table and column it comes from and its type, by PostgreSQL's numbers."""

    heading: str
    table: int
    column: int
    type: int


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
        _Origin(
            (result.fname(place) or b"?").decode(), result.ftable(place), result.ftablecol(place), result.ftype(place)
        )
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
    for origin in origins:
        found = connection.execute(
            "select c.relname, a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid "
            "where c.oid = %s and a.attnum = %s",
            (origin.table, origin.column),
        ).fetchone()
        yield f"sql({origin.heading})" if found is None else f"{found[0]}.{found[1]}"


def _households(
    connection: Connection,
    tables: tuple[str, ...],
    fields: tuple[str, ...],
    rows: list[tuple[Any, ...]],
    *,
    is_one_sum: bool,
) -> tuple[str, ...]:
    # By the column it comes from: what is called so need not be one.
    places = [place for place, name in enumerate(fields) if name.partition(".")[2] == HOUSEHOLD]
    told = dict.fromkeys(row[place] for row in rows for place in places if row[place] is not None)
    if places or not rows or is_one_sum:
        return tuple(told)
    of_households = connection.execute(_OF_HOUSEHOLDS, (HOUSEHOLD, list(_OF_RECORDS), list(tables))).fetchone()
    if of_households is not None:
        raise QueryError(
            "SHELL_HOUSEHOLDS_UNKNOWN",
            "The rows are about households, and do not say which: the disclosure log must.",
            f"Select {HOUSEHOLD} of each record too, as it stands in its table, or ask for one sum over all rows: "
            "numbers and days.",
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
        "One statement that reads what hub_rules may, such as select … from record.loan (or history, computed, sync).",
        status=400,
    )


def _refused(why: str) -> QueryError:
    return QueryError("SHELL_STATEMENT_REFUSED", why, "Ask for the records themselves.", status=400)
