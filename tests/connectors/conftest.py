"""An empty MariaDB to play a bank's."""

from __future__ import annotations

import os
from collections.abc import Iterator
from uuid import uuid4

import pytest
import sqlalchemy as sa


@pytest.fixture(scope="session")
def is_read() -> bool:
    return False


@pytest.fixture
def mariadb() -> Iterator[str]:
    """The address of an empty database on the MariaDB or MySQL server that HUB_TEST_MARIADB_URL names.

    The address is SQLAlchemy's, of an account that may create databases: ``mysql+pymysql://root:…@127.0.0.1:3306``.
    """
    named = os.environ.get("HUB_TEST_MARIADB_URL")
    if not named:
        pytest.skip("HUB_TEST_MARIADB_URL names no MariaDB or MySQL server")
    name = f"bank_{uuid4().hex[:8]}"
    engine = sa.create_engine(named, poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"create database {name} character set utf8mb4")
    yield sa.make_url(named).set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"drop database {name}")
