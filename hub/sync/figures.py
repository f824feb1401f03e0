"""The county's ledger as of today, straight from the running totals."""

from __future__ import annotations

from psycopg.sql import SQL

from hub.catalog.indicator import Ledger
from hub.clock import today
from hub.sync.statements import Connection, columns


def figures_today(connection: Connection, ledger: Ledger, county: str) -> dict[str, int]:
    """Every measure of the county by name, in its own unit; 0 where nothing has happened yet."""
    names = [measure.name for measure in ledger.measures]
    query = SQL(
        "select {} from rollup.daily where county = %s and region = %s and day <= %s order by day desc limit 1"
    ).format(columns(names))
    row = connection.execute(query, (county, county, today())).fetchone()
    return dict(zip(names, map(int, row), strict=True)) if row else dict.fromkeys(names, 0)
