"""The last day on which the bank booked anything: what is true on a later day, nobody knows yet."""

from __future__ import annotations

from datetime import date

from psycopg.sql import SQL, Identifier

from hub.errors import RuleError
from hub.rules.policy import Connection
from hub.rules.touched import fresh_runs

_BOOKED = (("loan", "disbursed_on"), ("repayment", "paid_on"), ("interest_collection", "collected_on"))


def known(day: date | None) -> date:
    """The day. Raises ``RuleError`` RULES_NOTHING_BOOKED where there is none: the bank has not delivered."""
    if day is None:
        raise RuleError(
            "RULES_NOTHING_BOOKED", "The bank has delivered nothing yet.", "Run `hub sync bank` first.", status=409
        )
    return day


def booked_until(connection: Connection, county: str) -> date | None:
    """The day, or None before the bank has delivered.

    Only what is fresh is looked through, unless it took back what was booked on the last day that was known.
    """
    former = connection.execute(
        "select booked_on from rules.run where county = %s order by run_id desc limit 1", (county,)
    ).fetchone()
    if former is None or not isinstance(former[0], date):
        return _last(connection, county, "record", SQL("county = %(county)s"), {})
    values: dict[str, object] = {"fresh": fresh_runs(connection, county), "former": former[0]}
    brought = _last(connection, county, "record", SQL("county = %(county)s and recorded_in = any(%(fresh)s)"), values)
    if brought is not None and brought >= former[0]:
        return brought
    replaced = _last(
        connection, county, "history", SQL("county = %(county)s and superseded_in = any(%(fresh)s)"), values
    )
    if replaced is None or replaced < former[0]:
        return former[0]
    return _last(connection, county, "record", SQL("county = %(county)s"), {})


def _last(connection: Connection, county: str, schema: str, condition: SQL, values: dict[str, object]) -> date | None:
    days = SQL(" union all ").join(
        SQL("select max({day}) from {table} where ").format(day=Identifier(day), table=Identifier(schema, table))
        + condition
        for table, day in _BOOKED
    )
    row = connection.execute(
        SQL("select max(day) from ({days}) d (day)").format(days=days), {"county": county, **values}
    ).fetchone()
    return row[0] if row and isinstance(row[0], date) else None
