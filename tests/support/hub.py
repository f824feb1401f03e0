"""A hub's application over a test's own database, and its books, as the composition root wires them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx

from demo.actors import ACTORS
from hub.app import application, books, ensure_clients, issue_token
from hub.identity.register import Books
from hub.settings import Settings
from hub.storage.server import DatabaseServer
from tests.support.database import Database


class Hub:
    """One installation: a data folder, a database, and any number of processes that serve it."""

    def __init__(self, database: Database, home: Path, **settings: Any) -> None:
        names = ",".join(actor.name for actor in ACTORS)
        self.settings = Settings(home=home, public_url="http://hub", bearer_clients=names, **settings)
        self.server = DatabaseServer(database.owner, database.roles)
        ensure_clients(self.settings, self.server, [asdict(actor) for actor in ACTORS])

    @property
    def books(self) -> Books:
        return books(self.settings, self.server)

    def token(self, name: str) -> str:
        return issue_token(self.settings, self.server, name)

    def headers(self, name: str, purpose: str = "loan-review") -> dict[str, str]:
        return {"authorization": f"Bearer {self.token(name)}", "data-purpose": purpose}

    @asynccontextmanager
    async def process(self) -> AsyncIterator[httpx.AsyncClient]:
        """A serving process, asked without a network."""
        app = application(self.settings, self.server)
        async with app.router.lifespan_context(app):
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://hub") as client:
                yield client


async def ask(client: httpx.AsyncClient, headers: Mapping[str, str], query: str) -> tuple[int, str | None, Any]:
    """Status, code of the first refusal, and data of one question."""
    response = await client.post("/graphql", json={"query": query}, headers=headers)
    body = response.json()
    code = body["errors"][0]["extensions"]["code"] if "errors" in body else None
    return response.status_code, code, body.get("data")
