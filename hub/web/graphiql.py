"""GET /graphiql: GraphiQL from this installation alone. Its scripts come with a Python package; nothing is fetched."""

from __future__ import annotations

from functools import partial
from html import escape
from importlib.resources import files
from ipaddress import ip_address
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from hub.actor import Purpose

_PACKAGE = "graphene_django_graphiql_static"  # holds GraphiQL and React (MIT) as files; nothing of Django is used
_ASSETS = ("react.production.min.js", "react-dom.production.min.js", "graphiql.min.js", "graphiql.min.css")
_PAGES = Path(__file__).with_name("pages")

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; font-src data:; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
}


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches ``host``."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def graphiql_routes() -> list[Route]:
    """The page and every file it loads."""
    folder = Path(str(files(_PACKAGE))) / "static" / _PACKAGE
    found = {name: folder / name for name in _ASSETS}
    found |= {"page.js": _PAGES / "graphiql.js", "page.css": _PAGES / "graphiql.css"}
    purposes = "".join(f"<option>{escape(purpose)}</option>" for purpose in Purpose)
    page = (_PAGES / "graphiql.html").read_text("utf-8").replace("{purposes}", purposes)

    async def show(_request: Request) -> Response:
        return HTMLResponse(page, headers={**_HEADERS, "cache-control": "no-store"})

    async def asset(path: Path, _request: Request) -> Response:
        return FileResponse(path, headers={**_HEADERS, "cache-control": "no-cache"})

    listed = [Route(f"/graphiql/{name}", partial(asset, path), methods=["GET"]) for name, path in found.items()]
    return [Route("/graphiql", show, methods=["GET"]), *listed]
