from __future__ import annotations

import re

import pytest

from hub.errors import CatalogueError
from hub.storage.creation import creation_statements
from schema import CATALOGUE
from schema.ledger import LEDGER
from tests.support.database import Database


def test_the_printed_sql_makes_a_dataset_s_tables_with_their_walls(database: Database) -> None:
    statements = list(creation_statements(CATALOGUE, LEDGER, "service_point"))
    with database.connect() as connection:
        for schema in ("history", "record"):
            connection.execute(f"drop table {schema}.service_point cascade".encode())
        for statement in statements:
            connection.execute(statement.encode())
        walls = connection.execute(
            "select count(*) from pg_class where relname = 'service_point' and relrowsecurity and relforcerowsecurity"
        ).fetchone()
    assert walls == (2,)
    assert sum(bool(re.match("create policy", statement)) for statement in statements) >= 4


def test_an_unknown_dataset_is_refused() -> None:
    with pytest.raises(CatalogueError, match="CATALOGUE_UNKNOWN_DATASET"):
        list(creation_statements(CATALOGUE, LEDGER, "colour"))
