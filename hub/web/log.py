"""/log: the disclosure log's checkpoints, tiles and proofs, open to all; cosignatures and objections from witnesses."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from hub.audit.public_log import PublicLog
from hub.clock import monotonic_milliseconds
from hub.errors import HubError, LogError
from hub.web.problem import problem

_MOST_BYTES = 200_000
_MOST_ADDRESSES = 10_000
_FOREVER = {"cache-control": "public, max-age=31536000, immutable"}
_NOW = {"cache-control": "no-store"}

_Handler = Callable[[Request], Awaitable[Response]]


class RequestRate:
    """How often one address may ask: ``per_second`` on average, ten seconds' worth at once."""

    def __init__(self, per_second: float, clock: Callable[[], int] = monotonic_milliseconds) -> None:
        self._per_second = per_second
        self._most = per_second * 10
        self._clock = clock
        self._left: dict[str, tuple[float, int]] = {}

    def refuse(self, address: str) -> None:
        """LOG_TOO_MANY_REQUESTS if ``address`` has asked too often."""
        now = self._clock()
        left, then = self._left.get(address, (self._most, now))
        left = min(self._most, left + (now - then) / 1000 * self._per_second)
        if left < 1:
            raise LogError(
                "LOG_TOO_MANY_REQUESTS",
                "This address asks too often.",
                "Ask again in a second.",
                status=429,
                retry_after=1,
            )
        if len(self._left) >= _MOST_ADDRESSES:
            self._left.clear()
        self._left[address] = (left - 1, now)


def log_routes(log: PublicLog, rate: RequestRate) -> list[Route]:
    """The doors under /log."""

    async def checkpoint(_request: Request) -> Response:
        return PlainTextResponse(await run_in_threadpool(log.checkpoint), headers=_NOW)

    async def tile(request: Request) -> Response:
        data = await run_in_threadpool(log.tile, request.path_params["path"])
        return Response(data, media_type="application/octet-stream", headers=_FOREVER)

    async def consistency(request: Request) -> Response:
        old, new = (_size(request.query_params.get(name, "")) for name in ("from", "to"))
        return PlainTextResponse(await run_in_threadpool(log.consistency, old, new), headers=_FOREVER)

    async def cosignatures(request: Request) -> Response:
        await run_in_threadpool(log.cosign, await _text(request))
        return Response(headers=_NOW)

    async def disagreements(request: Request) -> Response:
        await run_in_threadpool(log.object, await _text(request))
        return Response(headers=_NOW)

    def door(path: str, method: str, handler: _Handler) -> Route:
        async def guarded(request: Request) -> Response:
            try:
                rate.refuse(request.client.host if request.client else "")
                return await handler(request)
            except HubError as error:
                status, body, extra = problem(error)
                names = {name.decode(): value.decode() for name, value in extra}
                return Response(body, status, {**_NOW, **names}, media_type="application/json")

        return Route(f"/log/{path}", guarded, methods=[method])

    return [
        door("checkpoint", "GET", checkpoint),
        door("tile/{path:path}", "GET", tile),
        door("consistency", "GET", consistency),
        door("cosignatures", "POST", cosignatures),
        door("disagreements", "POST", disagreements),
    ]


def _size(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise LogError("LOG_SIZE_UNKNOWN", "A size is not a number.", "Ask for ?from=10&to=20.", status=400)
    return int(text)


async def _text(request: Request) -> str:
    pieces = bytearray()
    async for piece in request.stream():
        pieces += piece
        if len(pieces) > _MOST_BYTES:
            raise LogError("LOG_NOTE_TOO_LARGE", "The note is too large.", "Send one note.", status=413)
    try:
        return pieces.decode()
    except UnicodeDecodeError:
        raise LogError("LOG_NOTE_MALFORMED", "The note is not UTF-8.", "Send one note.", status=400) from None
