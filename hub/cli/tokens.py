"""Tokens for the demo's clients."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli.command import command


@command.command()
def token(
    name: Annotated[str, typer.Option("--as", help="A client, such as city-officer or bank-system.")],
) -> None:
    """Print a bearer token for one of the demo clients, alone on its line."""
    from hub.app import issue_token
    from hub.settings import read_settings

    print(issue_token(read_settings(), name))
