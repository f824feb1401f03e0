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

from connectors.reader.archive import checked_entries, content
from connectors.reader.cell import Value, column_of_texts, text_of
from connectors.reader.layout import HEAD_ROWS, MOST_COLUMNS, Range, Row, too_large
from connectors.reader.sheet_biff import SIGNATURE, errors_of_sheets
from connectors.reader.sheet_xml import Place, SheetXml, look_through, members_of_sheets
from hub.errors import SourceError
from hub.sync.handover import ROW

# The reader makes room for every cell between the first and the last, filled or not.
_MOST_CELLS = 40_000_000
_MOST_MERGED_IN_HEAD = 5_000


class SheetGrid:
    """One visible sheet."""

    def __init__(self, sheet: CalamineSheet, errors: dict[Place, str], where: str) -> None:
        self._sheet = sheet
        self._errors = errors
        self._left = sheet.start[1] if sheet.start else 0
        self._where = f"{where}, sheet {sheet.name}"

    @property
    def sheet(self) -> str:
        """The sheet's name."""
        return self._sheet.name

    @property
    def merged(self) -> Sequence[Range]:
        """Merged cells that begin where a header may stand."""
        found = [item for item in self._sheet.merged_cell_ranges or [] if item[0][0] < HEAD_ROWS]
        if len(found) > _MOST_MERGED_IN_HEAD:
            raise too_large(self._where, f"{len(found)} merged cells in its head")
        return found

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
        self._archive: zipfile.ZipFile | None = None
        self._members: dict[str, str] = {}
        self._sheet_errors: list[dict[Place, str]] | None = None
        self._workbook = _opened(path)
        sheets = self._workbook.sheets_metadata
        self.visible = [item.name for item in sheets if item.visible is SheetVisibleEnum.Visible]
        self.hidden = [item.name for item in sheets if item.visible is not SheetVisibleEnum.Visible]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._workbook.close()
        if self._archive is not None:
            self._archive.close()

    def grid(self, name: str) -> SheetGrid:
        """The sheet of this name, wholly in memory until it is let go."""
        try:
            if self._archive is None and zipfile.is_zipfile(self._path):
                self._archive = zipfile.ZipFile(self._path)
                self._members = members_of_sheets(self._archive)
            special = self._looked_through(self._archive, name) if self._archive is not None else self._errors(name)
            sheet = self._workbook.get_sheet_by_name(name)
        except (CalamineError, OSError, EOFError, ValueError, zipfile.BadZipFile, zlib.error) as failure:
            raise broken_file(self._path.name) from failure
        return SheetGrid(sheet, special, self._path.name)

    def _errors(self, name: str) -> dict[Place, str]:
        """Of a workbook of 1997–2003; in any other kind that is no archive errors are not told apart."""
        if self._sheet_errors is None:
            with self._path.open("rb") as file:
                legacy = file.read(len(SIGNATURE)) == SIGNATURE
            self._sheet_errors = errors_of_sheets(self._path) if legacy else []
        place = self._workbook.sheet_names.index(name)
        return self._sheet_errors[place] if place < len(self._sheet_errors) else {}

    def _looked_through(self, archive: zipfile.ZipFile, name: str) -> dict[Place, str]:
        seen = look_through(archive, self._members[name]) if name in self._members else SheetXml()
        if seen.columns > MOST_COLUMNS:
            raise too_large(f"{self._path.name}, sheet {name}", f"{seen.columns} columns (at most {MOST_COLUMNS})")
        if seen.rows * seen.columns > _MOST_CELLS:
            raise too_large(
                f"{self._path.name}, sheet {name}",
                f"{seen.rows} rows of {seen.columns} columns (at most {_MOST_CELLS} cells)",
            )
        return seen.special


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
    """Every part but the sheets, which are looked through before they are read, unpacks to what it says."""
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in checked_entries(archive, path.name):
                if not entry.filename.startswith("xl/worksheets/"):
                    for _ in content(archive, entry):
                        pass
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as failure:
        raise broken_file(path.name) from failure
