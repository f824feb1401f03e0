"""What no door expected: answered with a code and a request id, and noted without its text, which may hold values."""

from __future__ import annotations

import logging
from secrets import token_hex

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.web.endpoint import place_of
from hub.web.problem import problem, unexpected

_log = logging.getLogger("hub.web")


class LastDoor:
    """Stands behind every door, also those that expect everything."""

    def __init__(self, application: ASGIApp) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        is_started = False

        async def sending(message: Message) -> None:
            nonlocal is_started
            is_started = True
            await send(message)

        try:
            await self._application(scope, receive, sending)
        except Exception as error:  # noqa: BLE001  # whatever it is, nothing of it leaves
            request_id = token_hex(8)
            _log.error("request %s failed: %s", request_id, place_of(error))
            if is_started:
                return  # the server closes what was not finished
            status, body, _ = problem(unexpected(request_id))
            headers = [
                (b"content-type", b"application/json; charset=utf-8"),
                (b"content-length", str(len(body)).encode()),
                (b"cache-control", b"no-store"),
                (b"x-request-id", request_id.encode()),
            ]
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": body})
