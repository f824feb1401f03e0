"""A workbook written anew for its reader, each sheet cut between rows into pieces that are read one at a time.

The reader would hold a sheet several times over, and parses it twice: once more for merged cells, which it finds at
once where they stand before the rows. What it is handed has been looked through, byte by byte.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from connectors.reader.archive import content
from connectors.reader.layout import MOST_COLUMNS, Range, too_large
from connectors.reader.sheet_xml import AnySheet, Place, Surroundings, UnusualError, UsualRows
from connectors.reader.workbook_parts import FOLDER, Parts, written_parts

# The reader makes room for every cell between the first and the last, filled or not.
_MOST_CELLS = 40_000_000
_PIECE = 4 << 20  # about ten thousand rows of fifteen columns
_LONGEST_ROW = 64 << 20
_LONGEST_HEAD = 4 << 20
_FAST = 1  # level of compression: a tenth of the size for a tenth of the time

_ROOT = re.compile(rb"<(\w{1,20}:)?worksheet[\s>]")
_START, _END = b"<worksheet><mergeCells></mergeCells><sheetData>", b"</sheetData></worksheet>"


@dataclass(frozen=True, slots=True)
class Piece:
    """Some rows of a sheet under the ``name`` the reader knows them by, with the texts of odd cells by place.

    ``rows`` are the first and the last, counted from 1; ``None``: all of a sheet that could not be cut.
    """

    name: str
    rows: tuple[int, int] | None
    special: Mapping[Place, str]


@dataclass(frozen=True, slots=True)
class CutSheet:
    """A sheet's pieces in their order, and its merged cells; ``None`` where only its reader knows them."""

    pieces: tuple[Piece, ...]
    merged: tuple[Range, ...] | None


def cut_workbook(
    archive: zipfile.ZipFile, parts: Parts, wanted: Iterable[str], target: Path, where: str
) -> list[CutSheet]:
    """Write the sheets of these names to ``target``. Raises ``zipfile.BadZipFile``, ``expat.ExpatError`` if damaged.

    Raises ``SourceError`` for a sheet that reaches too far; ``where`` is the file's name for it.
    """
    by_name = {sheet.name: sheet for sheet in reversed(parts.sheets)}
    found: list[CutSheet] = []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=_FAST) as new:
        for name, entry in parts.shared.items():
            _write(new, FOLDER + name, content(archive, entry))
        for number, name in enumerate(wanted):
            part = by_name[name].part
            sheet = _Cutting(archive, part, new, f"s{number}", f"{where}, sheet {name}").cut() if part else None
            found.append(sheet or CutSheet((), ()))
        pieces = [piece.name for sheet in found for piece in sheet.pieces]
        for name, text in written_parts(pieces, from_1904=parts.from_1904).items():
            new.writestr(name, text)
    return found


def _write(target: zipfile.ZipFile, name: str, blocks: Iterable[bytes]) -> None:
    with target.open(name, "w", force_zip64=True) as file:
        for block in blocks:
            file.write(block)


@dataclass(frozen=True, slots=True)
class _Cutting:
    """One sheet on its way from an archive into another."""

    archive: zipfile.ZipFile
    part: zipfile.ZipInfo
    target: zipfile.ZipFile
    name: str
    where: str

    def cut(self) -> CutSheet:
        """The sheet in pieces, or as one where its rows are written as no usual program writes them."""
        try:
            with closing(content(self.archive, self.part)) as blocks:
                return self._in_pieces(blocks)
        except UnusualError:
            return self._as_it_is()

    def _in_pieces(self, blocks: Iterator[bytes]) -> CutSheet:
        around, pieces = Surroundings(), list[Piece]()
        prefix, rest = self._head(blocks, around)
        usual = UsualRows(prefix)
        for text, behind in self._rows(rest, blocks, prefix):
            if stretch := usual.stretch(text):
                self._check_reach(usual.rows, usual.columns)
                piece = Piece(f"{self.name}-{len(pieces)}", (stretch.first, stretch.last), stretch.special)
                self.target.writestr(f"{FOLDER}worksheets/{piece.name}.xml", b"".join((_START, text, _END)))
                pieces.append(piece)
            around.behind(behind)
        for block in blocks:
            around.behind(block)
        around.end()
        return CutSheet(tuple(pieces), tuple(around.merged))

    def _head(self, blocks: Iterator[bytes], around: Surroundings) -> tuple[bytes, bytes]:
        """The prefix of the sheet's tags, and what of the rows was read when they began."""
        text = b""
        for block in blocks:
            text += block
            root = _ROOT.search(text)
            prefix = (root[1] or b"") if root else b""
            if start := re.search(rb"<%ssheetData\s*>" % re.escape(prefix), text):
                around.before(text[: start.end()])
                return prefix, text[start.end() :]
            if len(text) > _LONGEST_HEAD:
                break
        raise UnusualError

    def _rows(self, text: bytes, blocks: Iterator[bytes], prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Whole rows, some megabytes at a time, and what was read behind the last of them."""
        row, end = b"<%srow" % prefix, b"</%ssheetData" % prefix
        while True:
            gathered, size = [text], len(text)
            # At least one: what is left over may be a row that is longer than a piece.
            for block in blocks:
                gathered.append(block)
                size += len(block)
                if size >= _PIECE:
                    break
            text = b"".join(gathered)
            last = max(text.rfind(row), 0)
            if (ends := text.find(end, last)) >= 0:
                yield text[:ends], text[ends:]
                return
            if len(gathered) == 1:
                # The file is cut off; those who parse it say so.
                yield b"", text
                return
            if last:
                yield text[:last], b""
                text = text[last:]
            elif size > _LONGEST_ROW:
                raise too_large(self.where, f"a row of more than {_LONGEST_ROW >> 20} MB")

    def _as_it_is(self) -> CutSheet:
        seen = AnySheet()
        try:
            with closing(content(self.archive, self.part)) as blocks:
                seen.parse(blocks)
        except UnusualError:
            # Where a cell stands cannot be told, and its neighbours would be taken for sound.
            raise zipfile.BadZipFile from None
        self._check_reach(seen.rows, seen.columns)
        _write(self.target, f"{FOLDER}worksheets/{self.name}.xml", content(self.archive, self.part))
        return CutSheet((Piece(self.name, None, seen.special),), tuple(seen.merged))

    def _check_reach(self, rows: int, columns: int) -> None:
        if columns > MOST_COLUMNS:
            raise too_large(self.where, f"{columns} columns (at most {MOST_COLUMNS})")
        if rows * columns > _MOST_CELLS:
            raise too_large(self.where, f"{rows} rows of {columns} columns (at most {_MOST_CELLS} cells)")
