"""Workbooks (XLSX, XLS) sheet by sheet: exact cell texts, rows as the user counts them, hidden sheets left alone."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from itertools import groupby, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self
from xml.etree import ElementTree as ET
from xml.parsers import expat

import polars as pl
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetVisibleEnum

from connectors.reader.archive import checked_entries, content, refuse_without_room
from connectors.reader.cell import Value, column_of_texts, text_of
from connectors.reader.layout import HEAD_ROWS, Range, Row, too_large
from connectors.reader.sheet_biff import SIGNATURE, errors_of_sheets
from connectors.reader.sheet_pieces import CutSheet, Piece, cut_workbook
from connectors.reader.sheet_xml import Place
from connectors.reader.workbook_parts import Parts, parts_of
from hub.errors import SourceError
from hub.sync.handover import ROW

_MOST_MERGED_IN_HEAD = 5_000
_DAMAGES = (
    *(CalamineError, zipfile.BadZipFile, zlib.error, ET.ParseError, expat.ExpatError),
    *(OSError, EOFError, ValueError, NotImplementedError, RuntimeError),
)


class SheetGrid:
    """One visible sheet, of which a piece at a time is in memory."""

    def __init__(self, workbook: Workbook, sheet: str, cut: CutSheet) -> None:
        self._workbook = workbook
        self._sheet = sheet
        self._cut = cut
        self._head: list[Row] = []

    @property
    def sheet(self) -> str:
        """The sheet's name."""
        return self._sheet

    @property
    def merged(self) -> Sequence[Range]:
        """Merged cells that begin where a header may stand."""
        known = self._cut.merged
        merged = self._workbook.piece(self._cut.pieces[0]).merged_cell_ranges if known is None else known
        found = [item for item in merged or () if item[0][0] < HEAD_ROWS]
        if len(found) > _MOST_MERGED_IN_HEAD:
            raise too_large(f"{self._workbook.name}, sheet {self._sheet}", f"{len(found)} merged cells in its head")
        return found

    @property
    def is_empty(self) -> bool:
        """Whether no cell holds anything."""
        return not any(piece.special or self._workbook.piece(piece).start for piece in self._cut.pieces)

    def head(self, count: int) -> list[Row]:
        """The first ``count`` rows of the sheet, from column A on."""
        if len(self._head) < count:
            self._head = self._first(count)
        return [list(row) for row in self._head[:count]]

    def _first(self, count: int) -> list[Row]:
        texts: dict[Place, str | None] = {}
        for piece in self._cut.pieces:
            if piece.rows and piece.rows[0] > count:
                break
            sheet = self._workbook.piece(piece)
            top, left = sheet.start or (0, 0)
            for row, cells in enumerate(islice(_filled(sheet, piece), max(count - top, 0)), top):
                texts |= {(row, column): text_of(cell) for column, cell in enumerate(cells, left)}
            texts |= {place: text for place, text in piece.special.items() if place[0] < count}
        height = max((row for row, _ in texts), default=-1) + 1
        width = max((column for _, column in texts), default=-1) + 1
        return [[texts.get((row, column)) for column in range(width)] for row in range(height)]

    def frames(self, first_row: int, width: int, size: int) -> Iterator[pl.DataFrame]:
        """The rows from ``first_row`` on that hold anything, or stand between such; columns beyond are empty."""
        for piece in self._cut.pieces:
            if piece.rows is None or piece.rows[1] >= first_row:
                yield from self._frames(piece, first_row, width, size)

    def _frames(self, piece: Piece, first_row: int, width: int, size: int) -> Iterator[pl.DataFrame]:
        sheet = self._workbook.piece(piece)
        top, left = sheet.start or (0, 0)
        number = max(top + 1, first_row)
        odd = {place: text for place, text in sorted(piece.special.items()) if place[0] + 1 >= first_row}
        # A row of nothing but odd cells is none to the reader, wherever its rows begin and end.
        yield from _of_odd_cells({place: text for place, text in odd.items() if place[0] + 1 < number}, width, size)
        rows = islice(_filled(sheet, piece), number - 1 - top, None)
        while chunk := list(islice(rows, size)):
            here = range(number - 1, number - 1 + len(chunk))
            yield _frame(chunk, number, left, width, {place: text for place, text in odd.items() if place[0] in here})
            number += len(chunk)
        yield from _of_odd_cells({place: text for place, text in odd.items() if place[0] + 1 >= number}, width, size)


def _filled(sheet: CalamineSheet, piece: Piece) -> Iterator[list[Value]]:
    """The rows from the first on that holds anything."""
    if sheet.start is None:
        return iter(())
    if piece.rows is None:
        return islice(sheet.iter_rows(), sheet.start[0], None)
    # The other way makes up each empty row before the first.
    return iter(sheet.to_python())


def _frame(rows: list[list[Value]], first_row: int, left: int, width: int, odd: Mapping[Place, str]) -> pl.DataFrame:
    columns = {left + i: column_of_texts(str(left + i), values) for i, values in enumerate(zip(*rows, strict=True))}
    empty = pl.Series([None], dtype=pl.String).new_from_index(0, len(rows))
    for index in {*range(width), *(column for _, column in odd)}.difference(columns):
        columns[index] = empty.alias(str(index))
    for index, cells in _by_column(odd):
        places = [row - (first_row - 1) for row, _ in cells]
        columns[index] = columns[index].scatter(places, [text for _, text in cells])
    numbers = pl.int_range(first_row, first_row + len(rows), dtype=pl.Int64, eager=True).alias(ROW)
    return pl.DataFrame([numbers, *(columns[index] for index in sorted(columns))])


def _by_column(odd: Mapping[Place, str]) -> Iterator[tuple[int, list[tuple[int, str]]]]:
    """For each column its cells: row, counted from 0, and text."""
    places = sorted(odd, key=lambda place: place[1])
    for column, own in groupby(places, key=lambda place: place[1]):
        yield column, [(place[0], odd[place]) for place in own]


def _of_odd_cells(odd: Mapping[Place, str], width: int, size: int) -> Iterator[pl.DataFrame]:
    """Rows of which every cell is odd, in their order."""
    rows = iter(sorted({row for row, _ in odd}))
    while chunk := list(islice(rows, size)):
        places = {row: place for place, row in enumerate(chunk)}
        texts = {(places[row], column): text for (row, column), text in odd.items() if row in places}
        frame = _frame([[""]] * len(chunk), 1, 0, width, texts)
        yield frame.with_columns(pl.Series(ROW, [row + 1 for row in chunk], dtype=pl.Int64))


class Workbook:
    """An opened workbook, of which sheets named like ``sheets`` are read; to be used as a context.

    Raises ``SourceError`` for one that is broken, locked or too large.
    """

    def __init__(self, path: Path, sheets: str = "*") -> None:
        self.name = path.name
        self._path = path
        self._sheets = sheets
        self._reader: CalamineWorkbook | None = None
        self._parts: Parts | None = None
        self._cut: dict[str, CutSheet] = {}
        self._held: tuple[Piece, CalamineSheet] | None = None
        with path.open("rb") as file:
            is_archive = file.read(2) == b"PK"
        if is_archive:
            self._parts = self._checked_parts()
            listed = [(sheet.name, sheet.visible) for sheet in self._parts.sheets]
        else:
            self._reader = _opened(path)
            metadata = self._reader.sheets_metadata
            listed = [(item.name, item.visible is SheetVisibleEnum.Visible) for item in metadata]
        self.visible = [name for name, visible in listed if visible]
        self.hidden = [name for name, visible in listed if not visible]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._held = None
        if self._reader is not None:
            self._reader.close()

    @property
    def wanted(self) -> list[str]:
        """The visible sheets that are to be read."""
        return [name for name in self.visible if fnmatchcase(name, self._sheets)]

    def grid(self, name: str) -> SheetGrid:
        """The sheet of this name, one of those ``wanted``."""
        try:
            if not self._cut:
                self._cut = self._cut_archive(self._parts) if self._parts else self._legacy_sheets()
        except _DAMAGES as failure:
            refuse_without_room(failure, self.name)
            raise broken_file(self.name) from failure
        return SheetGrid(self, name, self._cut[name])

    def piece(self, piece: Piece) -> CalamineSheet:
        """Some rows of a sheet as its reader knows them; the last that was asked for stays in memory."""
        if self._held is None or self._held[0] is not piece:
            self._held = None
            assert self._reader is not None  # noqa: S101  # for the type checker: whoever has a piece went by grid()
            try:
                sheet = self._reader.get_sheet_by_name(piece.name)
            except _DAMAGES as failure:
                raise broken_file(self.name) from failure
            if piece.rows and sheet.start and sheet.end:
                first, last = piece.rows
                if sheet.start[0] + 1 < first or sheet.end[0] + 1 > last:
                    # Its cells say to be in other rows than they stand in.
                    raise broken_file(self.name)
            self._held = piece, sheet
        return self._held[1]

    def _checked_parts(self) -> Parts:
        try:
            with zipfile.ZipFile(self._path) as archive:
                entries = checked_entries(archive, self.name)
                parts = parts_of(archive)
                # What is not read is to be whole all the same: a file that was damaged on its way is not trusted.
                read = {sheet.part.filename for sheet in parts.sheets if sheet.part}
                for entry in entries:
                    if entry.filename not in read and entry not in parts.shared.values():
                        for _ in content(archive, entry):
                            pass
        except _DAMAGES as failure:
            raise broken_file(self.name) from failure
        return parts

    def _cut_archive(self, parts: Parts) -> dict[str, CutSheet]:
        # Open it stays readable, and nothing of it is left where somebody kills the process.
        with TemporaryDirectory(prefix="hub-workbook-", ignore_cleanup_errors=True) as folder:
            target = Path(folder) / "cut.xlsx"
            with zipfile.ZipFile(self._path) as archive:
                cut = cut_workbook(archive, parts, self.wanted, target, self.name)
            self._reader = CalamineWorkbook.from_path(target)
        return dict(zip(self.wanted, cut, strict=True))

    def _legacy_sheets(self) -> dict[str, CutSheet]:
        """Of a workbook of 1997-2003, whose sheets are small; in any other kind errors are not told apart."""
        assert self._reader is not None  # noqa: S101  # for the type checker: opened at once
        with self._path.open("rb") as file:
            legacy = file.read(len(SIGNATURE)) == SIGNATURE
        errors = dict(enumerate(errors_of_sheets(self._path) if legacy else []))
        return {
            name: CutSheet((Piece(name, None, errors.get(place, {})),), None)
            for place, name in enumerate(self._reader.sheet_names)
        }


def broken_file(name: str) -> SourceError:
    """The refusal of a workbook that is half-written or damaged."""
    return SourceError(
        "SOURCE_FILE_BROKEN",
        f"{name} is not a whole workbook: it is half-written or damaged.",
        "Copy the file into the folder again, under a temporary name first, and rename it when it is complete.",
    )


def _opened(path: Path) -> CalamineWorkbook:
    try:
        try:
            return CalamineWorkbook.from_path(path)
        except PasswordError:
            raise
        except CalamineError:
            # The reader goes by the name's ending; many a .xlsx is a workbook of 1997-2003.
            return CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes()))
    except PasswordError as failure:
        raise SourceError(
            "SOURCE_FILE_LOCKED", f"{path.name} is protected by a password.", "Ask the agency for it without one."
        ) from failure
    except _DAMAGES as failure:
        raise broken_file(path.name) from failure
