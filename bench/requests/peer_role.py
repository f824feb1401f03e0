"""The login the hub's peers read the tables with: row security by county and region, as they can be told it.

The hub itself reads through views, by roles that have only the columns agreed on; its peers know nothing of either.
"""

from __future__ import annotations

import psycopg

from schema import CATALOGUE

PEER = "hub_bench"

_REACH = (
    "county = current_setting('hub.county') and region >= current_setting('hub.region_from') "
    "and region <= current_setting('hub.region_to')"
)


def let_peers_read(owner: str) -> None:
    """Make the login, once, and let it read every record and roll-up within its claims."""
    with psycopg.connect(owner) as connection:
        connection.execute(
            f"do $$ begin create role {PEER} login; exception when duplicate_object then null; end $$".encode()
        )
        tables = [f"record.{dataset.name}" for dataset in CATALOGUE.delivered()] + ["rollup.daily"]
        connection.execute(f"grant usage on schema record, rollup to {PEER}".encode())
        for name in tables:
            connection.execute(f"drop policy if exists {PEER} on {name}".encode())
            connection.execute(f"create policy {PEER} on {name} for select to {PEER} using ({_REACH})".encode())
            connection.execute(f"grant select on {name} to {PEER}".encode())
