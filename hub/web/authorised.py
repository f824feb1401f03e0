"""Doing something under the rights of this very moment: what was withdrawn meanwhile is noticed, and asked again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from hub.actor import Actor
from hub.errors import AccessError, DatabaseError
from hub.identity.tokens import Tokens
from hub.query.link import AuthorityChanged

Done = TypeVar("Done")
Renew = Callable[[int], Awaitable[bool]]

_MOST_TURNS = 5
_OF_RIGHTS = {401, 403}


async def unchanging(_seen: int) -> bool:
    """For a register that never changes."""
    return False


async def authorised(
    tokens: Tokens,
    renew: Renew,
    who: Callable[[], Actor],
    act: Callable[[Actor], Awaitable[Done]],
) -> Done:
    """What ``act`` does for the actor that ``who`` says, with the rights of each turn.

    A refusal is only final if it was pronounced at the newest version of who may do what.
    """
    for _ in range(_MOST_TURNS):
        seen = tokens.version
        try:
            done = await act(who())
        except AuthorityChanged:
            await renew(seen)
        except AccessError as refusal:
            if refusal.status not in _OF_RIGHTS or not await renew(seen):
                raise
        else:
            if getattr(done, "status", 200) not in _OF_RIGHTS or not await renew(seen):
                return done
    raise DatabaseError(
        "DATABASE_BUSY", "Who may do what is being changed too fast.", "Try again in a moment.", status=503
    )
