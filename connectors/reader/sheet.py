"""Rows of a sheet or delimited file to batches: header found, totals set aside, merged names carried down."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from connectors.mapping import Fitted
from connectors.mapping import Mapping as FieldMapping
from connectors.reader.layout import HEAD_ROWS, Layout, Range, Row, declared_layout, find_layout
from hub.errors import ContractError
from hub.sync.handover import ROW, Batch

_log = logging.getLogger(__name__)

_TOTAL = re.compile("^.{0,20}(合计|总计|共计)[:\uff1a]?$")
_MOST_NAMED = 10
_SUBTOTAL = re.compile("^.{0,20}小计[:\uff1a]?$")
_SIGNATURE = re.compile("^(制表|填表|填报|经办|审核|复核|负责人|单位负责人|备注|说明|注)[^:\uff1a]{0,6}[:\uff1a]")
# What may be one of them, or blank; looked at closely only where it matches.
_SUSPECT = r"计\s*[:\uff1a]?\s*$|^\s*(?:\S\s*){1,12}[:\uff1a]|^\s*$"


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

    mappings: tuple[FieldMapping, ...]
    where: str  # the file, and the sheet if there are several; for refusals
    declared_headings: tuple[str, ...] = ()  # for a file without a header
    size: int = 50_000  # most rows of a batch


def read_grid(grid: Grid, reading: Reading) -> Iterator[Batch]:
    """The batches of one grid, one part per mapping; 合计 figures stand on the last batch of each part.

    Raises ``ContractError`` if the header does not fit.
    """
    layout = layout_of(grid, reading)
    fits = [mapping.fit(layout.headings, reading.where, grid.sheet) for mapping in reading.mappings]
    blank_down = {label for fit in fits for label in fit.blank_down}
    totals: dict[str, str] = {}
    carried: dict[str, str] = {}
    left_out: dict[str, list[int]] = {}
    last: list[pl.DataFrame] | None = None
    width = max(layout.positions) + 1
    for frame in grid.frames(layout.first_row, width, reading.size):
        data = _data(frame, layout, totals, left_out)
        data = _carry_down(_named(data, layout), blank_down, carried)
        # One batch behind, so that the totals, met last, can go with the last batch.
        if last is not None:
            yield from (Batch(fit.part, rows) for fit, rows in zip(fits, last, strict=True))
        last = [fit.rows(data) for fit in fits]
    if last is None:
        empty = {heading.label: pl.String for heading in layout.headings}
        last = [fit.rows(pl.DataFrame(schema={ROW: pl.Int64, **empty})) for fit in fits]
    for kind, numbers in left_out.items():
        shown = ", ".join(map(str, numbers[:_MOST_NAMED])) + (" …" if len(numbers) > _MOST_NAMED else "")
        _log.info("%s: %d rows are no data (%s): %s", reading.where, len(numbers), kind, shown)
    for fit, rows in zip(fits, last, strict=True):
        yield Batch(fit.part, rows, _totals_of(fit, totals))


def layout_of(grid: Grid, reading: Reading) -> Layout:
    """Where the grid's header stands. Raises ``ContractError`` SOURCE_HEADER_NOT_FOUND."""
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


def _data(frame: pl.DataFrame, layout: Layout, totals: dict[str, str], left_out: dict[str, list[int]]) -> pl.DataFrame:
    """The rows of ``frame`` that are data; figures of a 合计 row go into ``totals``, others into ``left_out``."""
    cells = [name for name in frame.columns if name != ROW]
    first = frame[cells[0]]
    for name in cells[1:]:
        if not first.null_count():
            break
        first = first.zip_with(first.is_not_null(), frame[name])
    suspects = first.str.contains(_SUSPECT)
    if not suspects.any() and not first.null_count():
        return frame
    keep, dropped = first.is_not_null(), list[int]()
    for index in suspects.arg_true().to_list():
        row = frame.row(index, named=True)
        kind = _kind([row[name] for name in cells], max(layout.positions) + 1)
        if kind == "total":
            totals.update(_figures(row, layout))
        elif kind in ("subtotal", "signature"):
            left_out.setdefault(kind, []).append(row[ROW])
        if kind != "data":
            dropped.append(index)
    if dropped:
        keep = keep.scatter(dropped, values=False)
    return frame if keep.all() else frame.filter(keep)


def _kind(cells: Sequence[str | None], width: int) -> str:
    """What a row of a table so wide is: a stray cell to the right of it makes it no wider."""
    texts = ["".join(cell.split()) for cell in cells if cell and not cell.isspace()]
    if not texts:
        return "empty"
    if _TOTAL.match(texts[0]):
        return "total"
    if _SUBTOTAL.match(texts[0]):
        return "subtotal"
    # A remark in the first column of a full row is data.
    return "signature" if _SIGNATURE.match(texts[0]) and len(texts) * 2 <= width else "data"


def _figures(row: Mapping[str, str | None], layout: Layout) -> dict[str, str]:
    found = zip(layout.headings, (row[str(position)] for position in layout.positions), strict=True)
    return {heading.label: text for heading, text in found if text and any(sign.isdigit() for sign in text)}


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
