"""Workbooks (XLSX, XLS) sheet by sheet: exact cell texts, rows as the user counts them, hidden sheets left alone."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Self

import polars as pl
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetVisibleEnum

from connectors.reader.cell import Value, column_of_texts, text_of
from connectors.reader.error_cells import error_cells
from connectors.reader.layout import Range, Row
from hub.errors import SourceError
from hub.sync.handover import ROW

# More than any agency's year: what lies above is a bomb or a mistake, and would not fit in memory.
_MOST_UNPACKED_BYTES = 2 * 1024**3
_MOST_COLUMNS = 2_000


class SheetGrid:
    """One visible sheet."""

    def __init__(self, sheet: CalamineSheet, errors: dict[tuple[int, int], str], where: str) -> None:
        self._sheet = sheet
        self._errors = errors
        self._left = sheet.start[1] if sheet.start else 0
        if sheet.total_width > _MOST_COLUMNS:
            raise SourceError(
                "SOURCE_FILE_TOO_LARGE",
                f"{where}, sheet {sheet.name}: {sheet.total_width} columns; at most {_MOST_COLUMNS} are read.",
                "Check that this is the right file.",
            )

    @property
    def sheet(self) -> str:
        """The sheet's name."""
        return self._sheet.name

    @property
    def merged(self) -> Sequence[Range]:
        """Merged cells."""
        return self._sheet.merged_cell_ranges or []

    @property
    def is_empty(self) -> bool:
        """Whether no cell holds anything."""
        return self._sheet.start is None

    def head(self, count: int) -> list[Row]:
        """The first ``count`` rows of the sheet, from column A on."""
        before: Row = [None] * self._left
        rows = [before + [text_of(cell) for cell in row] for row in islice(self._rows(), count)]
        for (row, column), text in self._errors.items():
            if row < len(rows) and column < len(rows[row]):
                rows[row][column] = text
        return rows

    def frames(self, first_row: int, width: int, size: int) -> Iterator[pl.DataFrame]:
        """The rows from ``first_row`` on; columns beyond the last filled one are empty."""
        rows = islice(self._rows(), first_row - 1, None)
        number = first_row
        while chunk := list(islice(rows, size)):
            yield self._frame(chunk, number, width)
            number += len(chunk)

    def _rows(self) -> Iterator[list[Value]]:
        return iter([]) if self.is_empty else self._sheet.iter_rows()

    def _frame(self, rows: list[list[Value]], first_row: int, width: int) -> pl.DataFrame:
        columns = [column_of_texts(str(self._left + i), values) for i, values in enumerate(zip(*rows, strict=True))]
        by_name = {column.name: column for column in columns}
        for index in range(width):
            if str(index) not in by_name:
                by_name[str(index)] = pl.Series(str(index), [None] * len(rows), dtype=pl.String)
        for (row, index), text in self._errors.items():
            if first_row - 1 <= row < first_row - 1 + len(rows) and str(index) in by_name:
                by_name[str(index)][row - (first_row - 1)] = text
        numbers = pl.int_range(first_row, first_row + len(rows), dtype=pl.Int64, eager=True).alias(ROW)
        return pl.DataFrame([numbers, *(by_name[name] for name in sorted(by_name, key=int))])


class Workbook:
    """An opened workbook; to be used as a context. Raises ``SourceError`` for one that is broken or too large."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._workbook = _opened(path)
        sheets = self._workbook.sheets_metadata
        self.visible = [item.name for item in sheets if item.visible is SheetVisibleEnum.Visible]
        self.hidden = [item.name for item in sheets if item.visible is not SheetVisibleEnum.Visible]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._workbook.close()

    def grid(self, name: str) -> SheetGrid:
        """The sheet of this name, wholly in memory until it is let go."""
        try:
            sheet = self._workbook.get_sheet_by_name(name)
            errors = error_cells(self._path, name) if zipfile.is_zipfile(self._path) else {}
        except (CalamineError, OSError, zipfile.BadZipFile, zlib.error) as failure:
            raise broken_file(self._path.name) from failure
        return SheetGrid(sheet, errors, self._path.name)


def broken_file(name: str) -> SourceError:
    """The refusal of a workbook that is half-written or damaged."""
    return SourceError(
        "SOURCE_FILE_BROKEN",
        f"{name} is not a whole workbook: it is half-written or damaged.",
        "Copy the file into the folder again, under a temporary name first, and rename it when it is complete.",
    )


def _opened(path: Path) -> CalamineWorkbook:
    with path.open("rb") as file:
        signature = file.read(4)
    if signature.startswith(b"PK"):
        _check_zip(path)
    try:
        return CalamineWorkbook.from_path(path)
    except PasswordError as failure:
        raise SourceError(
            "SOURCE_FILE_LOCKED", f"{path.name} is protected by a password.", "Ask the agency for it without one."
        ) from failure
    except (CalamineError, OSError) as failure:
        raise broken_file(path.name) from failure


def _check_zip(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, OSError) as failure:
        raise broken_file(path.name) from failure
    if unpacked > _MOST_UNPACKED_BYTES:
        raise SourceError(
            "SOURCE_FILE_TOO_LARGE",
            f"{path.name} would unpack to {unpacked // 1024**2} MB.",
            "Check that this is the right file; ask the agency to deliver it in parts or as delimited text.",
        )
