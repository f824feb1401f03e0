"""The command ``hub``: each sub-command reads the settings, calls one room, prints the answer.

A refusal is one line on standard error, ``error CODE: what happened. What to do.``, and exit code 1.
"""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from hub.errors import HubError, QueryError

command = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
schema_command = typer.Typer(no_args_is_help=True, help="The GraphQL schema.")
command.add_typer(schema_command, name="schema")


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
        print(f"Serving http://{settings.host}:{settings.port}/graphql", flush=True)
        web.run()


@command.command()
def work() -> None:
    """Sync every configured agency on its schedule."""
    from hub.settings import read_settings
    from hub.worker import open_server
    from hub.worker import work as work_on

    settings = read_settings()
    with open_server(settings) as server:
        work_on(settings, server, lambda line: print(line, flush=True))


@command.command()
def migrate() -> None:
    """Create or upgrade the database's schema."""
    from hub.settings import read_settings
    from hub.storage.migrate import migrate as migrate_database
    from hub.worker import open_server

    with open_server(read_settings()) as server:
        print(f"The database is at revision {migrate_database(server.owner)}.")


@command.command()
def sync(
    source: Annotated[str | None, typer.Argument(help="An agency, or agency.dataset; all agencies if empty.")] = None,
    *,
    dry_run: Annotated[bool, typer.Option(help="Show what would change, and change nothing.")] = False,
) -> None:
    """Fetch what agencies deliver and merge it: bank, finance, relief, or one dataset such as bank.loan."""
    from hub.observe.progress import TerminalWatch
    from hub.settings import read_settings
    from hub.worker import configured, in_short, open_server, parse_due
    from hub.worker import sync as sync_source

    settings = read_settings()
    dues = [parse_due(source)] if source else [parse_due(agency.lower()) for agency in configured(settings)]
    with open_server(settings) as server:
        for due in dues:
            with TerminalWatch(due.agency) as watch:
                report = sync_source(settings, server, due, watch, dry_run=dry_run)
            done = "would be" if dry_run else f"run {report.run_id}:"
            print(f"{due.agency} {done} {in_short(report)} ({report.milliseconds} ms)")


@command.command()
def status() -> None:
    """Show the last runs, what each dataset took in, and how many rows wait in quarantine."""
    from rich.console import Console

    from hub.observe.progress import print_table
    from hub.settings import read_settings
    from hub.worker import open_server
    from hub.worker import status as status_of

    settings = read_settings()
    with open_server(settings) as server:
        found = status_of(settings, server)
    # A log or a pipe has no width of its own.
    console = Console() if sys.stdout.isatty() else Console(width=140)
    print_table(
        console,
        "last runs",
        ("agency", "run", "state", "started", "finished", "reason"),
        [
            (run.agency, run.run_id, run.state, f"{run.started_at:%F %T}", _moment(run.finished_at), run.error_message)
            for run in found.runs
        ],
    )
    print_table(
        console,
        "datasets",
        ("dataset", "run", "fetched", "accepted", "inserted", "changed", "withdrawn", "in quarantine", "delivered"),
        [
            (
                *(item.dataset, item.run_id, item.fetched, item.accepted, item.inserted, item.changed, item.withdrawn),
                *(item.in_quarantine, _moment(item.delivered_at)),
            )
            for item in found.datasets
        ],
    )


def _moment(instant: datetime | None) -> str:
    return "" if instant is None else f"{instant:%F %T}"


@command.command()
def token(
    name: Annotated[str, typer.Option("--as", help="A client, such as city-officer or bank-system.")],
) -> None:
    """Print a bearer token for one of the demo clients, alone on its line."""
    from hub.app import issue_token
    from hub.settings import read_settings

    print(issue_token(read_settings(), name))


@command.command()
def export(
    dataset: Annotated[str, typer.Argument(help="A list of the schema, such as loans or subsidyPayments.")],
    name: Annotated[str, typer.Option("--as", help="The client whose rights it has, such as city-officer.")],
    purpose: Annotated[str, typer.Option(help="What it is wanted for, such as programme-supervision.")],
    *,
    output: Annotated[Path | None, typer.Option(help="File to write; standard output if left out.")] = None,
    form: Annotated[str, typer.Option("--format", help="ndjson, csv or xlsx.")] = "ndjson",
    fields: Annotated[str, typer.Option(help="Fields with commas, such as loanId,household.name; else all.")] = "",
    condition: Annotated[str, typer.Option("--filter", help="The list's filter, as JSON.")] = "",
    order: Annotated[str, typer.Option("--order-by", help="The list's orderBy, as JSON.")] = "",
    headings: Annotated[str, typer.Option(help="names, zh or en.")] = "names",
    codes: Annotated[str, typer.Option(help="codes, or words for Chinese.")] = "codes",
    byte_order_mark: Annotated[bool, typer.Option(help="Begin CSV with a byte order mark.")] = False,
) -> None:
    """Write all rows of a list to a file, with one client's rights."""
    import asyncio

    from hub.app import export as export_to
    from hub.graph.export import export_request
    from hub.observe.output import whole_file
    from hub.settings import read_settings
    from hub.worker import open_server

    given = {
        "format": form,
        "fields": [part.strip() for part in fields.split(",") if part.strip()],
        "filter": _json("--filter", condition),
        "orderBy": _json("--order-by", order),
        "headings": headings,
        "codes": codes,
        "byteOrderMark": byte_order_mark,
    }
    request = export_request(dataset, given)
    settings = read_settings()
    with open_server(settings) as server, whole_file(output) as file:

        async def write(data: bytes) -> None:
            file.write(data)

        count = asyncio.run(export_to(settings, server, (name, purpose), request, write))
    print(f"{count} rows", file=sys.stderr)


def _json(option: str, text: str) -> object:
    import json

    try:
        return json.loads(text) if text else None
    except ValueError:
        raise QueryError("QUERY_EXPORT_INVALID", f"{option} is not JSON.", "Quote it for the shell.") from None


@schema_command.command("print")
def print_schema(
    *, federation: Annotated[bool, typer.Option(help="As an Apollo Federation subgraph; see HUB_FEDERATION.")] = False
) -> None:
    """Print the GraphQL schema in SDL."""
    from hub.app import sdl

    print(sdl(federated=federation), end="")


@schema_command.command("reference")
def print_reference() -> None:
    """Print the catalogue's reference page in Markdown."""
    from hub.catalog.reference import reference_page
    from schema import CATALOGUE
    from schema.ledger import LEDGER

    print(reference_page(CATALOGUE, LEDGER), end="")


def main() -> None:
    """Run the command; turn a refusal into one line and exit code 1."""
    try:
        command()
    except HubError as error:
        print(f"error {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
