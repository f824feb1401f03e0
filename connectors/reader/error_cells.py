"""Cells of an XLSX sheet that hold an error such as #DIV/0!; the workbook reader would hand them over as empty."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

_CHUNK = 1 << 20
_ERROR_CELL = re.compile(
    rb'<c\s[^>]*?r="([A-Z]{1,3})(\d{1,7})"[^>]*?\st="e"[^>]*>(?:<f[^>]*?/>|<f.*?</f>)?<v>([^<]*)</v>'
)
# Longest cell that may be cut in two by a chunk's end.
_OVERLAP = 1 << 14


def error_cells(path: Path, sheet: str) -> dict[tuple[int, int], str]:
    """The text of each error cell of ``sheet`` by (row, column), both counted from 0.

    Raises ``zipfile.BadZipFile`` for a damaged file.
    """
    found: dict[tuple[int, int], str] = {}
    with zipfile.ZipFile(path) as archive:
        member = _member(archive, sheet)
        if member is None:
            return found
        with archive.open(member) as file:
            rest = b""
            while chunk := file.read(_CHUNK):
                window = rest + chunk
                if b't="e"' in window:
                    for letters, row, text in _ERROR_CELL.findall(window):
                        found[int(row) - 1, _index(letters)] = text.decode("ascii", "replace")
                rest = window[-_OVERLAP:]
    return found


def _index(letters: bytes) -> int:
    index = 0
    for letter in letters:
        index = index * 26 + letter - ord("A") + 1
    return index - 1


def _member(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """The archive's member that holds the sheet, by way of the workbook's relations."""
    names = archive.namelist()
    if "xl/workbook.xml" not in names or "xl/_rels/workbook.xml.rels" not in names:
        return None
    # Both parts are small; the expat in use refuses entity bombs.
    book = ET.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314
    relations = ET.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    targets = {item.get("Id"): item.get("Target", "") for item in relations}
    for item in book.iter():
        if item.tag.endswith("}sheet") and item.get("name") == sheet:
            relation = next((value for key, value in item.attrib.items() if key.endswith("}id")), None)
            target = targets.get(relation, "")
            member = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            return member if member in names else None
    return None
