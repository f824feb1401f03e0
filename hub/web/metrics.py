"""/metrics, and the count of what passes the doors.

Answered to this machine alone, or to whoever shows the token; where a proxy ends TLS everybody seems to be this
machine, so there the token is needed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from hmac import compare_digest
from time import perf_counter

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.errors import AccessError
from hub.observe.metrics import CONTENT_TYPE, Counter, Durations, Family, lines_of
from hub.web.graphiql import is_loopback
from hub.web.problem import problem

_DOORS = ("graphql", "export", "events", "oauth", "console", "log", "health", "metrics", "graphiql")
Measured = Callable[[], Awaitable[Iterable[Family]]]


class DoorCounts:
    """Requests by door and status, and how long they took from the first byte in to the last byte out."""

    def __init__(self) -> None:
        self.requests = Counter("hub_http_requests_total", "Requests by door and status.", "door", "status")
        self.seconds = Durations("hub_http_request_seconds", "Seconds of a request, its body out included.", "door")


class CountedDoors:
    """Counts every request that passes."""

    def __init__(self, application: ASGIApp, *, counts: DoorCounts) -> None:
        self._application = application
        self._counts = counts
        self._doors: dict[str, str] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        start, status = perf_counter(), 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._application(scope, receive, sending)
        finally:
            door = door_of(scope["path"])
            self._counts.requests.add(door, str(status))
            self._counts.seconds.add(door, perf_counter() - start)


def door_of(path: str) -> str:
    """Which door a path leads to; a path itself is never a label, as it may name a record."""
    first = path[1:].partition("/")[0]
    return first if first in _DOORS else "other"


def metrics_route(counts: DoorCounts, measured: Measured, token: str | None, *, behind_proxy: bool) -> Route:
    """GET /metrics."""

    async def metrics(request: Request) -> Response:
        if not _may_see(request, token, behind_proxy=behind_proxy):
            status, body, _ = problem(_refused())
            return Response(body, status, media_type="application/json")
        lines = [*lines_of([counts.requests.family()]), *counts.seconds.lines(), *lines_of(await measured())]
        headers = {"content-type": CONTENT_TYPE, "cache-control": "no-store"}
        return Response("\n".join([*lines, ""]), headers=headers)

    return Route("/metrics", metrics, methods=["GET"])


def _may_see(request: Request, token: str | None, *, behind_proxy: bool) -> bool:
    if token is not None:
        shown = request.headers.get("authorization", "").encode()
        return compare_digest(shown, f"Bearer {token}".encode())
    return not behind_proxy and request.client is not None and is_loopback(request.client.host)


def _refused() -> AccessError:
    return AccessError(
        "ACCESS_METRICS_REFUSED",
        "The hub's figures are for whoever watches it.",
        "Ask from the hub's own machine, or set HUB_METRICS_TOKEN and show it as a bearer token.",
        status=403,
    )
