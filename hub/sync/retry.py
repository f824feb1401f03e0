"""Whether a failed run is worth another try, and after how long."""

from __future__ import annotations

import random
from dataclasses import dataclass

from hub.errors import HubError

# What may be well again in a minute: the source is away or still being written, the database restarts, or somebody
# else is syncing the same agency. Everything else needs a person, or the next delivery.
_PASSING = frozenset(
    {
        "SYNC_ALREADY_RUNNING",
        "RULES_DATABASE",
        "SYNC_DATABASE",
        "SYNC_CRASHED",
        "SYNC_INTERRUPTED",
        "DATABASE_UNREACHABLE",
        "DATABASE_EMBEDDED_FAILED",
    }
)
# Of what a source can say, these are about what it holds, or are made worse by asking again.
_STAYING = (
    "SOURCE_ENDPOINT_MISSING",
    "SOURCE_FILE_MISSING",
    "SOURCE_FILE_BROKEN",
    "SOURCE_FILE_TOO_LARGE",
    "SOURCE_FILE_LOCKED",
    "SOURCE_ARCHIVE_UNSAFE",
    "SOURCE_HOST_KEY",
    "SOURCE_ENCODING",
    "SOURCE_HEAD",
    "SOURCE_LOGIN_REFUSED",
    "SOURCE_ROW_TORN",
    "SOURCE_SHEET_MISSING",
    "SOURCE_TABLE_MISSING",
    "SOURCE_UNIT_",
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
    return isinstance(error, HubError) and is_passing_code(error.code)


def is_passing_code(code: str) -> bool:
    """The same, by the code alone."""
    return code in _PASSING or (code.startswith("SOURCE_") and not code.startswith(_STAYING))
