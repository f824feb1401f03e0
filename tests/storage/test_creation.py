from __future__ import annotations

import re

import pytest

from hub.errors import CatalogueError
from hub.storage.creation import creation_statements
from schema import CATALOGUE
from schema.ledger import LEDGER
from tests.support.database import Database


@pytest.mark.parametrize(
    ("dataset", "schemas"), [("service_point", ("history", "record")), ("payment_fault", ("computed",))]
)
def test_the_printed_sql_makes_a_dataset_s_tables_with_their_walls_and_its_view(
    database: Database, dataset: str, schemas: tuple[str, ...]
) -> None:
    statements = list(creation_statements(CATALOGUE, LEDGER, dataset))
    with database.connect() as connection:
        for schema in schemas:
            connection.execute(f"drop table {schema}.{dataset} cascade".encode())
        with connection.transaction():  # as a migration: what is local to it holds to its end
            for statement in statements:
                connection.execute(statement.encode())
        walls = connection.execute(
            "select count(*) from pg_class where relname = %s and relrowsecurity and relforcerowsecurity "
            "and pg_get_userbyid(relowner) = 'hub_owner'",
            (dataset,),
        ).fetchone()
        view = connection.execute(
            "select viewowner from pg_views where schemaname = 'shown' and viewname = %s", (dataset,)
        ).fetchone()
    assert walls == (len(schemas),)
    assert view == ("hub_viewer",)
    assert sum(bool(re.match("create policy", statement)) for statement in statements) >= 2


def test_an_unknown_dataset_is_refused() -> None:
    with pytest.raises(CatalogueError, match="CATALOGUE_UNKNOWN_DATASET"):
        list(creation_statements(CATALOGUE, LEDGER, "colour"))
