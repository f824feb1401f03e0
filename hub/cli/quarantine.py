"""The quarantine as a list of work: look, put right, try again, set aside."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from hub.cli.command import command

quarantine_command = typer.Typer(no_args_is_help=True, help="Rows that did not pass their contract, as a work list.")
command.add_typer(quarantine_command, name="quarantine")

_Entries = Annotated[list[int], typer.Argument(help="Numbers of entries, as `list` shows them.")]
_Who = Annotated[str, typer.Option("--as", help="Your name or staff number; it is kept with what you do.")]
_Why = Annotated[str, typer.Option("--reason", help="Why, in a sentence; it is kept.")]


@quarantine_command.command("list")
def list_entries(
    *,
    dataset: Annotated[str | None, typer.Option(help="Only this dataset.")] = None,
    code: Annotated[str | None, typer.Option(help="Only this reason, such as IDENTITY_CHECK_FAILED.")] = None,
    state: Annotated[str, typer.Option(help="OPEN, CLOSED, CORRECTED, REPLAYED, DISMISSED or ALL.")] = "OPEN",
    most: Annotated[int, typer.Option(min=1, help="At most so many, the oldest first.")] = 200,
) -> None:
    """Show entries: where each row stands and what is wrong with it, but none of its values."""
    from rich.console import Console

    from hub.cli.moment import moment
    from hub.observe.progress import print_table
    from hub.settings import read_settings
    from hub.worker import open_server, quarantine_list

    settings = read_settings()
    with open_server(settings) as server:
        chosen = None if state == "ALL" else state
        found = quarantine_list(settings, server, dataset=dataset, code=code, state=chosen, most=most)
    console = Console() if sys.stdout.isatty() else Console(width=200)
    print_table(
        console,
        f"{len(found)} entries" + (", the oldest; there may be more: --most" if len(found) == most else ""),
        ("dataset", "entry", "delivery", "cell", "code", "reason", "state", "since"),
        [
            (
                *(item.dataset, str(item.entry_id), item.delivery, item.cell, item.code, item.reason),
                *(item.state, moment(settings, item.opened_at)),
            )
            for item in found
        ],
    )
    for line in sorted({f"{item.code}: {item.advice}" for item in found if item.advice}):
        print(line)


@quarantine_command.command()
def show(
    entry: Annotated[int, typer.Argument(help="Number of the entry.")],
    who: _Who,
    purpose: Annotated[str, typer.Option(help="What you look at it for, such as correction.")],
) -> None:
    """Show an open entry's whole raw row and what could be right instead. This is a disclosure."""
    from hub.settings import read_settings
    from hub.sync.fault import Fault
    from hub.worker import open_server, quarantine_show

    settings = read_settings()
    with open_server(settings) as server:
        row, suggestions = quarantine_show(settings, server, entry, who, purpose)
    print(f"{row.agency} {row.part.dataset}, {row.delivery}: {row.cell}\n{row.code}: {row.reason}")
    print(f"{Fault[row.code].advice}\n")
    fields = {column.heading: column.field for column in row.part.columns}
    for heading, value in row.raw.items():
        mark = ">" if fields.get(heading) == row.field else " "
        print(f"{mark} {heading} ({fields.get(heading, 'not taken')}): {'' if value is None else value}")
    for item in suggestions:
        print(f"\n? {item.advice}\n  --set '{item.heading}={item.value}'")


@quarantine_command.command()
def correct(
    entry: Annotated[int, typer.Argument(help="Number of the entry.")],
    who: _Who,
    reason: _Why,
    cells: Annotated[
        list[str], typer.Option("--set", help="HEADING=VALUE; HEADING alone asks for the value. May be repeated.")
    ],
) -> None:
    """Put cells of one row right and bring it in, through the same contract; refused if it still does not pass."""
    from hub.settings import read_settings
    from hub.worker import in_short, open_server, quarantine_correct

    given = dict(_cell(text) for text in cells)
    settings = read_settings()
    with open_server(settings) as server:
        report = quarantine_correct(settings, server, entry, given, (who, reason))
    print(f"entry {entry} corrected, run {report.run_id}: {in_short(report)}")


def _cell(text: str) -> tuple[str, str]:
    heading, found, value = text.partition("=")
    return heading, value if found else str(typer.prompt(heading, default="", show_default=False))


@quarantine_command.command()
def replay(entries: _Entries, who: _Who, reason: _Why) -> None:
    """Try rows again as they were read, for example after a rule of the contract was changed."""
    from hub.settings import read_settings
    from hub.worker import in_short, open_server, quarantine_replay

    settings = read_settings()
    with open_server(settings) as server:
        for report in quarantine_replay(settings, server, entries, (who, reason)):
            print(f"{report.agency} run {report.run_id}: {in_short(report)}")


@quarantine_command.command()
def dismiss(entries: _Entries, who: _Who, reason: _Why) -> None:
    """Set rows aside for good; the same raw rows are not asked about again."""
    from hub.settings import read_settings
    from hub.worker import open_server, quarantine_dismiss

    settings = read_settings()
    with open_server(settings) as server:
        quarantine_dismiss(settings, server, entries, (who, reason))
    print(f"dismissed: {', '.join(map(str, entries))}")
