"""Staff: the people who may log in."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli.clients import open_books, scopes_typed
from hub.cli.command import command

staff_command = typer.Typer(no_args_is_help=True, help="People who may log in; changes hold from their next request.")
command.add_typer(staff_command, name="staff")


@staff_command.command("add")
def add_staff(
    name: Annotated[str, typer.Argument(help="The login.")],
    role: Annotated[str, typer.Option(help="Such as city-staff, township-staff, village-staff, auditor.")],
    region: Annotated[str, typer.Option(help="Code of the county, township or village it may see.")],
    person: Annotated[str, typer.Option(help="Who it is, such as a personnel number: one for all logins of a person.")],
    purpose: Annotated[list[str], typer.Option(help="What may be asked for; may be given several times.")],
    *,
    scope: Annotated[
        list[str] | None, typer.Option(help="What tokens are narrowed to, such as loan:read; may be given again.")
    ] = None,
    openid_subject: Annotated[
        str | None, typer.Option(help="Who it is at the outside provider (`sub`); then there is no password here.")
    ] = None,
) -> None:
    """Let a person log in; shows the password and the second factor, this once."""
    from hub.identity.login import draw
    from hub.identity.typed import staff_of

    staff = staff_of({"name": name, "role": role, "region": region}, person, purpose, scopes_typed(scope))
    if openid_subject is not None:
        with open_books() as book:
            book.add_staff(staff, None, openid_subject)
        print(f"{name} may log in through the outside provider.")
        return
    secrets, kept = draw(name, _issuer())
    with open_books() as book:
        book.add_staff(staff, kept, None)
    print(f"{name} may log in.")
    _show(secrets.password, secrets.totp_uri)


@staff_command.command("reset")
def reset_staff(name: Annotated[str, typer.Argument(help="The login.")]) -> None:
    """Give a new password and second factor; sessions and tokens end."""
    from hub.identity.login import draw

    secrets, kept = draw(name, _issuer())
    with open_books() as book:
        book.reset_staff(name, kept)
    _show(secrets.password, secrets.totp_uri)


@staff_command.command("disable")
def disable_staff(name: Annotated[str, typer.Argument(help="The login.")]) -> None:
    """End a login for good; from the next request on it is refused."""
    with open_books() as book:
        book.disable_staff(name)
    print(f"{name} is refused from the next request on.")


@staff_command.command("list")
def list_staff() -> None:
    """Show every login, ended ones too."""
    from rich.console import Console

    from hub.observe.progress import print_table

    with open_books() as book:
        staff = book.read().staff.values()
    rows = [
        (
            who.name,
            who.person,
            who.role,
            who.region,
            " ".join(sorted(who.purposes)),
            "ended" if who.is_ended else "may log in",
        )
        for who in staff
    ]
    print_table(Console(width=160), "staff", ("login", "person", "role", "region", "purposes", "state"), rows)


def _issuer() -> str:
    from hub.settings import read_settings

    return read_settings().issuer


def _show(password: str, uri: str) -> None:
    print(f"password       {password}")
    print(f"second factor  {uri}")
    print("Shown this once. The person enters the address in an authenticator app, or scans it as a QR code.")
