"""The hub's own signing keys."""

from __future__ import annotations

import typer

from hub.cli.command import command

keys_command = typer.Typer(no_args_is_help=True, help="The keys the hub signs tokens with.")
command.add_typer(keys_command, name="keys")


@keys_command.command("rotate")
def rotate_keys() -> None:
    """Sign with a new key from now on; the former one is published until its tokens have expired."""
    from hub.app import key_ring
    from hub.settings import read_settings

    print(f"Signing with the key {key_ring(read_settings()).rotate()}.")


@keys_command.command("list")
def list_keys() -> None:
    """Show the keys that tokens are checked with, the one that signs first."""
    from hub.app import key_ring
    from hub.settings import read_settings

    for key in key_ring(read_settings()).published()["keys"]:
        print(key["kid"])
