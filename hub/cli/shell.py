"""A prompt for questions in SQL: each statement is in the disclosure log before its rows are seen."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.command import command

if TYPE_CHECKING:
    from hub.storage.by_hand import Look


@command.command()
def shell(
    who: Annotated[str, typer.Option("--as", help="Your name or staff number; it is kept with each statement.")],
    purpose: Annotated[str, typer.Option(help="What you look for, in a sentence; it is kept.")],
    *,
    statement: Annotated[str | None, typer.Option("--command", help="One statement, instead of a prompt.")] = None,
    most: Annotated[int, typer.Option(min=1, max=10_000, help="Rows to show of a statement.")] = 200,
) -> None:
    """Ask the database in SQL, reading only. Who, why, what was read and about whom is logged before it is shown."""
    from hub.audit.disclosure import ByHand
    from hub.disclosing import looked
    from hub.errors import HubError
    from hub.settings import read_settings
    from hub.worker import open_server

    settings = read_settings()
    texts = _statements() if statement is None else iter([statement])
    with open_server(settings) as server:
        for found in looked(settings, server, ByHand(who, purpose), texts, most):
            if not isinstance(found, HubError):
                _show(found)
            elif statement is not None:
                raise found
            else:
                print(found, file=sys.stderr)


def _statements() -> Iterator[str]:
    """What is typed, up to each semicolon at the end of a line."""
    is_typed = sys.stdin.isatty()
    lines: list[str] = []
    while True:
        if is_typed:
            print("hub> " if not lines else "...> ", end="", flush=True)
        line = sys.stdin.readline()
        lines.append(line)
        if not line or line.rstrip().endswith(";"):
            text = "".join(lines).strip()
            lines.clear()
            if text:
                yield text
        if not line:
            return


def _printable(text: str) -> str:
    """Nothing that a terminal would obey, or take for the end of a cell."""
    return "".join(character if character.isprintable() else " " for character in text)


def _show(found: Look) -> None:
    print("\t".join(found.headings))
    for row in found.rows:
        print("\t".join("" if cell is None else _printable(cell) for cell in row))
    more = ", and there are more" if found.is_cut else ""
    print(f"({len(found.rows)} rows{more})", file=sys.stderr)
