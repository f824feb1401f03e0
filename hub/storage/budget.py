"""What a client may still ask for: requests in a minute, households disclosed in a day; counted over all processes.

A process leases a block of the budget from the database and spends it in memory, so that the count costs one round
trip for many requests and no two processes spend the same twice. What a process leased and did not spend is lost when
its span ends: the limit is never passed, it may be reached a little early.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import psycopg

from hub.clock import CITY_TIME, now
from hub.errors import AccessError, DatabaseError

_BLOCKS = 50  # so many leases make a budget
_TOP = """
insert into access.budget as held (county, client, kind, span, spent)
values (%(county)s, %(client)s, %(kind)s, %(span)s, %(wanted)s)
on conflict (county, client, kind) do update set
  span = %(span)s, spent = case when held.span = %(span)s then held.spent else 0 end + %(wanted)s
where case when held.span = %(span)s then held.spent else 0 end + %(wanted)s <= %(most)s and held.span <= %(span)s
returning spent
"""


class Kind(StrEnum):
    """What is counted."""

    REQUESTS = "requests"  # of a minute
    SUBJECTS = "subjects"  # households, of a day of the city


@dataclass(slots=True)
class _Lease:
    span: str
    left: int


class Budget:
    """The budgets of all clients, as one process spends them; 0 is no limit."""

    def __init__(
        self,
        conninfo: str,
        county: str,
        *,
        requests_per_minute: int = 0,
        subjects_per_day: int = 0,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._conninfo = conninfo
        self._county = county
        self.most = {Kind.REQUESTS: requests_per_minute, Kind.SUBJECTS: subjects_per_day}
        self._now = clock
        self._leases: dict[tuple[str, Kind], _Lease] = {}
        self._turn = asyncio.Lock()
        self._connection: psycopg.AsyncConnection[tuple[Any, ...]] | None = None

    async def take(self, client: str, kind: Kind, wanted: int = 1) -> None:
        """Spend ``wanted`` of ``client``'s budget, or refuse it whole.

        Raises ``AccessError`` ACCESS_RATE_EXCEEDED or ACCESS_QUOTA_EXCEEDED.
        """
        most = self.most[kind]
        if not most or not wanted:
            return
        span = self._span(kind)
        if self._spend(client, kind, span, wanted):
            return
        async with self._turn:
            if self._spend(client, kind, span, wanted):
                return
            block = max(wanted, most // _BLOCKS)
            for size in dict.fromkeys((block, wanted)):
                if size <= most and await self._lease(client, kind, span, size):
                    held = self._leases.get((client, kind))
                    left = held.left if held and held.span == span else 0
                    self._leases[client, kind] = _Lease(span, left + size - wanted)
                    return
        raise _exceeded(kind, most, wanted, self._seconds_left(kind))

    async def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    def _span(self, kind: Kind) -> str:
        moment = self._now().astimezone(CITY_TIME)
        return moment.strftime("%Y-%m-%dT%H:%M" if kind is Kind.REQUESTS else "%Y-%m-%d")

    def _seconds_left(self, kind: Kind) -> int:
        """Till the next span begins, in whole seconds, at least one."""
        moment = self._now().astimezone(CITY_TIME)
        if kind is Kind.REQUESTS:
            return 60 - moment.second
        return 86_400 - (moment.hour * 60 + moment.minute) * 60 - moment.second

    def _spend(self, client: str, kind: Kind, span: str, wanted: int) -> bool:
        held = self._leases.get((client, kind))
        if held is None or held.span != span or held.left < wanted:
            return False
        held.left -= wanted
        return True

    async def _lease(self, client: str, kind: Kind, span: str, size: int) -> bool:
        values = {"county": self._county, "client": client, "kind": kind, "span": span, "wanted": size}
        try:
            if self._connection is None or self._connection.closed:
                self._connection = await psycopg.AsyncConnection.connect(self._conninfo, autocommit=True)
                await self._connection.execute("select set_config('hub.county', %s, false)", (self._county,))
            cursor = await self._connection.execute(_TOP, {**values, "most": self.most[kind]})
            return await cursor.fetchone() is not None
        except psycopg.Error:
            await self.close()
            raise DatabaseError(
                "DATABASE_UNREACHABLE", "The budget cannot be read.", "Try again in a moment.", status=503
            ) from None


def _exceeded(kind: Kind, most: int, wanted: int, seconds_left: int) -> AccessError:
    if kind is Kind.REQUESTS:
        return AccessError(
            "ACCESS_RATE_EXCEEDED",
            f"This client has sent its {most} requests of this minute.",
            "Wait for the next minute; `me { limits { requestsPerMinute } }` tells the limit.",
            status=429,
            retry_after=seconds_left,
        )
    if wanted > most:
        return AccessError(
            "ACCESS_QUOTA_EXCEEDED",
            f"The answer names more households than the {most} this client may be told of in a day; nothing was told.",
            "Ask for fewer: waiting does not help; `me { limits { subjectsPerDay } }` tells the limit.",
            status=403,
        )
    return AccessError(
        "ACCESS_QUOTA_EXCEEDED",
        f"The answer would take this client past the {most} households it may be told of in a day; nothing was told.",
        "Ask for fewer, or tomorrow; `me { limits { subjectsPerDay } }` tells the limit.",
        status=429,
        retry_after=seconds_left,
    )


UNLIMITED = Budget("", "")
