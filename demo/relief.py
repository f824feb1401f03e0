"""The relief bureau: a paged REST API behind OAuth client credentials, served from Parquet a page at a time."""

import argparse
import base64
import binascii
import hmac
import json
import secrets
import socket
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, unquote_plus

import polars as pl
import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from demo.layout import RELIEF_CLIENT

TOKEN_SECONDS = 600
LARGEST_PAGE = 5_000
USUAL_PAGE = 1_000
ENDPOINTS = (
    "regions",
    "households-by-person",
    "applications",
    "enterprises",
    "enterprise-uses",
    "risk-events",
    "officer-assignments",
    "visits",
    "service-points",
)


class Feed:
    """The rows of one endpoint, which may lie in several files, read a slice at a time."""

    def __init__(self, parts: list[Path]) -> None:
        self._parts = [(part, int(pl.scan_parquet(part).select(pl.len()).collect().item())) for part in parts]
        self.total = sum(rows for _, rows in self._parts)

    def page(self, offset: int, size: int) -> bytes:
        """Rows ``offset`` to ``offset + size - 1`` as a JSON array."""
        slices = []
        for part, rows in self._parts:
            if size > 0 and offset < rows:
                slices.append(pl.scan_parquet(part).slice(offset, size).collect())
                size -= slices[-1].height
                offset = 0
            else:
                offset = max(0, offset - rows)
        if not slices:
            return b"[]"
        return pl.concat(slices).write_json().encode()


class _Tokens:
    def __init__(self, secret: str, clock: Callable[[], float]) -> None:
        self._secret = secret
        self._clock = clock
        self._until: dict[str, float] = {}

    def issue(self, client: str, secret: str) -> str | None:
        right = hmac.compare_digest(client.encode(), RELIEF_CLIENT.encode())
        if not (hmac.compare_digest(secret.encode(), self._secret.encode()) and right):
            return None
        now = self._clock()
        self._until = {token: until for token, until in self._until.items() if until > now}
        token = secrets.token_urlsafe(32)
        self._until[token] = now + TOKEN_SECONDS
        return token

    def valid(self, authorization: str) -> bool:
        scheme, _, token = authorization.partition(" ")
        return scheme.lower() == "bearer" and self._until.get(token, 0.0) > self._clock()


def _credentials(request: Request, form: dict[str, list[str]]) -> tuple[str, str]:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            client, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return unquote_plus(client), unquote_plus(secret)
    return form.get("client_id", [""])[0], form.get("client_secret", [""])[0]


def _page(request: Request) -> tuple[int, int] | None:
    try:
        page = int(request.query_params.get("page", "1"))
        size = int(request.query_params.get("size", str(USUAL_PAGE)))
    except ValueError:
        return None
    return (page, size) if page >= 1 and 1 <= size <= LARGEST_PAGE else None


def application(folder: Path, client_secret: str, *, clock: Callable[[], float] = time.monotonic) -> Starlette:
    """The bureau's API over the files in ``folder``; ``clock`` gives seconds and only ages the tokens."""
    tokens = _Tokens(client_secret, clock)
    feeds = {name: Feed(sorted((folder / "relief").glob(f"{name}-[0-9]*.parquet"))) for name in ENDPOINTS}

    async def token(request: Request) -> Response:
        form = parse_qs((await request.body()).decode(errors="replace"))
        if form.get("grant_type") != ["client_credentials"]:
            return JSONResponse({"error": "unsupported_grant_type"}, 400)
        issued = tokens.issue(*_credentials(request, form))
        if issued is None:
            return JSONResponse({"error": "invalid_client"}, 401, {"WWW-Authenticate": "Basic"})
        answer = {"access_token": issued, "token_type": "Bearer", "expires_in": TOKEN_SECONDS}
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    async def rows(request: Request) -> Response:
        if not tokens.valid(request.headers.get("authorization", "")):
            return JSONResponse({"error": "invalid_token"}, 401, {"WWW-Authenticate": 'Bearer error="invalid_token"'})
        feed = feeds.get(request.path_params["endpoint"])
        if feed is None:
            return JSONResponse({"error": "no such endpoint"}, 404)
        asked = _page(request)
        if asked is None:
            return JSONResponse({"error": f"page starts at 1, size is 1 to {LARGEST_PAGE}"}, 400)
        page, size = asked
        data = await run_in_threadpool(feed.page, (page - 1) * size, size)
        head = json.dumps({"总数": feed.total, "页码": page, "每页": size}, ensure_ascii=False)
        return Response(head[:-1].encode() + ', "数据": '.encode() + data + b"}", media_type="application/json")

    return Starlette(
        routes=[
            Route("/oauth/token", token, methods=["POST"]),
            Route("/api/v1/{endpoint}", rows, methods=["GET"]),
        ]
    )


def main() -> None:
    """``python -m demo.relief --folder F --port P --secret-file S``: serves until stopped; port 0 takes a free one."""
    parser = argparse.ArgumentParser(prog="python -m demo.relief", description="The relief bureau's API.")
    parser.add_argument("--folder", type=Path, required=True, help="what demo.world.prepare wrote")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--secret-file", type=Path, required=True, help="file with the client secret")
    chosen = parser.parse_args()
    secret = chosen.secret_file.read_text(encoding="utf-8").strip()
    app = application(chosen.folder, secret)
    with socket.create_server(("127.0.0.1", chosen.port)) as listener:
        print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False)).run(sockets=[listener])


if __name__ == "__main__":
    main()
