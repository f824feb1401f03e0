"""Sharing agreements: put into the register, approved by both sides, revoked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from hub.cli.command import command

agreement = typer.Typer(no_args_is_help=True, help="Sharing agreements: who gives what to whom, and what for.")
command.add_typer(agreement, name="agreement")

_By = Annotated[str, typer.Option("--by", help="Who does it: a person's name.")]
_Name = Annotated[str, typer.Argument(help="The agreement's id.")]


@agreement.command()
def add(file: Annotated[Path, typer.Argument(help="TOML or JSON; docs/access.md shows one.")], by: _By) -> None:
    """Put an agreement into the register; both sides have to approve it before it is in force."""
    from hub.app import add_agreements

    with _server() as (owner, county):
        (proposed,) = add_agreements(owner, county, [_terms(file)], by)
    print(f"{proposed.id} is proposed; {proposed.provider} and {proposed.consumer} have to approve it.")


@agreement.command("list")
def list_() -> None:
    """Print every agreement, its state and what it shares."""
    from hub.access.terms import read, state
    from hub.clock import today
    from hub.storage import agreements
    from hub.storage.server import connect

    with _server() as (owner, county), connect(owner) as connection:
        for entry in agreements.listed(connection, county):
            item = read(entry.terms)
            now = state(item, today(), is_approved=entry.is_approved, is_revoked=entry.revoked is not None)
            print(f"{item.id:20} {now:9} {item.provider} → {item.consumer}  {item.title}")
            print(f"{'':20} {item.first_day} – {item.last_day}  {', '.join(sorted(item.purposes))}")
            only = f" (figures about {item.smallest_group} households or more)" if item.smallest_group else ""
            print(f"{'':20} {', '.join(item.fields)}{only}")


@agreement.command()
def approve(name: _Name, side: Annotated[str, typer.Option("--for", help="provider or consumer.")], by: _By) -> None:
    """Approve an agreement for one side."""
    from hub.app import approve_agreement
    from hub.errors import AccessError
    from hub.storage.agreements import Side

    if side not in set(Side):
        raise AccessError("AGREEMENT_SIDE_UNKNOWN", "A side is provider or consumer.", "Give one of them with --for.")
    with _server() as (owner, county):
        approve_agreement(owner, county, name, Side(side), by)
    print(f"{name} is approved for the {side}.")


@agreement.command()
def revoke(name: _Name, by: _By, why: Annotated[str, typer.Option(help="The reason, for the record.")]) -> None:
    """End an agreement; from the next request on, everywhere."""
    from hub.app import revoke_agreement

    with _server() as (owner, county):
        revoke_agreement(owner, county, name, by, why)
    print(f"{name} is revoked.")


@contextmanager
def _server() -> Iterator[tuple[str, str]]:
    """The owner's connection string, and the county."""
    from hub.settings import read_settings
    from hub.storage.migrate import require_newest
    from hub.worker import open_server

    settings = read_settings()
    with open_server(settings) as server:
        require_newest(server.owner)
        yield server.owner, settings.county


def _terms(file: Path) -> dict[str, Any]:
    import json
    import tomllib

    from hub.errors import AccessError

    try:
        text = file.read_text("utf-8")
        terms = json.loads(text) if file.suffix == ".json" else tomllib.loads(text)
    except (OSError, ValueError):
        raise AccessError(
            "AGREEMENT_UNREADABLE", f"{file.name} cannot be read as TOML or JSON.", "docs/access.md shows one."
        ) from None
    return terms if isinstance(terms, dict) else {}
