"""An empty database to play a bank's."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa
from psycopg.conninfo import conninfo_to_dict

from hub.storage.server import DatabaseServer


@pytest.fixture
def bank(server: DatabaseServer) -> Iterator[str]:
    """The address of an empty PostgreSQL database."""
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
    with psycopg.connect(server.other_database("postgres"), autocommit=True) as connection:
        connection.execute(f'drop database "{name}" with (force)')
