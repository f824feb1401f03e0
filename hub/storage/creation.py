"""The SQL that makes a new dataset's tables, for the migration that brings it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from hub.catalog.indicator import Ledger
from hub.catalog.registry import Catalogue
from hub.storage.security import table_statements
from hub.storage.tables import metadata_of


def creation_statements(catalogue: Catalogue, ledger: Ledger, dataset: str) -> Iterator[str]:
    """Tables, indexes and walls of ``dataset`` in ``record`` and ``history``; ``CatalogueError`` if there is none."""
    name = catalogue[dataset].name
    for table in metadata_of(catalogue, ledger).sorted_tables:
        if table.schema in ("history", "record") and table.name == name:
            yield _compiled(CreateTable(table))
            yield from (
                _compiled(CreateIndex(index)) for index in sorted(table.indexes, key=lambda item: str(item.name))
            )
            yield from table_statements(table)


def _compiled(statement: CreateTable | CreateIndex) -> str:
    return str(statement.compile(dialect=postgresql.dialect())).strip()  # type: ignore[no-untyped-call]
