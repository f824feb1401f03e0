"""A workbook (XLSX) of the finance bureau, written row by row: a writer that can do more takes ten times as long."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

Cell = str | int | float | None
Record = tuple[Cell, ...]

_COMPRESSION = 1  # sheets are repetitive: more gains little and costs much
_ROWS_AT_ONCE = 500
_DAY, _BOLD = ' s="1"', ' s="2"'  # by their place in _STYLES

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


def _letter(place: int) -> str:
    return chr(ord("A") + place)  # no sheet here has more than 26 columns


def _text(place: str, value: str, style: str = "") -> str:
    if value.isalnum():  # as most are: nothing to escape, no blank to keep
        return f'<c r="{place}" t="inlineStr"{style}><is><t>{value}</t></is></c>'
    kept = ' xml:space="preserve"' if value[:1] == " " or value[-1:] == " " else ""
    return f'<c r="{place}" t="inlineStr"{style}><is><t{kept}>{escape(value)}</t></is></c>'


def _in_lots(records: Iterator[Record]) -> Iterator[list[Record]]:
    while lot := list(islice(records, _ROWS_AT_ONCE)):
        yield lot


class Sheet:
    """A sheet under way. Rows count from zero and are given in their order."""

    def __init__(self, part: IO[bytes]) -> None:
        self._part = part
        self._merged: list[str] = []
        self._write(f'{_DECLARATION}<worksheet xmlns="{_MAIN}"><sheetData>')

    def head(self, title: str, headings: Sequence[tuple[str, str]]) -> None:
        """Three rows: the title over all columns, the headings' groups each over its own, the headings."""
        groups = ""
        start = 0
        while start < len(headings):
            group = headings[start][0]
            stop = start
            while stop + 1 < len(headings) and group and headings[stop + 1][0] == group:
                stop += 1
            if stop > start:
                self._merged.append(f"{_letter(start)}2:{_letter(stop)}2")
            if group:
                groups += _text(f"{_letter(start)}2", group, _BOLD)
            start = stop + 1
        self._merged.append(f"A1:{_letter(len(headings) - 1)}1")
        names = "".join(_text(f"{_letter(place)}3", name, _BOLD) for place, (_, name) in enumerate(headings))
        self._write(f'<row r="1">{_text("A1", title, _BOLD)}</row><row r="2">{groups}</row><row r="3">{names}</row>')

    def rows(self, columns: Sequence[Sequence[Cell]], days: frozenset[int], row: int) -> int:
        """Writes records given by column; returns the row below them. None leaves a cell empty.

        Numbers in the columns ``days`` are shown as dates.
        """
        formed = [(_letter(place), _DAY if place in days else "") for place in range(len(columns))]
        for some in _in_lots(zip(*columns, strict=True)):
            written = []
            for record in some:
                row += 1
                cells = [
                    _text(f"{letter}{row}", value)
                    if isinstance(value, str)
                    else f'<c r="{letter}{row}"{style}><v>{value}</v></c>'
                    for (letter, style), value in zip(formed, record, strict=True)
                    if value is not None
                ]
                written.append(f'<row r="{row}">{"".join(cells)}</row>')
            self._write("".join(written))
        return row

    def row(self, cells: Mapping[int, str | int | float], row: int) -> None:
        """One row that fills these columns only."""
        last = max(cells)
        self.rows([[cells.get(place)] for place in range(last + 1)], frozenset(), row)

    def close(self) -> None:
        merged = "".join(f'<mergeCell ref="{cells}"/>' for cells in self._merged)
        self._write(f'</sheetData><mergeCells count="{len(self._merged)}">{merged}</mergeCells></worksheet>')
        self._part.close()

    def _write(self, text: str) -> None:
        self._part.write(text.encode())


class Workbook:
    """A workbook under way, one sheet after the other."""

    def __init__(self, path: Path) -> None:
        self._archive = ZipFile(path, "w", ZIP_DEFLATED, compresslevel=_COMPRESSION)
        self._names: list[str] = []
        self._sheet: Sheet | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        self._close_sheet()
        if kind is None:
            for name, text in self._parts().items():
                with self._part(name) as part:
                    part.write((_DECLARATION + text).encode())
        self._archive.close()

    def sheet(self, name: str) -> Sheet:
        """The next sheet; the one before it is finished."""
        self._close_sheet()
        self._names.append(name)
        self._sheet = Sheet(self._part(f"xl/worksheets/sheet{len(self._names)}.xml"))
        return self._sheet

    def _close_sheet(self) -> None:
        if self._sheet is not None:
            self._sheet.close()
            self._sheet = None

    def _part(self, name: str) -> IO[bytes]:
        # Opened by its name, it bears the day 1980-01-01: the same world is the same bytes.
        return self._archive.open(name, "w")

    def _parts(self) -> dict[str, str]:
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
        numbered = list(enumerate(self._names, 1))
        listed = "".join(f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>' for n, name in numbered)
        sheets = "".join(
            f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
            for n, _ in numbered
        )
        kinds = "".join(
            f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{kind}.worksheet+xml"/>'
            for n, _ in numbered
        )
        styles = f'<Relationship Id="rId{len(self._names) + 1}" Type="{_OFFICE}/styles" Target="styles.xml"/>'
        return {
            "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{listed}</sheets></workbook>',
            "xl/_rels/workbook.xml.rels": (
                f'<Relationships xmlns="{_PACKAGE}/relationships">{sheets}{styles}</Relationships>'
            ),
            "xl/styles.xml": _STYLES,
            "_rels/.rels": (
                f'<Relationships xmlns="{_PACKAGE}/relationships">'
                f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
            ),
            "[Content_Types].xml": (
                f'<Types xmlns="{_PACKAGE}/content-types">'
                '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
                '<Default Extension="xml" ContentType="application/xml"/>'
                f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
                f'<Override PartName="/xl/styles.xml" ContentType="{kind}.styles+xml"/>{kinds}</Types>'
            ),
        }
