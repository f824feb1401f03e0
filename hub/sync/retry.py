"""Whether a failed run is worth another try, and after how long."""

from __future__ import annotations

import random
from dataclasses import dataclass

import psycopg

from hub.errors import HubError

# What may be well again in a minute: the source is away or still being written, the database restarts, or somebody
# else is syncing the same agency. Everything else needs a person, or the next delivery.
PASSING = frozenset(
    {
        "SYNC_ALREADY_RUNNING",
        "RULES_DATABASE",
        "SYNC_DATABASE",
        "SYNC_CRASHED",
        "SYNC_INTERRUPTED",
        "DATABASE_UNREACHABLE",
        "DATABASE_EMBEDDED_FAILED",
        "SOURCE_CHANGED",
        "SOURCE_FILE_UNFINISHED",
        "SOURCE_FOLDER_UNREADABLE",
        "SOURCE_PAGE_BROKEN",
        "SOURCE_READ_FAILED",
        "SOURCE_UNREACHABLE",
    }
)


@dataclass(frozen=True, slots=True)
class Retry:
    """``most`` further tries; the wait doubles from ``first_seconds`` up to ``longest_seconds``."""

    most: int = 6
    first_seconds: float = 30
    longest_seconds: float = 1800

    def wait_seconds(self, error: BaseException, tried: int) -> float | None:
        """How long to wait after ``tried`` tries that failed, the last one with ``error``; None for never again.

        Up to half of the wait is left to chance, so that workers which failed together do not come back together.
        """
        if tried > self.most or not is_passing(error):
            return None
        whole: float = min(self.first_seconds * 2.0 ** (tried - 1), self.longest_seconds)
        return whole * (1 - random.random() / 2)  # noqa: S311  # spreads load, hides nothing


def is_passing(error: BaseException) -> bool:
    """Whether the same run may go well later without anybody doing anything."""
    if isinstance(error, HubError):
        return is_passing_code(error.code)
    # The database went away where no run was there yet to say so.
    return isinstance(error, psycopg.OperationalError)


def is_passing_code(code: str) -> bool:
    """The same, by the code alone."""
    return code in PASSING
