"""The editor: everything from this installation, nothing allowed from elsewhere, and only where it is wanted."""

from __future__ import annotations

import asyncio
import re

import httpx
import pytest
from starlette.applications import Starlette

from hub.web.graphiql import graphiql_routes, is_loopback


def get(path: str) -> httpx.Response:
    async def run() -> httpx.Response:
        transport = httpx.ASGITransport(Starlette(routes=list(graphiql_routes())))
        async with httpx.AsyncClient(transport=transport, base_url="http://hub") as client:
            return await client.get(path)

    return asyncio.run(run())


def test_the_page_and_all_it_loads_come_from_here() -> None:
    page = get("/graphiql")
    assert page.status_code == 200
    assert "programme-supervision" in page.text
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(loaded) == 6
    for name in loaded:
        assert name.startswith("graphiql/"), "nothing from another address"
        asset = get(f"/{name}")
        assert asset.status_code == 200, f"{name} does not come with the package any more"
        assert len(asset.content) > 100
    for own in ("page.js", "page.css"):
        assert "http" not in get(f"/graphiql/{own}").text
    assert "localStorage" not in get("/graphiql/page.js").text


def test_the_browser_is_told_to_load_nothing_else() -> None:
    policy = get("/graphiql").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("10.1.2.3", False), ("hub", False)],  # noqa: S104
)
def test_it_is_there_by_default_only_for_this_machine(host: str, expected: bool) -> None:  # noqa: FBT001
    assert is_loopback(host) is expected
