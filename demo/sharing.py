"""The demo's sharing agreements: files of ``demo/agreements``, added and approved on the first start."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from hub.app import add_agreements, share
from hub.storage.agreements import names
from hub.storage.server import connect

_FOLDER = Path(__file__).with_name("agreements")
_BY = "demo"


def described() -> list[dict[str, Any]]:
    """What the files say."""
    return [tomllib.loads(path.read_text("utf-8")) for path in sorted(_FOLDER.glob("*.toml"))]


def install(owner: str, county: str) -> None:
    """Add what is not in the register yet. What somebody revoked stays revoked."""
    with connect(owner) as connection:
        known = names(connection, county)
    new = [given for given in described() if given["id"] not in known]
    if new:
        add_agreements(owner, county, new, _BY, approved=True)
    else:
        with connect(owner) as connection:
            share(connection, county)
