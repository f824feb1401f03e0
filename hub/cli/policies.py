"""The policy's dated parameters, and what the hub computes with them."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from hub.cli.command import command

policy = typer.Typer(no_args_is_help=True, help="Dated parameters of the programme: list them, add a city's own.")
command.add_typer(policy, name="policy")

_DAY = ["%Y-%m-%d"]


@policy.command("list")
def list_policy(
    on: Annotated[datetime | None, typer.Option(formats=_DAY, help="The day; today if not given.")] = None,
) -> None:
    """Show every parameter with the value in force on a day, or that nobody has configured it."""
    from rich.console import Console

    from hub.clock import today
    from hub.computing import policy_on
    from hub.observe.progress import print_table
    from hub.settings import read_settings
    from hub.worker import open_server

    settings = read_settings()
    day = on.date() if on else today()
    with open_server(settings) as server:
        rows = policy_on(settings, server, day)
    print_table(
        Console(width=150),
        f"policy on {day}",
        ("parameter", "参数", "value", "unit", "set by", "since"),
        [tuple(row) for row in rows],
    )


@policy.command("add")
def add_policy(
    file: Annotated[Path, typer.Argument(help="A TOML file; docs/policy.md says what stands in it.", exists=True)],
) -> None:
    """Add a city's own values from a file, all or none; then work everything out anew."""
    from hub.computing import add_policy as add
    from hub.settings import read_settings
    from hub.worker import open_server

    settings = read_settings()
    with open_server(settings) as server:
        changed = add(settings, server, file.read_text("utf-8"))
    print(f"{changed} new or ended; `hub compute` works out what follows from it.")


@command.command()
def compute(
    as_of: Annotated[
        datetime | None, typer.Option(formats=_DAY, help="Judge by this day; the bank's last booking if not given.")
    ] = None,
) -> None:
    """Work out what follows from the records: entitlement, compensation, findings. `hub sync` does so at its end."""
    from hub.computing import compute as compute_all
    from hub.settings import read_settings
    from hub.worker import open_server

    settings = read_settings()
    day: date | None = as_of.date() if as_of else None
    with open_server(settings) as server:
        print(compute_all(settings, server, as_of=day).in_short())
