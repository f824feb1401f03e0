"""The two functions with which a connector fills an empty table quickly, and what they must not allow."""

from __future__ import annotations

import psycopg
import pytest

from hub.storage.roles import DatabaseRole
from tests.support.database import Database


def indexes(connection: psycopg.Connection[tuple[object, ...]]) -> list[tuple[object, ...]]:
    return connection.execute(
        "select indexname, indexdef from pg_indexes where schemaname = 'record' and tablename = 'loan' order by 1"
    ).fetchall()


def test_indexes_come_back_as_they_were(database: Database) -> None:
    with database.connect(DatabaseRole.CONNECTOR) as connection:
        before = indexes(connection)
        with connection.transaction():
            taken = connection.execute("select sync.take_down_indexes('loan')").fetchone()
            assert len(indexes(connection)) == 1  # the primary key
            put = connection.execute("select sync.put_up_indexes('loan')").fetchone()
        assert taken == put == (len(before) - 1,)
        assert indexes(connection) == before


def test_a_failed_run_leaves_the_indexes_standing(database: Database) -> None:
    with database.connect(DatabaseRole.CONNECTOR) as connection:
        before = indexes(connection)
        with connection.transaction(force_rollback=True):
            connection.execute("select sync.take_down_indexes('loan')")
        assert indexes(connection) == before


def test_a_table_with_rows_keeps_its_indexes(database: Database) -> None:
    with database.connect(DatabaseRole.CONNECTOR) as connection:
        connection.execute(
            "insert into record.region (county, code, name, level, region, source_part, source_row, recorded_in)"
            " values ('522301', '522301', 'x', 'COUNTY', '522301', 1, 1, 1)"
        )
        assert connection.execute("select sync.take_down_indexes('region')").fetchone() == (0,)


def test_the_planner_learns_what_a_connector_put_into_a_table_that_it_does_not_own(database: Database) -> None:
    with database.connect(DatabaseRole.CONNECTOR) as connection:
        connection.execute(
            "insert into record.region (county, code, name, level, region, source_part, source_row, recorded_in)"
            " select '522301', lpad(code::text, 12, '0'), 'x', 'VILLAGE', '522301', 1, code, 1"
            " from generate_series(1, 500) code"
        )
        connection.execute("select sync.analyze_records('region')")
        known = connection.execute(
            "select reltuples::int from pg_class where oid = 'record.region'::regclass"
        ).fetchone()
    assert known == (500,)


def test_a_connector_cannot_slip_a_statement_of_its_own_to_the_owner(database: Database) -> None:
    with database.connect(DatabaseRole.CONNECTOR) as connection:
        connection.execute("create temp table shelved_index (dataset text, definition text)")
        connection.execute("insert into shelved_index values ('loan', 'grant hub_owner to hub_connector')")
        for function in ("put_up_indexes", "take_down_indexes"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"select sync.{function}('loan')")


@pytest.mark.parametrize("role", [DatabaseRole.API, DatabaseRole.LOG])
def test_nobody_else_may_take_indexes_down(database: Database, role: DatabaseRole) -> None:
    with database.connect(role) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("select sync.take_down_indexes('loan')")
