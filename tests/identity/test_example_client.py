"""The client that agencies may copy, against a hub that serves: keys, tokens, nonces, revocation, exports."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hub.identity.typed import client_of
from tests.identity.conftest import Served
from tests.support.database import COUNTY

EXAMPLE = Path(__file__).parents[2] / "examples/clients/relief_credit_client.py"


def add(served: Served, name: str, keys: dict[str, Any]) -> None:
    given = {"name": name, "role": "agency-system", "region": COUNTY, "agency": "BANK"}
    served.hub.books.add_client(client_of(given, json.dumps(keys), ["loan-review"]))


@pytest.fixture
def example() -> Any:
    from tests.identity.parties import example_client

    return example_client()


def test_it_asks_exports_and_is_told_when_it_is_revoked(served: Served, tmp_path: Path, example: Any) -> None:
    path = tmp_path / "key.json"
    add(served, "copied", example.make_keys(path))
    assert path.stat().st_mode & 0o077 == 0
    address = str(served.http.base_url).rstrip("/")
    with example.HubClient(address, "copied", example.read_key(path)) as hub:
        asked = hub.ask("query ($id: String!) { loan(loanId: $id) { amount } }", "loan-review", id="L001")
        assert asked == {"loan": {"amount": "20000.00"}}
        assert hub.token() == hub.token()
        assert hub.export("loans", "loan-review", fields=["loanId"]).startswith(b'{"loanId"')
        with pytest.raises(example.HubRefused, match="PURPOSE_REFUSED"):
            hub.ask("{ me { client } }", "audit")
        served.hub.books.revoke_client("copied")
        with pytest.raises(example.HubRefused, match="TOKEN_REVOKED"):
            hub.ask("{ me { client } }", "loan-review")
        with pytest.raises(example.HubRefused, match="invalid_client"):
            hub.ask("{ me { client } }", "loan-review")


def test_it_runs_as_a_command(served: Served, tmp_path: Path) -> None:
    def run(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, EXAMPLE, *words], capture_output=True, text=True, check=True, timeout=200
        )
        return done.stdout

    key = str(tmp_path / "key.json")
    add(served, "by-command", json.loads(run("keys", key)))
    address = str(served.http.base_url).rstrip("/")
    asked = ("ask", "by-command", "{ me { client } }", "--hub", address, "--purpose", "loan-review", "--keys", key)
    assert json.loads(run(*asked)) == {"me": {"client": "by-command"}}
