"""The only clock: instants in UTC, days as the city counts them (Asia/Shanghai)."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

CITY_TIME = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """This instant, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The city's calendar day."""
    return datetime.now(CITY_TIME).date()


def monotonic_milliseconds() -> int:
    """Milliseconds that only go forward, for durations."""
    return time.monotonic_ns() // 1_000_000
