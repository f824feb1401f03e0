"""Lists as files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from hub.cli.command import command
from hub.errors import QueryError


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
