"""What a run tells whoever looks on: a terminal's bars, a worker's log, a test's fault."""

from __future__ import annotations

from typing import Protocol


class Watch(Protocol):
    """Names and counts only, never a value of a row. ``dataset`` is None for a step about the whole run."""

    def delivery_started(self, name: str, expected_rows: int | None) -> None:
        """A file, table or endpoint is being read."""
        ...

    def rows_fetched(self, name: str, rows: int) -> None:
        """So many more rows of it were read, checked and staged."""
        ...

    def step_started(self, step: str, dataset: str | None) -> None:
        """fetch, duplicates, totals, lineage, merge, replace, quarantine, remember, balance or roll-up."""
        ...

    def step_finished(self, step: str, dataset: str | None, milliseconds: int) -> None:
        """It is done."""
        ...


class Unwatched:
    """Nobody looks on."""

    def delivery_started(self, name: str, expected_rows: int | None) -> None:
        """Nothing."""

    def rows_fetched(self, name: str, rows: int) -> None:
        """Nothing."""

    def step_started(self, step: str, dataset: str | None) -> None:
        """Nothing."""

    def step_finished(self, step: str, dataset: str | None, milliseconds: int) -> None:
        """Nothing."""
