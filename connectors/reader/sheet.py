"""Rows of a sheet or delimited file to batches: header found, totals set aside, merged names carried down."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from connectors.heading import Heading
from connectors.mapping import Fitted, Mapping
from connectors.reader.layout import HEAD_ROWS, Layout, Range, Row, declared_layout, find_layout
from hub.errors import ContractError
from hub.sync.handover import ROW, Batch

_log = logging.getLogger(__name__)

_SPACES = r"[\s\u3000]+"
_TOTAL = "^.{0,20}(合计|总计|共计)[:\uff1a]?$"
_SUBTOTAL = "^.{0,20}小计[:\uff1a]?$"
_SIGNATURE = "^(制表|填表|填报|经办|审核|复核|负责人|单位负责人|备注|说明|注)[^:\uff1a]{0,6}[:\uff1a]"

# The column that says what a row is while it passes through.
_KIND = "#kind"


class Grid(Protocol):
    """Rows of cells as exact text, before anybody knows what they mean."""

    @property
    def sheet(self) -> str | None:
        """The sheet's name; ``None`` where a file is one table."""
        ...

    @property
    def merged(self) -> Sequence[Range]:
        """Merged cells."""
        ...

    def head(self, count: int) -> list[Row]:
        """The first ``count`` rows, or fewer if there are no more."""
        ...

    def frames(self, first_row: int, width: int, size: int) -> Iterator[pl.DataFrame]:
        """All rows from ``first_row`` (counted from 1): columns named ``0`` … as ``String``, and ``ROW``."""
        ...


@dataclass(frozen=True, slots=True)
class Reading:
    """What to read a grid as."""

    mappings: tuple[Mapping, ...]
    where: str  # the file, and the sheet if there are several; for refusals
    declared_headings: tuple[str, ...] = ()  # for a file without a header
    size: int = 20_000  # most rows of a batch


def read_grid(grid: Grid, reading: Reading) -> Iterator[Batch]:
    """The batches of one grid, one part per mapping; 合计 figures stand on the last batch of each part.

    Raises ``ContractError`` if the header does not fit.
    """
    layout = _layout(grid, reading)
    fits = [mapping.fit(layout.headings, reading.where, grid.sheet) for mapping in reading.mappings]
    blank_down = {label for fit in fits for label in fit.blank_down}
    totals: dict[str, str] = {}
    carried: dict[str, str] = {}
    last: list[pl.DataFrame] | None = None
    width = max(layout.positions) + 1
    for frame in grid.frames(layout.first_row, width, reading.size):
        kinds = _with_kind(frame)
        totals.update(_totals(kinds, layout.headings, layout.positions))
        _note_set_aside(kinds, reading.where)
        data = _named(kinds.filter(pl.col(_KIND).is_null()), layout)
        data = _carry_down(data, blank_down, carried)
        # One batch behind, so that the totals, met last, can go with the last batch.
        if last is not None:
            yield from (Batch(fit.part, rows) for fit, rows in zip(fits, last, strict=True))
        last = [fit.rows(data) for fit in fits]
    if last is None:
        empty = {heading.label: pl.String for heading in layout.headings}
        last = [fit.rows(pl.DataFrame(schema={ROW: pl.Int64, **empty})) for fit in fits]
    for fit, rows in zip(fits, last, strict=True):
        yield Batch(fit.part, rows, _totals_of(fit, totals))


def _layout(grid: Grid, reading: Reading) -> Layout:
    if reading.declared_headings:
        return declared_layout(reading.declared_headings)
    head = grid.head(HEAD_ROWS)
    found = find_layout(head, grid.merged, reading.mappings)
    if found is None:
        wanted = ", ".join(taken.headings[0] for taken in reading.mappings[0].fields[:5])
        raise ContractError(
            "SOURCE_HEADER_NOT_FOUND",
            f"{reading.where}: none of the first {HEAD_ROWS} rows holds headings such as {wanted}.",
            "Check that this is the right file, or add its spellings to the connector's mapping.",
        )
    return found


def _with_kind(frame: pl.DataFrame) -> pl.DataFrame:
    """Each row's kind: null for data, else ``empty``, ``total``, ``subtotal`` or ``signature``."""
    cells = [pl.col(name).str.replace_all(_SPACES, "") for name in frame.columns if name != ROW]
    filled = pl.sum_horizontal(cell.str.len_bytes() > 0 for cell in cells)
    first = pl.coalesce(pl.when(cell != "").then(cell) for cell in cells)
    alone = pl.any_horizontal(cell.is_in(["合计", "总计", "共计"]) for cell in cells)
    alone_sub = pl.any_horizontal(cell == "小计" for cell in cells)
    kind = (
        pl.when(first.is_null())
        .then(pl.lit("empty"))
        .when(first.str.contains(_SUBTOTAL) | alone_sub)
        .then(pl.lit("subtotal"))
        .when(first.str.contains(_TOTAL) | alone)
        .then(pl.lit("total"))
        .when(first.str.contains(_SIGNATURE) & (filled * 2 <= len(cells)))
        .then(pl.lit("signature"))
    )
    return frame.with_columns(kind.alias(_KIND))


def _totals(frame: pl.DataFrame, headings: Sequence[Heading], positions: Sequence[int]) -> dict[str, str]:
    totals: dict[str, str] = {}
    for row in frame.filter(pl.col(_KIND) == "total").iter_rows(named=True):
        for heading, position in zip(headings, positions, strict=True):
            text = row[str(position)]
            if text is not None and any(sign.isdigit() for sign in text):
                totals[heading.label] = text
    return totals


def _note_set_aside(frame: pl.DataFrame, where: str) -> None:
    for kind, rows in frame.filter(pl.col(_KIND).is_in(["subtotal", "signature"])).group_by(_KIND):
        _log.info("%s: not data but a %s: rows %s", where, kind[0], rows[ROW].to_list())


def _totals_of(fit: Fitted, totals: dict[str, str]) -> dict[str, str]:
    wanted = set(fit.labels)
    return {label: text for label, text in totals.items() if label in wanted}


def _named(frame: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    labels = zip(layout.positions, layout.headings, strict=True)
    return frame.select(ROW, *(pl.col(str(position)).alias(heading.label) for position, heading in labels))


def _carry_down(frame: pl.DataFrame, labels: set[str], carried: dict[str, str]) -> pl.DataFrame:
    for label in labels:
        column = frame[label].forward_fill()
        if label in carried:
            column = column.fill_null(carried[label])
        if len(column) and column[-1] is not None:
            carried[label] = column[-1]
        frame = frame.with_columns(column)
    return frame
