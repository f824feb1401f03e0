"""Tokens for the demo's clients."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli.command import command


@command.command()
def token(
    name: Annotated[str, typer.Option("--as", help="A client, such as city-officer or bank-system.")],
    *,
    minutes: Annotated[int, typer.Option(min=1, max=720, help="How long it is good for.")] = 10,
) -> None:
    """Print a bearer token for one of the demo clients, alone on its line."""
    from hub.app import issue_token
    from hub.settings import read_settings
    from hub.worker import open_server

    settings = read_settings()
    with open_server(settings) as server:
        print(issue_token(settings, server, name, minutes))
