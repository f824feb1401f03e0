"""The day whose state a table tells, where a cell above it says so (截至日期：2020-07-08) or a column in every row."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from connectors.heading import comparable
from connectors.reader.layout import HEAD_ROWS, Range, Row
from connectors.reader.sheet import Grid, Reading, layout_of
from hub.errors import SourceError

# 20200708, 2020-7-8, 2020/07/08, 2020.7.8, 2020年7月8日; a time of day is cut off.
_DAY = re.compile(r"(?:(\d{4})(\d\d)(\d\d)|(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?)(?:[ T].*)?")


@dataclass(frozen=True, slots=True)
class CellAbove:
    r"""``pattern`` finds the day in a cell above the header, in its one group: ``截至日期[:：]\s*(\S+)``.

    Of a cell that holds only the words, the day stands in the next one that is not empty.
    """

    pattern: str


@dataclass(frozen=True, slots=True)
class DayColumn:
    """``heading`` is the column that says the same day in every row."""

    heading: str


def day_told(grid: Grid, reading: Reading, by: CellAbove | DayColumn) -> date:
    """The day of one table. Raises ``SourceError`` SOURCE_DAY_MISSING."""
    layout = layout_of(grid, reading)
    if isinstance(by, CellAbove):
        day = _above(grid.head(layout.first_row - 1), by.pattern)
        wanted = f"a cell above the table is to fit {by.pattern}"
    else:
        position, width = _position(grid, reading, by), max(layout.positions) + 1
        days = (_days(frame[str(position)]) for frame in grid.frames(layout.first_row, width, HEAD_ROWS))
        day = next((some[0] for some in days if some), None)
        wanted = f"its column {by.heading} is to hold it"
    if day is None:
        raise SourceError(
            "SOURCE_DAY_MISSING",
            f"{reading.where} does not say which day it tells of.",
            f"As it was agreed, {wanted}. Ask the agency for it, or correct the form in the connector.",
        )
    return day


@dataclass(frozen=True, slots=True)
class OfOneDay:
    """A grid whose column ``by`` must say ``day`` wherever it says a day; else ``SourceError`` SOURCE_DAYS_DIFFER."""

    grid: Grid
    reading: Reading
    by: DayColumn
    day: date

    @property
    def sheet(self) -> str | None:
        """The grid's."""
        return self.grid.sheet

    @property
    def merged(self) -> Sequence[Range]:
        """The grid's."""
        return self.grid.merged

    def head(self, count: int) -> list[Row]:
        """The grid's."""
        return self.grid.head(count)

    def frames(self, first_row: int, width: int, size: int) -> Iterator[pl.DataFrame]:
        """The grid's, looked through."""
        position = _position(self.grid, self.reading, self.by)
        for frame in self.grid.frames(first_row, width, size):
            if any(day != self.day for day in _days(frame[str(position)])):
                raise SourceError(
                    "SOURCE_DAYS_DIFFER",
                    f"{self.reading.where}: the column {self.by.heading} does not say the same day in every row.",
                    "A delivery tells the state of one day; ask the agency for one file for each.",
                )
            yield frame


def _above(rows: Sequence[Row], pattern: str) -> date | None:
    for row in rows:
        texts = [text for cell in row if cell and (text := unicodedata.normalize("NFKC", cell).strip())]
        for text, following in zip(texts, [*texts[1:], ""], strict=True):
            for candidate in (text, f"{text}{following}"):
                if (found := re.search(pattern, candidate)) and (day := _day(found[1])):
                    return day
    return None


def _position(grid: Grid, reading: Reading, by: DayColumn) -> int:
    layout = layout_of(grid, reading)
    for heading, position in zip(layout.headings, layout.positions, strict=True):
        if comparable(heading.name) == comparable(by.heading):
            return position
    raise SourceError(
        "SOURCE_DAY_MISSING",
        f"{reading.where} has no column {by.heading}, which is to say which day it tells of.",
        "Ask the agency for it, or correct the form in the connector.",
    )


def _days(cells: pl.Series) -> list[date]:
    """The days that stand in some cells, each once; what is no day is judged elsewhere, or is a total's label."""
    days = (_day(cell) for cell in cells.unique(maintain_order=True) if cell)
    return list(dict.fromkeys(day for day in days if day is not None))


def _day(text: str) -> date | None:
    found = _DAY.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if found is None:
        return None
    try:
        return date(*(int(part) for part in found.groups() if part is not None))
    except ValueError:
        return None
