"""A hub's application over a test's own database, and its books, as the composition root wires them."""

from __future__ import annotations

import socket
import threading
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from demo.actors import ACTORS
from hub.access.agreement import Agreement
from hub.app import application, books, ensure_clients, issue_token
from hub.identity.register import Books
from hub.settings import Settings
from hub.storage.server import DatabaseServer
from tests.support.database import Database
from tests.support.sharing import EVERYTHING, agree


class Hub:
    """One installation: a data folder, a database, and any number of processes that serve it."""

    def __init__(
        self, database: Database, home: Path, *, agreements: Iterable[Agreement] = EVERYTHING, **settings: Any
    ) -> None:
        names = ",".join(actor.name for actor in ACTORS)
        self.settings = Settings(home=home, public_url="https://hub", bearer_clients=names, **settings)
        self.server = DatabaseServer(database.owner, database.roles)
        ensure_clients(self.settings, self.server, [asdict(actor) for actor in ACTORS])
        agree(database, agreements)

    @property
    def books(self) -> Books:
        return books(self.settings, self.server)

    def token(self, name: str) -> str:
        return issue_token(self.settings, self.server, name)

    def headers(self, name: str, purpose: str = "loan-review") -> dict[str, str]:
        return {"authorization": f"Bearer {self.token(name)}", "data-purpose": purpose}

    @contextmanager
    def served(self) -> Iterator[httpx.Client]:
        """A serving process over real HTTP; its issuer is its address."""
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            address = f"http://127.0.0.1:{listening.getsockname()[1]}"
            self.settings = self.settings.model_copy(update={"public_url": address})
            web = uvicorn.Server(uvicorn.Config(application(self.settings, self.server), log_level="warning"))
            thread = threading.Thread(target=web.run, kwargs={"sockets": [listening]})
            thread.start()
            try:
                while not web.started:
                    threading.Event().wait(0.01)
                with httpx.Client(base_url=address, trust_env=False, timeout=30) as client:
                    yield client
            finally:
                web.should_exit = True
                thread.join()

    @asynccontextmanager
    async def process(self) -> AsyncIterator[httpx.AsyncClient]:
        """A serving process, asked without a network."""
        app = application(self.settings, self.server)
        async with app.router.lifespan_context(app):
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="https://hub") as client:
                yield client


async def ask(client: httpx.AsyncClient, headers: Mapping[str, str], query: str) -> tuple[int, str | None, Any]:
    """Status, code of the first refusal, and data of one question."""
    response = await client.post("/graphql", json={"query": query}, headers=headers)
    body = response.json()
    code = body["errors"][0]["extensions"]["code"] if "errors" in body else None
    return response.status_code, code, body.get("data")
