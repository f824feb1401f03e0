"""A hub of a test's own: run syncs, look at what they left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier

from hub.catalog.dataset import Agency
from hub.storage.columns import record_columns
from hub.storage.roles import DatabaseRole
from hub.sync.handover import Due, RunReport
from hub.sync.run import sync_agency
from hub.sync.watch import Watch
from schema import CATALOGUE
from schema.ledger import LEDGER
from tests.support.database import COUNTY, Database
from tests.sync.invented import InventedAgency, InventedDelivery

# The columns that say how a row came, not what it says.
_HOW = {"source_part", "source_row", "recorded_in"}


@dataclass
class Hub:
    """One county's database and the three agencies' syncs."""

    database: Database

    def connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.database.conninfo(DatabaseRole.CONNECTOR))

    def sync(
        self,
        agency: Agency,
        deliveries: Sequence[InventedDelivery],
        *,
        due: Iterable[str] | None = None,
        watch: Watch | None = None,
        dry_run: bool = False,
        accept_empty: bool = False,
    ) -> RunReport:
        named = tuple(due) if due is not None else tuple({delivery.dataset for delivery in deliveries})
        return sync_agency(
            InventedAgency(agency, deliveries),
            connect=self.connect,
            catalogue=CATALOGUE,
            ledger=LEDGER,
            county=COUNTY,
            due=Due(agency, named),
            watch=watch,
            dry_run=dry_run,
            accept_empty=accept_empty,
        )

    def empty(self) -> None:
        """Forget everything, for the next drawn example."""
        with self.database.connect() as connection:
            tables = connection.execute(
                "select format('%I.%I', schemaname, tablename) from pg_tables"
                " where schemaname in ('record', 'history', 'sync', 'rollup', 'computed', 'rules')"
            ).fetchall()
            # Quicker than truncate, which makes a new file for every table and index.
            connection.execute(";".join(f"delete from {name}" for (name,) in tables).encode())

    def rows(self, text: str, *values: object) -> list[tuple[Any, ...]]:
        with self.database.connect() as connection:
            return connection.execute(text.encode(), values).fetchall()

    def said(self, dataset: str) -> dict[tuple[Any, ...], dict[str, Any]]:
        """What the record table says, by key, apart from how it came."""
        names = [name for name in record_columns(CATALOGUE[dataset]) if name not in _HOW]
        return self._by_key(dataset, "record", names)

    def records(self, dataset: str) -> dict[tuple[Any, ...], dict[str, Any]]:
        """The record table by key, with every column."""
        return self._by_key(dataset, "record", list(record_columns(CATALOGUE[dataset])))

    def _by_key(self, dataset: str, schema: str, names: list[str]) -> dict[tuple[Any, ...], dict[str, Any]]:
        query = SQL("select {} from {}").format(SQL(", ").join(map(Identifier, names)), Identifier(schema, dataset))
        with self.database.connect() as connection:
            rows = [dict(zip(names, row, strict=True)) for row in connection.execute(query)]
        return {tuple(row[name] for name in CATALOGUE[dataset].key): row for row in rows}

    def history(self, dataset: str) -> list[dict[str, Any]]:
        names = [*record_columns(CATALOGUE[dataset]), "superseded_in", "superseded_by"]
        query = SQL("select {} from {}").format(SQL(", ").join(map(Identifier, names)), Identifier("history", dataset))
        with self.database.connect() as connection:
            return [dict(zip(names, row, strict=True)) for row in connection.execute(query)]

    def open_entries(self) -> list[tuple[Any, ...]]:
        """Quarantine: dataset, row, field, code of what is open."""
        return self.rows(
            "select dataset, source_row, field, code from sync.quarantine where state = 'OPEN'"
            " order by dataset, source_row, field"
        )
