"""The command itself, to which every group of commands adds its own."""

from __future__ import annotations

import typer

command = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The relief credit hub. Each command reads the settings, calls one room, prints the answer.",
)
