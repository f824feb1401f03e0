"""A workbook (XLSX) written as it is read: rows as XML in, compressed bytes out, constant memory.

Nothing is known beforehand of how many rows there will be; a full sheet is followed by another.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from threading import Lock
from typing import IO
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

MOST_ROWS = 1_048_576  # of a sheet, its heading included
_MOST_BYTES = 3 * 1024**3  # of a sheet before compression: above four gigabytes readers differ
_COMPRESSION = 1  # sheets are repetitive: more gains little and costs much
_NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\']")
_LONGEST_NAME = 24  # of 31: a number may follow


class _Drain:
    """Takes what the archive writes; it cannot be sought in, so sizes follow each part."""

    def __init__(self) -> None:
        self._held = bytearray()

    def write(self, data: bytes) -> int:
        self._held += data
        return len(data)

    def flush(self) -> None:
        """Nothing waits."""

    def taken(self) -> bytes:
        found = bytes(self._held)
        self._held.clear()
        return found


class Workbook:
    """One workbook under way. Cells refer to the styles of ``hub.query.export`` by number."""

    def __init__(self, name: str, headings: Sequence[str], most_rows: int = MOST_ROWS) -> None:
        self._name = _NOT_IN_NAMES.sub(" ", name)[:_LONGEST_NAME]
        self._headings = headings
        self._most_rows = most_rows
        self._drain = _Drain()
        self._archive = ZipFile(self._drain, "w", ZIP_DEFLATED, compresslevel=_COMPRESSION)  # type: ignore[call-overload]
        self._sheets = 0
        self._sheet: IO[bytes] | None = None
        self._rows = self._bytes = 0
        self._lock = Lock()  # an export that is broken off may still be compressing beside the event loop

    def add(self, rows: Sequence[bytes]) -> bytes:
        """Take in ``rows``, each a whole ``<row>`` element; what of the archive is ready."""
        with self._lock:
            left = list(rows)
            while left:
                sheet = self._open_sheet()
                part, left = left[: self._most_rows - self._rows], left[self._most_rows - self._rows :]
                data = b"".join(part)
                sheet.write(data)
                self._rows += len(part)
                self._bytes += len(data)
            return self._drain.taken()

    def finish(self) -> bytes:
        """The end of the archive, without which no reader opens it."""
        self._open_sheet()
        self._close_sheet()
        for path, text in self._parts().items():
            self._archive.writestr(path, _DECLARATION + text)
        self._archive.close()
        return self._drain.taken()

    def abandon(self) -> None:
        """Let go of what is open; what was written so far is no workbook."""
        with self._lock:
            self._close_sheet()
            self._archive.close()

    def _open_sheet(self) -> IO[bytes]:
        if self._sheet is not None and (self._rows >= self._most_rows or self._bytes >= _MOST_BYTES):
            self._close_sheet()
        if self._sheet is None:
            self._sheets += 1
            self._sheet = self._archive.open(f"xl/worksheets/sheet{self._sheets}.xml", "w")
            self._sheet.write(self._top().encode())
            self._rows, self._bytes = 1, 0
        return self._sheet

    def _close_sheet(self) -> None:
        if self._sheet is not None:
            self._sheet.write(b"</sheetData></worksheet>")
            self._sheet.close()
            self._sheet = None

    def _top(self) -> str:
        cells = "".join(f'<c t="inlineStr" s="4"><is><t>{escape(text)}</t></is></c>' for text in self._headings)
        widths = f'<cols><col min="1" max="{len(self._headings)}" width="16" customWidth="1"/></cols>'
        frozen = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
        view = f'<sheetViews><sheetView workbookViewId="0">{frozen}</sheetView></sheetViews>'
        return f'{_DECLARATION}<worksheet xmlns="{_NAMESPACE}">{view}{widths}<sheetData><row>{cells}</row>'

    def _parts(self) -> dict[str, str]:
        numbers = range(1, self._sheets + 1)
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
        names = [self._name if number == 1 else f"{self._name} {number}" for number in numbers]
        listed = "".join(
            f'<sheet name="{escape(name, {chr(34): "&quot;"})}" sheetId="{number}" r:id="rId{number}"/>'
            for number, name in zip(numbers, names, strict=True)
        )
        sheets = "".join(
            f'<Relationship Id="rId{number}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{number}.xml"/>'
            for number in numbers
        )
        kinds = "".join(
            f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{kind}.worksheet+xml"/>'
            for number in numbers
        )
        book = f'<workbook xmlns="{_NAMESPACE}" xmlns:r="{_OFFICE}"><sheets>{listed}</sheets></workbook>'
        styles = f'<Relationship Id="rId{self._sheets + 1}" Type="{_OFFICE}/styles" Target="styles.xml"/>'
        return {
            "xl/workbook.xml": book,
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


# 0 as it is · 1 date · 2 money · 3 a text that looks like a formula · 4 heading
_STYLES = (
    f'<styleSheet xmlns="{_NAMESPACE}">'
    '<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="5"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="2" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" quotePrefix="1"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
