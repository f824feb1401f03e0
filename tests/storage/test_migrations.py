from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.dialects.postgresql.base import ischema_names

import migrations
from hub.errors import DatabaseError
from hub.storage import views
from hub.storage.columns import SCHEMAS
from hub.storage.migrate import current_revision, migrate, newest_revision, require_newest, revisions
from hub.storage.roles import DatabaseRole
from hub.storage.security import statements
from hub.storage.server import DatabaseServer
from hub.storage.tables import TransactionId, metadata_of
from schema import CATALOGUE
from schema.ledger import LEDGER
from tests.support.database import COUNTY, READER, Database

METADATA = metadata_of(CATALOGUE, LEDGER)
ischema_names["xid8"] = TransactionId  # SQLAlchemy does not know it


def _walls(conninfo: str) -> dict[str, set[tuple[object, ...]]]:
    queries = {
        "security": "select n.nspname, c.relname, c.relrowsecurity, c.relforcerowsecurity from pg_class c "
        "join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p') and n.nspname = any(%(schemas)s)",
        "policies": "select schemaname, tablename, policyname, roles::text, cmd, qual, with_check from pg_policies "
        "where schemaname = any(%(schemas)s)",
        "grants": "select table_schema, table_name, column_name, grantee, privilege_type "
        "from information_schema.column_privileges where table_schema = any(%(schemas)s) and grantee like 'hub_%%'",
        "views": "select viewname, viewowner, definition from pg_views where schemaname = 'shown'",
        "room": "select c.relname, c.reloptions::text from pg_class c "
        "where c.relnamespace = 'record'::regnamespace and c.relkind = 'r'",
        "tables": "select table_schema, table_name, grantee, privilege_type from information_schema.table_privileges "
        "where table_schema = any(%(schemas)s) and grantee like 'hub_%%'",
    }
    with psycopg.connect(conninfo) as connection:
        return {
            name: set(connection.execute(query, {"schemas": list(SCHEMAS)}).fetchall())
            for name, query in queries.items()
        }


def test_the_migrations_add_up_to_the_catalogue_s_tables(database: Database) -> None:
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(database.owner))
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"include_schemas": True, "include_name": lambda name, kind, _: kind != "schema" or name in SCHEMAS},
        )
        differences = compare_metadata(context, METADATA)
    engine.dispose()
    assert differences == []


def test_the_migrations_raise_the_walls_that_the_tables_call_for(database: Database) -> None:
    migrated = _walls(database.owner)
    with psycopg.connect(database.owner, autocommit=True) as connection:
        connection.execute(f"drop schema {', '.join(SCHEMAS)}, shown cascade")
        for schema in SCHEMAS:
            connection.execute(f"create schema {schema} authorization hub_owner")
        connection.execute("create schema shown authorization hub_viewer")
        connection.execute("set role hub_owner")
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(database.owner))
    with engine.begin() as connection:
        connection.exec_driver_sql("set local role hub_owner")
        METADATA.create_all(connection)
        for statement in statements(METADATA):
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql("set local role hub_viewer")
        for statement in views.statements(CATALOGUE):
            connection.exec_driver_sql(statement)
    engine.dispose()
    derived = _walls(database.owner)
    assert not {name: held ^ derived[name] for name, held in migrated.items() if held != derived[name]}


def test_no_table_lacks_forced_row_security(database: Database) -> None:
    walls = _walls(database.owner)["security"]
    assert len(walls) == len(METADATA.tables)
    assert all(enabled and forced for _, _, enabled, forced in walls)


def test_steps_are_named_by_their_revision_and_follow_one_another() -> None:
    steps = list(ScriptDirectory(str(Path(migrations.__file__).parent)).walk_revisions())
    assert tuple(step.revision for step in reversed(steps)) == revisions()
    assert [step.down_revision for step in reversed(steps)] == [None, *revisions()[:-1]]


def test_migrating_twice_changes_nothing(database: Database) -> None:
    before = _walls(database.owner)
    assert migrate(database.owner) == newest_revision()
    assert _walls(database.owner) == before


def test_a_schema_from_a_newer_hub_is_refused(database: Database) -> None:
    with psycopg.connect(database.owner) as connection:
        connection.execute("update public.alembic_version set version_num = '9999'")
    for step in (migrate, require_newest):
        with pytest.raises(DatabaseError) as refusal:
            step(database.owner)
        assert refusal.value.code == "DATABASE_SCHEMA_NEWER"


def test_a_database_never_migrated_is_refused_with_the_command_to_run(server: DatabaseServer) -> None:
    conninfo = server.other_database("postgres")
    assert current_revision(conninfo) is None
    with pytest.raises(DatabaseError) as refusal:
        require_newest(conninfo)
    assert refusal.value.code == "DATABASE_SCHEMA_OLDER"
    assert "hub migrate" in refusal.value.hint


def _insert_region(connection: psycopg.Connection[tuple[object, ...]], county: str, code: str) -> None:
    connection.execute(
        "insert into record.region (county, code, name, level, region, source_part, source_row, recorded_in) "
        "values (%s, %s, 'x', 'VILLAGE', %s, 1, 1, 1)",
        (county, code, code),
    )


def test_a_reader_sees_only_the_regions_it_claims(database: Database) -> None:
    with database.connect(DatabaseRole.CONNECTOR) as connection:
        for code in ("522301", "522301001", "522301001001", "522301002001"):
            _insert_region(connection, "522301", code)
    claims = {"hub__region_from": "522301001", "hub__region_to": "522301001999"}
    with database.reading(**claims) as connection:
        seen = [code for (code,) in connection.execute("select code from shown.region order by code")]
    assert seen == ["522301001", "522301001001"]


def test_a_reader_without_claims_sees_nothing_but_an_error(database: Database) -> None:
    with psycopg.connect(database.conninfo(DatabaseRole.API)) as connection:
        connection.execute(f"set role {READER}".encode())
        with pytest.raises(psycopg.errors.UndefinedObject):
            connection.execute("select code from shown.region")


@pytest.mark.parametrize(
    "statement",
    [
        "insert into record.region (county) values ('522301')",
        "update record.region set name = 'y'",
        "delete from record.region",
        "select raw_values from sync.quarantine",
        "insert into audit.disclosure (county) values ('522301')",
        "select client from audit_month.disclosure_other",
        "select audit.make_months(2)",
        "create table record.mine (x int)",
        "set role hub_owner",
        "select code from record.region",
        "select loan_id from history.loan",
        "select account_number from shown.loan",
        "set role hub_viewer",
    ],
)
def test_a_reader_cannot_write_or_reach_past_its_grants(database: Database, statement: str) -> None:
    with (
        database.reading() as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement)


_LOG_TABLES = ("audit.disclosure", "audit.posting", "audit_month.disclosure_other", "audit_month.posting_other")


@pytest.mark.parametrize("role", DatabaseRole)
def test_nobody_who_logs_in_can_change_or_remove_an_entry(database: Database, role: DatabaseRole) -> None:
    with database.connect(role) as connection:
        for table in _LOG_TABLES:
            for text in (
                f"update {table} set county = '522301'",
                f"delete from {table}",
                f"truncate {table}",
                f"drop table {table}",
                f"alter table {table} detach partition audit_month.disclosure_other",
                f"alter table {table} disable row level security",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(text)


@pytest.mark.parametrize("text", ["select client from audit.disclosure", "select * from audit.posting"])
def test_the_log_writer_cannot_read_it(database: Database, text: str) -> None:
    with database.connect(DatabaseRole.LOG) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(text)


def test_the_log_writer_can_neither_choose_an_entry_s_place_nor_another_county(database: Database) -> None:
    values = (
        "'2026-01-01', '019aaaaa-0000-7000-8000-000000000000', 'PAGE', 'r', 0, 'REFUSED', '{}', '{}', '{}', 0, '{}'"
    )
    names = (
        "disclosed_at, entry_id, door, request_id, part, outcome, datasets, fields, masked, row_count, subjects, county"
    )
    with database.connect(DatabaseRole.LOG) as connection:
        for extra, county in ((", xid", f"'{COUNTY}', '3'"), ("", "'522322'")):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"insert into audit.disclosure ({names}{extra}) values ({values}, {county})")


def test_the_log_s_months_are_made_ahead_and_once(database: Database) -> None:
    with database.connect(DatabaseRole.LOG) as connection:
        assert connection.execute("select audit.make_months(2)").fetchone() == (0,)
        assert connection.execute("select audit.make_months(4)").fetchone() == (4,)


@pytest.mark.parametrize(
    "text",
    [
        "select subjects from audit.disclosure",
        "select client from audit.disclosure",
        "select subjects from audit.posting",
        "select households from audit.told_hour",
        "select staff from audit.log_alarm",
        "select * from audit.entries_about('{}', null, null)",
        "select client from shown.disclosure",
    ],
)
def test_no_reading_role_but_an_auditor_s_sees_who_saw_what_about_whom(database: Database, text: str) -> None:
    with database.reading(hub__reads_log="yes") as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(text)


def test_a_connector_cannot_write_into_another_county(database: Database) -> None:
    with (
        database.connect(DatabaseRole.CONNECTOR) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        _insert_region(connection, "522322", "522322001001")


def test_a_connector_cannot_rewrite_what_was_said_before(database: Database) -> None:
    with (
        database.connect(DatabaseRole.CONNECTOR) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("update history.loan set amount = 1")
