"""Fragments of SQL that several steps say in the same words; every name is quoted, every value is a parameter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import psycopg
from psycopg.sql import SQL, Composed, Identifier

from hub.catalog.dataset import Dataset
from hub.catalog.registry import COUNTY, HOUSEHOLD, REGION, Catalogue, has_household_column

Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]
Statement: TypeAlias = SQL | Composed


@dataclass(frozen=True, slots=True)
class Workspace:
    """A run's open transaction, the catalogue, and the parameters that its statements share."""

    connection: Connection
    catalogue: Catalogue
    county: str
    run_id: int
    part_ids: Sequence[int]  # by ordinal, from 1

    @property
    def values(self) -> dict[str, object]:
        """``%(county)s``, ``%(run)s``, ``%(parts)s``."""
        return {"county": self.county, "run": self.run_id, "parts": list(self.part_ids)}

    def run(self, statement: Statement, **more: object) -> int:
        """Execute with the shared parameters, and ``more``; how many rows it touched."""
        return self.connection.execute(statement, self.values | more).rowcount

    def number(self, statement: Statement) -> int:
        """The one number a statement answers with."""
        row = self.connection.execute(statement, self.values).fetchone()
        return int(row[0]) if row else 0

    def analyze(self, table: Identifier) -> None:
        """Let the planner know a temporary table; nobody else does."""
        self.connection.execute(SQL("analyze {}").format(table))

    def analyze_records(self, dataset: str) -> None:
        """Let the planner know a record table, which the connector does not own."""
        self.connection.execute("select sync.analyze_records(%s)", (dataset,))


def record(dataset: str) -> Identifier:
    """What the agency says today."""
    return Identifier("record", dataset)


def history(dataset: str) -> Identifier:
    """What it said before."""
    return Identifier("history", dataset)


def staged(dataset: str) -> Identifier:
    """Temporary: the rows that passed the contract in this run."""
    return Identifier(f"staged_{dataset}")


def held(dataset: str) -> Identifier:
    """Temporary: keys of rows that did not pass."""
    return Identifier(f"held_{dataset}")


def placed(dataset: str) -> Identifier:
    """Temporary: the staged rows that are new or changed, with household and region."""
    return Identifier(f"placed_{dataset}")


def superseded(dataset: str) -> Identifier:
    """Temporary: versions that no longer hold because of this run's delivery."""
    return Identifier(f"superseded_{dataset}")


def moved(dataset: str) -> Identifier:
    """Temporary: rows placed anew because the rows they are placed through changed."""
    return Identifier(f"moved_{dataset}")


def met(dataset: str) -> Identifier:
    """Temporary: places of the records whose rows came unchanged and were not staged."""
    return Identifier(f"met_{dataset}")


def repeated(dataset: str) -> Identifier:
    """Temporary: rows taken out of the staging table because their key came more than once."""
    return Identifier(f"repeated_{dataset}")


def columns(names: Iterable[str], alias: str | None = None) -> Composed:
    """``"a", "b"`` or ``alias."a", alias."b"``."""
    return SQL(", ").join(column(name, alias) for name in names)


def column(name: str, alias: str | None = None) -> Identifier:
    """``"a"`` or ``alias."a"``."""
    return Identifier(name) if alias is None else Identifier(alias, name)


def same(left: str, right: str, pairs: Iterable[tuple[str, str]]) -> Composed:
    """Equality of each pair: ``left."a" = right."b" and …``."""
    return SQL(" and ").join(SQL("{} = {}").format(column(mine, left), column(theirs, right)) for mine, theirs in pairs)


def same_key(dataset: Dataset, left: str, right: str) -> Composed:
    """Equality of the dataset's key."""
    return same(left, right, [(name, name) for name in dataset.key])


def record_key(dataset: Dataset, alias: str) -> Composed:
    """The key in one text, as links name a record."""
    if len(dataset.key) == 1:
        return SQL("{}").format(column(dataset.key[0], alias))
    return SQL("concat_ws('/', {})").format(columns(dataset.key, alias))


def placement_columns(dataset: Dataset) -> tuple[str, ...]:
    """The columns the hub fills in: the household, where the row does not say it, and the region."""
    return (HOUSEHOLD, REGION) if has_household_column(dataset) else (REGION,)


def content(dataset: Dataset, alias: str) -> Composed:
    """Sum of the rows' hashes over key and declared columns; the order of rows does not matter.

    64 bits each: enough to notice a difference, no proof against someone who wants to hide one.
    """
    return SQL("coalesce(sum(hash_record_extended(row({}), 0)), 0)").format(columns(dataset.field_names, alias))


def temporary(name: Identifier, select: Statement) -> Composed:
    """An empty temporary table with the columns of ``select``."""
    return SQL("create temp table {} on commit drop as {} with no data").format(name, select)


def of_county(alias: str) -> Composed:
    """Only the run's county."""
    return SQL("{} = %(county)s").format(column(COUNTY, alias))
