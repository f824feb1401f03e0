"""What changed since the last rules' run: which sync runs it has not seen, which households and loans they touched."""

from __future__ import annotations

from psycopg.sql import SQL, Identifier

from hub.catalog.registry import Catalogue, has_household_column
from hub.rules.policy import Connection

_TABLES = """
create temp table fresh_run (sync_run_id bigint primary key) on commit drop;
create temp table touched_household (household_id text collate "C" primary key) on commit drop;
create temp table touched_loan (loan_id text collate "C" primary key) on commit drop;
create temp table recounted_household (household_id text collate "C" primary key) on commit drop;
"""


def note_touched(connection: Connection, catalogue: Catalogue, county: str, *, whole: bool = False) -> frozenset[str]:
    """Fill ``fresh_run``, ``touched_household`` and ``touched_loan``; the datasets of which any row changed.

    If ``whole``, all datasets, and no household and no loan by name: every record of a first run is fresh.
    ``recounted_household`` is left empty, for computations to say of whom they changed anything.

    A run is fresh until a rules' run has covered it, whatever the order in which runs commit. A household or loan is
    touched if a row that names it, or is placed with it, was added, changed, withdrawn or placed anew.
    """
    connection.execute(_TABLES)
    # As values, not as a table: the planner then knows how few rows there are of a run.
    fresh = fresh_runs(connection, county)
    connection.execute("insert into fresh_run select unnest(%s::bigint[])", (fresh,))
    if whole:
        return frozenset(dataset.name for dataset in catalogue.delivered())
    if not fresh:
        return frozenset()
    touched = _first_delivered(connection, county, fresh)
    for dataset in catalogue.delivered():
        has_household = has_household_column(dataset) or "household_id" in dataset.field_names
        columns = [name for name in ("loan_id",) if name in dataset.field_names] + ["household_id"] * has_household
        for column in columns or [""]:
            if _note(connection, dataset.name, column, {"county": county, "fresh": fresh}):
                touched.add(dataset.name)
    connection.execute("analyze touched_household; analyze touched_loan")
    return frozenset(touched)


def _first_delivered(connection: Connection, county: str, fresh: list[int]) -> set[str]:
    """The datasets that no run before delivered: rules may have waited for one even if it brought no row."""
    rows = connection.execute(
        "select d.dataset from sync.dataset_run d where d.county = %(county)s group by d.dataset"
        " having bool_and(d.run_id = any(%(fresh)s))",
        {"county": county, "fresh": fresh},
    ).fetchall()
    return {str(name) for (name,) in rows}


def fresh_runs(connection: Connection, county: str) -> list[int]:
    """The sync runs that no rules' run has covered."""
    rows = connection.execute(
        "select r.run_id from sync.run r where r.county = %(county)s and r.state = 'DONE'"
        " and not exists (select from rules.covered c where c.county = r.county and c.sync_run_id = r.run_id)",
        {"county": county},
    ).fetchall()
    return [int(str(run_id)) for (run_id,) in rows]


def _note(connection: Connection, dataset: str, column: str, values: dict[str, object]) -> bool:
    """Whether any row of ``dataset`` is fresh; the ids in ``column`` go to their table."""
    fresh = SQL(
        "select {column} as id from {record} where county = %(county)s"
        " and recorded_in = any(%(fresh)s)"
        " union all select {column} from {history} where county = %(county)s"
        " and superseded_in = any(%(fresh)s)"
    ).format(
        column=Identifier(column) if column else SQL("null::text"),
        record=Identifier("record", dataset),
        history=Identifier("history", dataset),
    )
    if not column:
        row = connection.execute(SQL("select exists ({})").format(fresh), values).fetchone()
        return bool(row and row[0])
    table = "touched_loan" if column == "loan_id" else "touched_household"
    text = SQL(
        "with fresh as materialized ({fresh}), noted as ("
        "insert into {table} select distinct id from fresh where id is not null on conflict do nothing)"
        " select exists (select from fresh)"
    ).format(fresh=fresh, table=Identifier(table))
    row = connection.execute(text, values).fetchone()
    return bool(row and row[0])


def cover(connection: Connection, county: str, run_id: int) -> int:
    """Say that rules' run ``run_id`` has seen every fresh run; how many they were."""
    return connection.execute(
        "insert into rules.covered (county, sync_run_id, run_id) select %s, sync_run_id, %s from fresh_run",
        (county, run_id),
    ).rowcount
