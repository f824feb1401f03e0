"""What the workbook reader would not tell of an XLSX sheet: how far it reaches, errors, formulas without a result.

The reader hands over an error cell as empty, a formula that was never computed too, and makes room for every cell
between the first and the last one; so the sheet's text is looked through first.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

from connectors.reader.archive import content

# Shown for a formula whose result nobody computed; such a cell has no value, which is not the same as empty.
NOT_COMPUTED = "#NOT-COMPUTED!"

_PARTS = ("xl/workbook.xml", "xl/_rels/workbook.xml.rels")
_MOST_PART_BYTES = 16 << 20
# Longest cell that may be cut in two by a block's end; a formula has at most 8192 characters.
_OVERLAP = 1 << 16

_CELL = rb"<(?:\w+:)?c\s([^>]*)>"
_ERROR = re.compile(_CELL + rb"(?:<(?:\w+:)?f[^>]*/>|<(?:\w+:)?f[^>]*>[^<]*</(?:\w+:)?f>)?<(?:\w+:)?v>(#[^<]*)<")
_FORMULA = re.compile(
    _CELL + rb"\s*(?:<(?:\w+:)?f[^>]*/>|<(?:\w+:)?f[^>]*>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_ADDRESS = re.compile(rb'(?:^|\s)r="([A-Z]{1,8})(\d{1,10})"')
# As every usual program writes them; a literal beginning makes the search ten times faster.
_USUAL_ROW = re.compile(rb'<row r="(\d{1,10})"')
_USUAL_FAR_CELL = re.compile(rb'<c r="([A-Z]{2,8})\d')
_ROW = re.compile(rb'<(?:\w+:)?row\s[^>]*?r="(\d{1,10})"')
_ADDRESSED = re.compile(rb'<(?:\w+:)?c\s[^>]*?r="([A-Z]{1,8})\d')
_CELL_START = re.compile(rb"<(?:\w+:)?c[\s/>]")
_ROW_START = re.compile(rb"<(?:\w+:)?row[\s/>]")

Place = tuple[int, int]  # row and column, counted from 0


@dataclass(slots=True)
class SheetXml:
    """``rows`` and ``columns`` reach at least as far as the sheet; ``special`` is the text of odd cells by place."""

    rows: int = 1
    columns: int = 26
    special: dict[Place, str] = field(default_factory=dict[Place, str])
    _row_starts: int = 0
    _cells_in_row: int = 0

    def look(self, window: bytes, fresh: bytes) -> None:
        """Take in one block: ``fresh`` are its new bytes, ``window`` has the end of the last block before them."""
        if b'"e"' in window:
            for attributes, text in _ERROR.findall(window):
                if b't="e"' in attributes:
                    self._note(attributes, text.decode("ascii", "replace"))
        if b"<f" in window or b":f" in window:
            for attributes in _FORMULA.findall(window):
                # A formula may well compute an empty text, which is then typed as one.
                if b't="str"' not in attributes:
                    self._note(attributes, NOT_COMPUTED)
        usual = fresh.count(b"<c") == fresh.count(b'<c r="') + fresh.count(b"<col") and b":c" not in fresh
        if usual and fresh.count(b"<row") == fresh.count(b'<row r="'):
            self._cells_in_row = 0
            self._reach(_USUAL_ROW.findall(window), _USUAL_FAR_CELL.findall(window))
        else:
            self._reach(_ROW.findall(window), _ADDRESSED.findall(window))
            self._count(fresh)

    def _reach(self, rows: list[bytes], columns: list[bytes]) -> None:
        self.rows = max(self.rows, max(map(int, rows), default=0))
        self.columns = max(self.columns, max(map(_index, set(columns)), default=0) + 1)

    def _count(self, fresh: bytes) -> None:
        """Rows and cells may leave their address out, and then are counted."""
        pieces = _ROW_START.split(fresh)
        self._row_starts += len(pieces) - 1
        self.rows = max(self.rows, self._row_starts)
        for number, piece in enumerate(pieces):
            cells = len(_CELL_START.findall(piece))
            self._cells_in_row = cells + (self._cells_in_row if number == 0 else 0)
            self.columns = max(self.columns, self._cells_in_row)

    def _note(self, attributes: bytes, text: str) -> None:
        address = _ADDRESS.search(attributes)
        if address is None:
            # Where it stands cannot be told, and its neighbours would be taken for sound.
            raise zipfile.BadZipFile
        self.special[int(address[2]) - 1, _index(address[1])] = text


def look_through(archive: zipfile.ZipFile, member: str) -> SheetXml:
    """What the text of a sheet tells. Raises ``zipfile.BadZipFile`` for a damaged file or one that lies."""
    found = SheetXml()
    rest = b""
    for block in content(archive, archive.getinfo(member)):
        window = rest + block
        found.look(window, block)
        rest = window[-_OVERLAP:]
    return found


def _index(letters: bytes) -> int:
    index = 0
    for letter in letters:
        index = index * 26 + letter - ord("A") + 1
    return index - 1


def members_of_sheets(archive: zipfile.ZipFile) -> dict[str, str]:
    """By sheet, the archive's member that holds it, by way of the workbook's relations; as ``look_through`` raises."""
    names = set(archive.namelist())
    if not names.issuperset(_PARTS):
        return {}
    # The expat in use refuses entity bombs.
    book, relations = (ET.fromstring(_small(archive, name)) for name in _PARTS)  # noqa: S314
    targets = {item.get("Id"): item.get("Target", "") for item in relations}
    found: dict[str, str] = {}
    for item in book.iter():
        if item.tag.endswith("}sheet"):
            relation = next((value for key, value in item.attrib.items() if key.endswith("}id")), None)
            target = targets.get(relation, "")
            member = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            if member in names:
                found.setdefault(item.get("name", ""), member)
    return found


def _small(archive: zipfile.ZipFile, name: str) -> bytes:
    entry = archive.getinfo(name)
    if entry.file_size > _MOST_PART_BYTES:
        raise zipfile.BadZipFile
    return b"".join(content(archive, entry))
