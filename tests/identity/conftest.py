"""A small county in a real database, and a hub that serves it over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from tests.identity.parties import Party, register
from tests.support.county import filled
from tests.support.database import Database
from tests.support.hub import Hub


@dataclass
class Served:
    """A hub that serves, and a client of it."""

    hub: Hub
    http: httpx.Client
    bank: Party


@pytest.fixture(scope="module")
def served(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    filled(module_database)
    hub = Hub(module_database, tmp_path_factory.mktemp("home"))
    with hub.served() as http:
        yield Served(hub, http, register(hub, Party("bank-core", http)))
