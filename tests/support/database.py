"""A migrated database of a test's own, and how to enter it as each role."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import psycopg

from hub.actor import Consumer, Purpose, reading_role
from hub.storage.roles import DatabaseRole
from schema import CATALOGUE

COUNTY = "522301"
DATASETS = "," + ",".join([*(dataset.name for dataset in CATALOGUE), "sync_run", "sync_run_dataset", "ledger"]) + ","
WHOLE_COUNTY = {
    "hub.county": COUNTY,
    "hub.region_from": COUNTY,
    "hub.region_to": f"{COUNTY}999999",
    "hub.datasets": DATASETS,
}
READER = reading_role(Consumer.CITY, Purpose.LOAN_REVIEW, finds=True)


@dataclass(frozen=True)
class Database:
    """A migrated, empty database of its own; it is dropped after the test."""

    owner: str  # connection string of a role that may do everything
    name: str
    roles: dict[DatabaseRole, str]

    def conninfo(self, role: DatabaseRole) -> str:
        return self.roles[role]

    def connect(self, role: DatabaseRole | None = None, **claims: str) -> psycopg.Connection[tuple[object, ...]]:
        """A connection as ``role`` (the owner if none), with the whole county as its claims unless told otherwise."""
        connection = psycopg.connect(self.owner if role is None else self.roles[role], autocommit=True)
        for name, value in {**WHOLE_COUNTY, **{key.replace("__", "."): text for key, text in claims.items()}}.items():
            connection.execute("select set_config(%s, %s, false)", (name, value))
        return connection

    def reading(self, role: str = READER, **claims: str) -> psycopg.Connection[tuple[object, ...]]:
        """A connection as the API's login that has taken on a reading role."""
        connection = self.connect(DatabaseRole.API, **claims)
        connection.execute(f"set role {role}".encode())
        return connection


async def database_waits(owner: str) -> None:
    """Waits until a statement in this database waits for a lock."""
    async with await psycopg.AsyncConnection.connect(owner, autocommit=True) as connection:
        while True:
            found = await connection.execute(
                "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
            )
            if await found.fetchone():
                return
            await asyncio.sleep(0.02)
