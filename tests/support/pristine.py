"""Databases that tests left as they found them, for the next test that asks for the same.

Whether anything was written is the server's own word: whatever writes, in any of its databases, takes a transaction
number. So a test can rely on its database being untouched, and need not say whether it writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import psycopg
from psycopg.conninfo import make_conninfo

from hub.storage.roles import DatabaseRole
from hub.storage.server import DatabaseServer
from tests.support.database import Database
from tests.support.sharing import grant_everything


class Databases:
    """Copies of one migrated template on one server, and of one in which everything is granted too."""

    def __init__(self, server: DatabaseServer, template: str, login: dict[str, str]) -> None:
        self._server = server
        self._template = template
        self._read_template: str | None = None
        self._login = login
        self._untouched: dict[str, Database] = {}
        self._connection = self._connect()

    @contextmanager
    def lend(self, kind: str, fill: Callable[[Database], object], *, is_read: bool) -> Iterator[Database]:
        """A database into which ``fill`` alone has written; ``kind`` is its name. ``is_read`` as for ``copy``."""
        database = self._untouched.pop(kind, None)
        if database is None:
            database = self.copy(is_read=is_read)
            fill(database)
        before = self._next_transaction()
        try:
            yield database
        finally:
            if self._next_transaction() == before and self._is_left(database):
                self._untouched[kind] = database
            else:
                self.drop(database.name)

    def copy(self, *, is_read: bool) -> Database:
        """An empty one; ``is_read``: the reading roles may read in it what ``EVERYTHING`` says."""
        name = f"hub_test_{uuid4().hex[:8]}"
        self._copy(self._granted() if is_read else self._template, name)
        owner = self._server.other_database(name)
        # Each role by a login of its own: one that the owner took on could take on another.
        roles = {role: make_conninfo(owner, user=role, **self._login) for role in DatabaseRole}
        return Database(owner, name, roles)

    def _granted(self) -> str:
        if self._read_template is None:
            name = f"hub_template_{uuid4().hex[:8]}"
            self._copy(self._template, name)
            with psycopg.connect(self._server.other_database(name)) as connection:
                grant_everything(connection)
            self._read_template = name
        return self._read_template

    def _copy(self, template: str, name: str) -> None:
        self._run(f'create database "{name}" template "{template}" strategy file_copy')

    def drop(self, name: str) -> None:
        self._run(f'drop database if exists "{name}" with (force)')

    def close(self) -> None:
        for database in self._untouched.values():
            self.drop(database.name)
        if self._read_template is not None:
            self.drop(self._read_template)
        self._connection.close()

    def _next_transaction(self) -> int:
        return int(self._one("select pg_snapshot_xmax(pg_current_snapshot())::text"))

    def _is_left(self, database: Database) -> bool:
        return not self._one("select count(*) from pg_stat_activity where datname = %s", database.name)

    def _one(self, statement: str, *values: str) -> Any:
        row = self._run(statement, *values).fetchone()
        assert row is not None
        return row[0]

    def _run(self, statement: str, *values: str) -> psycopg.Cursor[Any]:
        try:
            return self._connection.execute(statement, values)
        except psycopg.OperationalError:  # a test has restarted the server
            self._connection.close()
            self._connection = self._connect()
            return self._connection.execute(statement, values)

    def _connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self._server.other_database("postgres"), autocommit=True)
