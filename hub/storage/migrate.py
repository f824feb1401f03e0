"""Bring the database's schema to this hub's revision, or say how the two differ."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import psycopg

import hub
from hub.errors import DatabaseError
from hub.storage.server import connect

_SCRIPTS = Path(hub.__file__).parents[1] / "migrations"


@cache
def revisions() -> tuple[str, ...]:
    """Every revision this hub's code knows, oldest first: the numbers its steps are named by.

    Alembic would run every step's file to say the same, and each command asks.
    """
    return tuple(sorted(path.name.partition("_")[0] for path in (_SCRIPTS / "versions").glob("[0-9]*.py")))


def newest_revision() -> str:
    """The revision this hub's code was written for."""
    return revisions()[-1]


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
    found = current_revision(conninfo)
    _refuse_newer(found)
    if found != newest_revision():
        _upgrade(conninfo)
    return newest_revision()


def _upgrade(conninfo: str) -> None:
    # Most commands find nothing to upgrade, and these take a third of a second to import.
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine
    from sqlalchemy.exc import DBAPIError

    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(conninfo))
    try:
        with engine.connect() as connection:
            config = Config()
            config.set_main_option("script_location", str(_SCRIPTS))
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
    if found is not None and found not in revisions():
        raise DatabaseError(
            "DATABASE_SCHEMA_NEWER",
            f"The database is at revision {found}, which this hub does not know; a newer hub has migrated it.",
            f"Run the newer hub, or restore a backup of revision {newest_revision()}.",
            status=503,
        )
