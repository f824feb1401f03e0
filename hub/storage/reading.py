"""Who reads what column of which view, brought to what the agreements in force say."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from hashlib import sha256
from typing import Any

import psycopg
from psycopg import sql

from hub.catalog.dataset import Dataset
from hub.storage.roles import VIEWER
from hub.storage.views import SCHEMA, grants

Connection = psycopg.Connection[tuple[Any, ...]]
Wanted = Mapping[str, Mapping[str, Collection[str]]]  # role → dataset → columns


def bring_grants(connection: Connection, catalogue: Iterable[Dataset], wanted: Wanted) -> bool:
    """Give each reading role exactly what is ``wanted``, in the connection's transaction; whether anything changed."""
    statements = list(grants(catalogue, wanted))
    digest = sha256("\n".join(statements).encode()).hexdigest()
    connection.execute("reset role")
    connection.execute("select pg_advisory_xact_lock(hashtext('hub.reading'))")
    row = connection.execute("select obj_description(%s::regnamespace, 'pg_namespace')", (SCHEMA,)).fetchone()
    if row == (digest,):
        return False
    connection.execute(f"set local role {VIEWER}".encode())
    connection.execute("; ".join(statements).encode())
    connection.execute(sql.SQL("comment on schema {} is {}").format(sql.Identifier(SCHEMA), digest))
    connection.execute("reset role")
    return True
