"""Answering: the demo, the web server, the database's schema."""

from __future__ import annotations

import gc
from typing import Annotated

import typer

from hub.cli.command import command


@command.command()
def demo(
    *,
    scale: Annotated[int, typer.Option(min=1, help="Times the size of the published page.")] = 1,
    faults: Annotated[bool, typer.Option(help="Plant the faults of demo/README.md.")] = True,
    serve: Annotated[bool, typer.Option(help="Keep serving after the ledger is printed.")] = True,
) -> None:
    """Start three demo agencies, sync them, print the ledger beside the published figures, and serve."""
    from demo.run import run
    from hub.settings import read_settings

    run(read_settings(), scale=scale, faults=faults, keep_serving=serve)


@command.command()
def serve() -> None:
    """Answer questions over GraphQL."""
    from hub.app import server_for
    from hub.settings import read_settings
    from hub.worker import open_server

    settings = read_settings()
    with open_server(settings) as server:
        web = server_for(settings, server)
        _settle_memory()
        known_as = "" if settings.issuer == settings.address else f", known to clients as {settings.issuer}"
        print(f"Serving {settings.address}/graphql{known_as}", flush=True)
        web.run()


def _settle_memory() -> None:
    """What the process holds now it holds for good: looking through it again and again cost a tenth of its time."""
    gc.collect()
    gc.freeze()


@command.command()
def migrate() -> None:
    """Create or upgrade the database's schema."""
    from hub.app import share
    from hub.settings import read_settings
    from hub.storage.migrate import migrate as migrate_database
    from hub.storage.server import connect
    from hub.worker import count_anew, open_server

    settings = read_settings()
    with open_server(settings) as server:
        reached = migrate_database(server.owner)
        with connect(server.owner) as connection:
            share(connection, settings.county)
        if count_anew(settings, server):
            print("The ledger's totals were counted anew from the records.")
        print(f"The database is at revision {reached}.")
