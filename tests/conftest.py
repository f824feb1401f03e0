"""A real PostgreSQL for every test that asks: one server per test process, a fresh migrated database per test."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa
from psycopg.conninfo import conninfo_to_dict
from xdist.remote import Producer

from hub.storage.migrate import migrate
from hub.storage.roles import DatabaseRole
from hub.storage.server import DatabaseServer, embedded_server, named_server
from tests.support.county import County, filled
from tests.support.database import Database
from tests.support.distribution import Distribution, turn
from tests.support.passwords import make_cheap
from tests.support.pristine import Databases
from tests.support.server_folder import server_folder

# The roles' password on a server named for tests; never name one that serves.
_PASSWORD = "hub-test"


make_cheap()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: turn(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Distribution | None:
    return Distribution(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.fixture(scope="session")
def server() -> Iterator[DatabaseServer]:
    """The server named by HUB_DATABASE_URL, or an embedded one."""
    named = os.environ.get("HUB_DATABASE_URL")
    if named:
        found = named_server(named, {})
        yield found
        found.close()
        return
    with server_folder(os.environ.get("PYTEST_XDIST_WORKER", "one")) as folder:
        temporary = tempfile.tempdir
        found = embedded_server(folder)
        tempfile.tempdir = temporary
        with psycopg.connect(found.owner, autocommit=True) as connection:
            # A test's database need not outlive a power cut, and is gone before vacuuming pays.
            for setting in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
                connection.execute(f"alter system set {setting} = off")
            connection.execute("alter system set max_wal_size = '256MB'")
            connection.execute("select pg_reload_conf()")
        yield found
        found.close()


@pytest.fixture(scope="session")
def template(server: DatabaseServer) -> Iterator[str]:
    """A migrated database to copy from; copying is thirty times faster than migrating."""
    name = f"hub_template_{uuid4().hex[:8]}"
    server.ensure_database(name)
    migrate(server.other_database(name))
    if "HUB_DATABASE_URL" in os.environ:
        with psycopg.connect(server.other_database(name), autocommit=True) as connection:
            for role in DatabaseRole:
                connection.execute(f"alter role {role} password '{_PASSWORD}'")
    yield name
    _drop(server, name)


@pytest.fixture(scope="session")
def databases(server: DatabaseServer, template: str) -> Iterator[Databases]:
    made = Databases(server, template, {} if "HUB_DATABASE_URL" not in os.environ else {"password": _PASSWORD})
    yield made
    made.close()


@pytest.fixture(scope="session")
def is_read() -> bool:
    """Whether everything is granted to the reading roles, in the databases of a folder's tests that have no county.

    A folder that reads nothing through agreements says no: 57,000 grants make a copy five times as dear.
    """
    return True


@pytest.fixture
def database(databases: Databases, request: pytest.FixtureRequest, *, is_read: bool) -> Iterator[Database]:
    """A migrated database that is this test's alone; for a test with a ``county``, that county is in it."""
    if "county" in request.fixturenames:
        lent = databases.lend("county", filled, is_read=True)
    else:
        lent = databases.lend("read" if is_read else "empty", _leave, is_read=is_read)
    with lent as found:
        yield found


@pytest.fixture(scope="module")
def module_database(databases: Databases, *, is_read: bool) -> Iterator[Database]:
    """One for all tests of a file, which then must not get in each other's way."""
    made = databases.copy(is_read=is_read)
    yield made
    databases.drop(made.name)


@pytest.fixture
def county(database: Database) -> County:
    """A small county in a real database: enough rows for pages, links, gaps and two townships."""
    return County(database)


@pytest.fixture
def bank(server: DatabaseServer) -> Iterator[str]:
    """The address of an empty PostgreSQL database, to play the bank's."""
    name = f"bank_{uuid4().hex[:8]}"
    server.ensure_database(name)
    parts = conninfo_to_dict(server.other_database(name))
    url = sa.URL.create(
        "postgresql",
        username=str(parts["user"]),
        password=str(parts["password"]) if parts.get("password") else None,
        database=name,
        query={key: str(parts[key]) for key in ("host", "port") if parts.get(key)},
    )
    yield url.render_as_string(hide_password=False)
    _drop(server, name)


def _leave(database: Database) -> None:
    pass


def _drop(server: DatabaseServer, name: str) -> None:
    with psycopg.connect(server.other_database("postgres"), autocommit=True) as connection:
        connection.execute(f'drop database if exists "{name}" with (force)')
