"""What doors have in common: what is known of a request so far, and that its sender has gone."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from starlette.types import Receive

from hub.actor import Actor
from hub.audit.disclosure import Asked
from hub.audit.entry import Door


class UnderWay:
    """What is known of a request so far, for the log."""

    def __init__(self, door: Door, request_id: str) -> None:
        self.asked = Asked(door, request_id)
        self.actor: Actor | None = None

    def came(self, digest: bytes) -> None:
        """The SHA-256 of the request's body, once it was read."""
        self.asked = Asked(self.asked.door, self.asked.request_id, digest)


async def until_gone(receive: Receive, work: Coroutine[Any, Any, object]) -> None:
    """Do ``work``, but stop when the client hangs up: the server does not say so by itself."""

    async def hung_up() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    working, gone = asyncio.ensure_future(work), asyncio.ensure_future(hung_up())
    try:
        await asyncio.wait({working, gone}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
    finally:
        for task in (working, gone):
            task.cancel()
        await asyncio.gather(working, gone, return_exceptions=True)
