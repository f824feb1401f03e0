"""Bring the database's schema to this hub's revision, or say how the two differ."""

from __future__ import annotations

from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError

import hub
from hub.errors import DatabaseError
from hub.storage.server import connect

_SCRIPTS = Path(hub.__file__).parents[1] / "migrations"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    return config


def newest_revision() -> str:
    """The revision this hub's code was written for."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def current_revision(conninfo: str) -> str | None:
    """The database's revision, or None if it was never migrated."""
    with connect(conninfo) as connection:
        try:
            row = connection.execute("select version_num from public.alembic_version").fetchone()
        except psycopg.errors.UndefinedTable:
            return None
    return None if row is None else str(row[0])


def migrate(conninfo: str) -> str:
    """Run every missing step; returns the revision reached.

    Raises ``DatabaseError``: DATABASE_SCHEMA_NEWER if a newer hub was here, DATABASE_MIGRATION_FAILED with nothing of
    the failed step kept.
    """
    _refuse_newer(current_revision(conninfo))
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(conninfo))
    try:
        with engine.connect() as connection:
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except DBAPIError as error:
        raise DatabaseError(
            "DATABASE_MIGRATION_FAILED",
            f"A migration step failed ({type(error.orig).__name__}); nothing of it was kept.",
            "HUB_DATABASE_URL must log in as a role that may create roles and schemas; then run `hub migrate` again.",
        ) from error
    finally:
        engine.dispose()
    return newest_revision()


def require_newest(conninfo: str) -> None:
    """Refuse to run on a schema other than this code's: DATABASE_SCHEMA_NEWER or DATABASE_SCHEMA_OLDER."""
    found = current_revision(conninfo)
    _refuse_newer(found)
    if found != newest_revision():
        raise DatabaseError(
            "DATABASE_SCHEMA_OLDER",
            f"The database is at revision {found or 'none'}; this hub needs {newest_revision()}.",
            "Run `hub migrate`.",
            status=503,
        )


def _refuse_newer(found: str | None) -> None:
    known = {step.revision for step in ScriptDirectory.from_config(_config()).walk_revisions()}
    if found is not None and found not in known:
        raise DatabaseError(
            "DATABASE_SCHEMA_NEWER",
            f"The database is at revision {found}, which this hub does not know; a newer hub has migrated it.",
            f"Run the newer hub, or restore a backup of revision {newest_revision()}.",
            status=503,
        )
