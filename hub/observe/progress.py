"""A sync as it is seen: bars in a terminal, lines in a log, tables of what was done. Names and counts, never values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table


class TerminalWatch:
    """One bar that follows the rows, and the name of the step at work. Leaves nothing behind on the screen."""

    def __init__(self, title: str, *, console: Console | None = None) -> None:
        self._title = title
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console or Console(stderr=True),
            transient=True,
        )
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._progress.start()
        self._task = self._progress.add_task(self._title, total=None)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def delivery_started(self, name: str, expected_rows: int | None) -> None:
        """The bar starts again for each file, table or endpoint."""
        if self._task is not None:
            self._progress.reset(self._task, total=expected_rows, description=f"{self._title}: {name}")

    def rows_fetched(self, name: str, rows: int) -> None:  # noqa: ARG002  # the bar knows its delivery
        """Move the bar."""
        if self._task is not None:
            self._progress.advance(self._task, rows)

    def step_started(self, step: str, dataset: str | None) -> None:
        """Name the step; its end is not known before."""
        if self._task is not None and step != "fetch":
            label = f"{step} {dataset}" if dataset else step
            self._progress.reset(self._task, total=None, description=f"{self._title}: {label}")

    def step_finished(self, step: str, dataset: str | None, milliseconds: int) -> None:
        """The next step takes the line over."""


class StepTimes:
    """Keeps how long each step took; for a benchmark or a log line."""

    def __init__(self) -> None:
        self.milliseconds: dict[str, int] = {}
        self.rows = 0

    def delivery_started(self, name: str, expected_rows: int | None) -> None:
        """Nothing to time yet."""

    def rows_fetched(self, name: str, rows: int) -> None:  # noqa: ARG002  # all deliveries together
        """Count."""
        self.rows += rows

    def step_started(self, step: str, dataset: str | None) -> None:
        """Its end says how long."""

    def step_finished(self, step: str, dataset: str | None, milliseconds: int) -> None:
        """Add up by step and dataset."""
        label = f"{step} {dataset}" if dataset else step
        self.milliseconds[label] = self.milliseconds.get(label, 0) + milliseconds


def print_table(console: Console, title: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table with its first column as text and the others as figures."""
    table = Table(title=title, title_justify="left", header_style="bold")
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="left" if number == 0 else "right")
    for row in rows:
        table.add_row(*("" if cell is None else f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row))
    console.print(table)
