"""Whom records are about, and where agencies differ: look, confirm, explain, undo."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from hub.cli.command import command

link_command = typer.Typer(no_args_is_help=True, help="Links between records that are not plain, by grade A to G.")
conflict_command = typer.Typer(no_args_is_help=True, help="Where agencies say different things of one subject.")
command.add_typer(link_command, name="link")
command.add_typer(conflict_command, name="conflict")

_Dataset = Annotated[str, typer.Argument(help="Dataset of the record, such as loan.")]
_Record = Annotated[str, typer.Argument(help="Key of the record, as `list` shows it.")]
_Entity = Annotated[str, typer.Argument(help="Key of the person or loan.")]
_Conflict = Annotated[str, typer.Argument(help="Number of the conflict, as `list` shows it.")]
_Who = Annotated[str, typer.Option("--as", help="Your name or staff number; it is kept with what you do.")]
_Why = Annotated[str, typer.Option("--reason", help="Why, in a sentence; it is kept.")]
_State = Annotated[str, typer.Option(help="Only this state, or ALL.")]
_Most = Annotated[int, typer.Option(min=1, help="At most so many.")]


@link_command.command("list")
def list_links(*, state: _State = "PROPOSED", most: _Most = 200) -> None:
    """Show links that need no plain agreement to hold, alerts (grade D) first."""
    from hub.cli.auditing import by_hand
    from hub.computing import links
    from hub.disclosing import LINKS, note_rows
    from hub.settings import read_settings
    from hub.worker import open_server

    settings = read_settings()
    with open_server(settings) as server:
        found = links(settings, server, state=None if state == "ALL" else state, most=most)
        note_rows(settings, server, by_hand(None, "link list"), "link list", LINKS, found)
    _print(f"{len(found)} links", "dataset record entity key grade method state decided-by", found)


@link_command.command()
def accept(dataset: _Dataset, record: _Record, entity_key: _Entity, who: _Who, reason: _Why) -> None:
    """Confirm a candidate (grade F), or a link by account or period alone: its record moves there."""
    _decide_link((dataset, record, entity_key), "ACCEPTED", who, reason)


@link_command.command()
def reject(dataset: _Dataset, record: _Record, entity_key: _Entity, who: _Who, reason: _Why) -> None:
    """Refuse a link."""
    _decide_link((dataset, record, entity_key), "REJECTED", who, reason)


@link_command.command()
def undo(dataset: _Dataset, record: _Record, entity_key: _Entity, who: _Who, reason: _Why) -> None:
    """Take a decision about a link back; both stay on record."""
    _decide_link((dataset, record, entity_key), "UNDONE", who, reason)


def _decide_link(key: tuple[str, str, str], action: str, who: str, reason: str) -> None:
    from hub.computing import settle_link
    from hub.settings import read_settings
    from hub.worker import open_server

    settings = read_settings()
    with open_server(settings) as server:
        settle_link(settings, server, key, action, who, reason)
    print(f"{'/'.join(key)}: {action}")


@conflict_command.command("list")
def list_conflicts(*, state: _State = "OPEN", most: _Most = 200) -> None:
    """Show conflicts and the records that differ; what they say is shown over GraphQL, to whom may see it."""
    from hub.cli.auditing import by_hand
    from hub.computing import conflicts
    from hub.disclosing import CONFLICTS, note_rows
    from hub.settings import read_settings
    from hub.worker import open_server

    settings = read_settings()
    with open_server(settings) as server:
        found = conflicts(settings, server, state=None if state == "ALL" else state, most=most)
        note_rows(settings, server, by_hand(None, "conflict list"), "conflict list", CONFLICTS, found)
    _print(f"{len(found)} conflicts", "conflict state records explained-by", found)


@conflict_command.command()
def explain(conflict: _Conflict, who: _Who, reason: _Why) -> None:
    """Say why the agencies differ."""
    _decide_conflict(conflict, "EXPLAINED", who, reason)


@conflict_command.command()
def reopen(conflict: _Conflict, who: _Who, reason: _Why) -> None:
    """Take an explanation back; both stay on record."""
    _decide_conflict(conflict, "REOPENED", who, reason)


def _decide_conflict(conflict: str, action: str, who: str, reason: str) -> None:
    from hub.computing import settle_conflict
    from hub.settings import read_settings
    from hub.worker import open_server

    settings = read_settings()
    with open_server(settings) as server:
        settle_conflict(settings, server, conflict, action, who, reason)
    print(f"{conflict}: {action}")


def _print(title: str, headings: str, rows: list[tuple[str, ...]]) -> None:
    from rich.console import Console

    from hub.observe.progress import print_table

    console = Console() if sys.stdout.isatty() else Console(width=200)
    print_table(console, title, headings.split(), rows)
