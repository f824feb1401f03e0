"""Trying an agency's source before it is synced."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.command import command

if TYPE_CHECKING:
    from hub.sync.trial import TriedDelivery, TriedPart

connector_command = typer.Typer(no_args_is_help=True, help="The connectors to the agencies' systems.")
command.add_typer(connector_command, name="connector")


@connector_command.command("check")
def check(
    source: Annotated[str, typer.Argument(help="An agency, or agency.dataset, such as bank or bank.loan.")],
    *,
    rows: Annotated[int, typer.Option(min=1, help="How many of the first rows are held against the contract.")] = 100,
) -> None:
    """Try a source and write nothing: reachable, readable, headings matched, first rows through the contract."""
    from hub.observe.notes import noted
    from hub.settings import read_settings
    from hub.sync.trial import is_of_all
    from hub.worker import parse_due, try_agency

    tried = refused = 0
    with noted(lambda line: print(f"note: {line}")):
        for delivery in try_agency(read_settings(), parse_due(source), rows):
            tried += delivery.lacked is None
            refused += delivery.refusal is not None
            _show(delivery)
            if delivery.refusal is not None and is_of_all(delivery.refusal):
                print("  This concerns the source as a whole: nothing else of it was tried.")
    print(f"{tried} deliveries tried, {refused} refused; nothing was written.")
    if refused:
        sys.exit(1)


def _show(delivery: TriedDelivery) -> None:
    if delivery.lacked is not None:
        print(f"{delivery.name} is not there; the source may lack it, and delivers no {delivery.lacked}.")
        return
    size = "" if delivery.expected_rows is None else f" ({delivery.expected_rows} rows)"
    print(f"{delivery.name}{size}")
    for part in delivery.parts.values():
        _show_part(part)
    if delivery.refusal is not None:
        print(f"  refused {delivery.refusal}")


def _show_part(tried: TriedPart) -> None:
    sheet = f", sheet {tried.part.sheet}" if tried.part.sheet else ""
    print(f"  {tried.part.dataset}{sheet}: {tried.accepted} of the first {tried.rows} rows pass the contract")
    for column in tried.part.columns:
        constant = column.heading.startswith("#")
        place = "the same in every row" if constant else column.heading
        cell = "" if constant or column.cell == column.heading else f" (column {column.cell})"
        unit = f" in {column.unit.value}" if column.unit.value else ""
        print(f"    {column.field} <- {place}{cell}{unit}")
    if tried.unmapped:
        print(f"    not given: {', '.join(tried.unmapped)}")
    for (field, code, reason), count in tried.faults.most_common():
        print(f"    {count} rows: {field} {code}: {reason}")
