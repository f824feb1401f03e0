"""A small paged API behind client credentials, on a real port, that can be told to misbehave."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Fault = Callable[[int, Response], Response]


@dataclass
class PagedApi:
    """``rows`` by path; ``faults`` may replace the answer to a page, given its number; ``requests`` are noted."""

    rows: dict[str, list[dict[str, Any]]]
    url: str = ""
    secret: str = "geheim"
    token_seconds: int = 600
    largest_page: int = 5000
    faults: list[Fault] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)

    async def token(self, request: Request) -> Response:
        form = await request.form()
        self.requests.append("token")
        if form.get("grant_type") != "client_credentials" or form.get("client_secret") != self.secret:
            return JSONResponse({"error": "invalid_client"}, 401)
        token = f"token-{len(self.requests)}"
        self.tokens = {token}
        return JSONResponse({"access_token": token, "token_type": "Bearer", "expires_in": self.token_seconds})

    async def page(self, request: Request) -> Response:
        number, size = int(request.query_params["page"]), int(request.query_params["size"])
        self.requests.append(f"{request.url.path}#{number}")
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return JSONResponse({"error": "invalid_token"}, 401)
        if request.path_params["path"] not in self.rows:
            return JSONResponse({"error": "not_found"}, 404)
        size = min(size, self.largest_page)
        rows = self.rows[request.path_params["path"]]
        shown = rows[(number - 1) * size : number * size]
        answer: Response = JSONResponse({"总数": len(rows), "页码": number, "每页": size, "数据": shown})
        for fault in self.faults:
            answer = fault(number, answer)
        return answer


@contextmanager
def serving(api: PagedApi) -> Iterator[PagedApi]:
    """The API on a free port of this machine."""
    routes = [
        Route("/oauth/token", api.token, methods=["POST"]),
        Route("/api/v1/{path}", api.page),
    ]
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(Starlette(routes=routes), log_level="error", lifespan="off", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    api.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        yield api
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
