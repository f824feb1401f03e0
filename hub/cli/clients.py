"""Clients: the systems that may call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.command import command
from hub.errors import SettingError

if TYPE_CHECKING:
    from hub.identity.register import Books

client_command = typer.Typer(no_args_is_help=True, help="Systems that may call; changes hold from their next request.")
command.add_typer(client_command, name="client")


@contextmanager
def open_books() -> Iterator[Books]:
    """The books of identity, in the database these settings name."""
    from hub.app import books
    from hub.settings import read_settings
    from hub.worker import open_server

    settings = read_settings()
    with open_server(settings) as server:
        yield books(settings, server)


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise SettingError("SETTING_FILE_UNREADABLE", f"{path} cannot be read.", "Check its name and rights.") from None


def scopes_typed(scopes: list[str] | None) -> frozenset[str]:
    """What an operator typed as scopes, checked against the catalogue's vocabulary."""
    from hub.access.scopes import vocabulary
    from hub.identity.typed import checked_scopes
    from schema import CATALOGUE

    return checked_scopes(scopes or (), vocabulary(CATALOGUE))


_KEYS = "File with the client's public keys, a JWK set. During a change it may hold the old and the new one."


@client_command.command("add")
def add_client(
    name: Annotated[str, typer.Argument(help="Its name, which is its OAuth client_id.")],
    role: Annotated[str, typer.Option(help="Such as agency-system, auditor, operator, city-staff.")],
    region: Annotated[str, typer.Option(help="Code of the county, township or village it may see.")],
    keys: Annotated[Path, typer.Option(help=_KEYS)],
    purpose: Annotated[list[str], typer.Option(help="What it may ask for; may be given several times.")],
    *,
    secret: Annotated[bool, typer.Option(help="Draw a secret too, for a client in HUB_SECRET_CLIENTS.")] = False,
    agency: Annotated[str | None, typer.Option(help="BANK, FINANCE or RELIEF, for an agency's system.")] = None,
    scope: Annotated[
        list[str] | None,
        typer.Option(help="What its tokens are narrowed to, such as loan:read; may be given several times."),
    ] = None,
    redirect: Annotated[
        list[str] | None, typer.Option(help="Exact https address for staff who log in; may be given several times.")
    ] = None,
) -> None:
    """Let a system call, with the keys it made itself."""
    from secrets import token_urlsafe

    from hub.identity.assertion import secret_hash
    from hub.identity.typed import client_of

    given = {"name": name, "role": role, "region": region, "agency": agency}
    with open_books() as book:
        drawn = token_urlsafe(32) if secret else None
        hashed = None if drawn is None else secret_hash(drawn)
        client = client_of(given, _read(keys), purpose, tuple(redirect or ()), scopes_typed(scope))
        book.add_client(client, secret_hash=hashed)
    print(f"The client {name} may call. Its client_id is its name; docs/clients.md says how it gets a token.")
    if drawn is not None:
        print(f"Its secret, shown this once: {drawn}")


@client_command.command("rotate")
def rotate_client(
    name: Annotated[str, typer.Argument(help="Its name.")], keys: Annotated[Path, typer.Option(help=_KEYS)]
) -> None:
    """Exchange a client's keys; the tokens it holds end."""
    from hub.identity.client_keys import checked_keys

    with open_books() as book:
        book.rotate_client(name, checked_keys(_read(keys)))
    print(f"The client {name} has the new keys; its tokens of before are void.")


@client_command.command("revoke")
def revoke_client(name: Annotated[str, typer.Argument(help="Its name.")]) -> None:
    """End a client for good; from its next request on it is refused."""
    with open_books() as book:
        book.revoke_client(name)
    print(f"The client {name} is refused from its next request on.")


@client_command.command("scopes")
def list_scopes() -> None:
    """Show every scope and what it means."""
    from hub.access.scopes import vocabulary
    from schema import CATALOGUE

    for name, meaning in vocabulary(CATALOGUE).items():
        print(f"{name:40} {meaning}")


@client_command.command("list")
def list_clients() -> None:
    """Show every client, ended ones too."""
    from rich.console import Console

    from hub.observe.progress import print_table

    with open_books() as book:
        clients = book.read().clients.values()
    rows = [
        (
            *(client.name, client.role, client.agency or "", client.region),
            *(" ".join(sorted(client.purposes)), " ".join(sorted(client.scopes)) or "all"),
            "ended" if client.is_ended else "may call",
        )
        for client in clients
    ]
    headings = ("name", "role", "agency", "region", "purposes", "scopes", "state")
    print_table(Console(width=160), "clients", headings, rows)
