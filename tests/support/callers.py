"""Callers for tests that need no database: the demo's clients in a register that never changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from demo.actors import ACTORS
from hub.actor import Role
from hub.catalog.dataset import Agency
from hub.clock import now
from hub.identity.clients import Client, Register
from hub.identity.keys import KeyRing
from hub.identity.tokens import Tokens
from hub.query.parameters import Claim
from hub.query.run import DatabaseReader
from hub.storage.authority import Kept

ISSUER = "https://hub"
CLIENTS = {
    actor.name: Client(
        actor.name, Role(actor.role), actor.region, None if actor.agency is None else Agency(actor.agency)
    )
    for actor in ACTORS
}


def bearer_tokens(folder: Path, clock: Callable[[], datetime] = now) -> Tokens:
    """Tokens for the demo's clients, without proof of a key."""
    return Tokens(KeyRing(folder), Kept(Register(CLIENTS)), ISSUER, bearers=CLIENTS, clock=clock)


class NoReader(DatabaseReader):
    """For questions that read no record: confirms whatever version is claimed, and cannot read."""

    def __init__(self) -> None:
        super().__init__("")

    async def confirm(self, claims: Mapping[Claim, str]) -> None:
        assert claims[Claim.AUTHORITY] == "0"
