"""The SQL that makes a new dataset's tables and view, for the migration that brings it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from hub.catalog.indicator import Ledger
from hub.catalog.registry import Catalogue
from hub.storage.roles import OWNER, VIEWER
from hub.storage.security import table_statements
from hub.storage.tables import metadata_of
from hub.storage.views import view_statements


def creation_statements(catalogue: Catalogue, ledger: Ledger, dataset: str) -> Iterator[str]:
    """Tables, indexes and walls of ``dataset``, as their owner, and its view as the view's owner; in one transaction.

    Raises ``CatalogueError`` if there is no such dataset.
    """
    name = catalogue[dataset].name
    yield f"set local role {OWNER}"
    for table in metadata_of(catalogue, ledger).sorted_tables:
        if table.schema in ("history", "record", "computed") and table.name == name:
            yield _compiled(CreateTable(table))
            yield from (
                _compiled(CreateIndex(index)) for index in sorted(table.indexes, key=lambda item: str(item.name))
            )
            yield from table_statements(table)
    yield f"set local role {VIEWER}"
    yield from view_statements(catalogue[name])
    yield "reset role"


def _compiled(statement: CreateTable | CreateIndex) -> str:
    return str(statement.compile(dialect=postgresql.dialect())).strip()  # type: ignore[no-untyped-call]
