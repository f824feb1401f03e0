"""The demo as a user starts it: one process, its data folder in the clone, asked over HTTP."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from tests.support.worlds import shared_folder, written_once

HUB = Path(sys.executable).parent / "hub"
_PATIENCE_SECONDS = 400
# A token is good for twice as long.
_TOKEN_SECONDS = 300


@dataclass(frozen=True)
class Demo:
    """A running demo."""

    home: Path
    port: int
    printed: str
    _tokens: dict[str, tuple[float, str]] = field(default_factory=dict)

    def hub(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run ``hub`` in another process, as in another terminal."""
        environment = {**os.environ, "HUB_HOME": str(self.home), "HUB_PORT": str(self.port)}
        return subprocess.run(
            [HUB, *arguments], env=environment, capture_output=True, text=True, check=check, timeout=250
        )

    def ask(self, query: str, client: str = "city-officer", **variables: object) -> dict[str, Any]:
        """The data of an answer; an answer with errors fails the test."""
        response = httpx.post(
            f"http://127.0.0.1:{self.port}/graphql",
            headers={"Authorization": f"Bearer {self._token(client)}", "Data-Purpose": "programme-supervision"},
            json={"query": query, "variables": variables},
            trust_env=False,
            timeout=30,
        )
        body: dict[str, Any] = response.json()
        assert "errors" not in body, body["errors"]
        return dict(body["data"])

    def _token(self, client: str) -> str:
        issued, token = self._tokens.get(client, (0.0, ""))
        if not token or time.monotonic() - issued > _TOKEN_SECONDS:
            issued, token = time.monotonic(), self.hub("token", "--as", client).stdout.strip()
            self._tokens[client] = issued, token
        return token

    def bank(self) -> psycopg.Connection[tuple[object, ...]]:
        """The bank's own database, as its staff would enter it."""
        return psycopg.connect(self._bank_conninfo(), autocommit=True)

    def database(self) -> psycopg.Connection[tuple[object, ...]]:
        """The hub's database, as its owner."""
        return psycopg.connect(self._bank_conninfo(), dbname="hub", autocommit=True)

    def _bank_conninfo(self) -> str:
        url: str = tomllib.loads((self.home / "hub.toml").read_text("utf-8"))["bank_url"]
        return url.replace("postgresql+psycopg://", "postgresql://")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Demo]:
    if "HUB_DATABASE_URL" in os.environ:
        pytest.skip("the demo brings its own PostgreSQL")
    home = Path(".work/acceptance", os.environ.get("PYTEST_XDIST_WORKER", "one")).resolve()
    shutil.rmtree(home, ignore_errors=True)
    port = free_port()
    environment = {**os.environ, "HUB_HOME": str(home), "HUB_PORT": str(port)}
    home.mkdir(parents=True)
    # It would write the very same, as tests/demo/test_determinism.py sees.
    shutil.copytree(written_once(shared_folder(request, tmp_path_factory), 1, faults=True), home / "demo")
    output = home / "printed.txt"
    with output.open("w", encoding="utf-8") as file:
        process = subprocess.Popen([HUB, "demo"], env=environment, stdout=file, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while "Serving" not in output.read_text("utf-8"):
            assert process.poll() is None, output.read_text("utf-8")
            assert time.monotonic() < deadline, output.read_text("utf-8")
            time.sleep(0.2)
        yield Demo(home, port, output.read_text("utf-8"))
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=200)
