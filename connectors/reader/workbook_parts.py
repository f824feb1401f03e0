"""The parts of an XLSX workbook as its own relations name them: sheets, texts that cells share, formats."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree import ElementTree as ET
from xml.sax.saxutils import quoteattr

from connectors.reader.archive import content

_MOST_PART_BYTES = 16 << 20
_PACKAGE = "_rels/.rels"
_SHARED = ("sharedStrings.xml", "styles.xml")
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
FOLDER = "xl/"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as the workbook lists it; ``part`` is ``None`` for a chart or a dialogue, which has no cells."""

    name: str
    visible: bool
    part: zipfile.ZipInfo | None


@dataclass(frozen=True, slots=True)
class Parts:
    """``shared`` are the parts all sheets rest on, by the name the reader looks for."""

    sheets: tuple[Sheet, ...]
    shared: Mapping[str, zipfile.ZipInfo]
    from_1904: bool


def parts_of(archive: zipfile.ZipFile) -> Parts:
    """The parts of a workbook. Raises ``zipfile.BadZipFile`` or ``ET.ParseError`` for what is none."""
    # Some programs write names with other capitals than they refer to them, or backslashes.
    entries = {entry.filename.replace("\\", "/").lower(): entry for entry in archive.infolist()}
    package = _relations(archive, entries, _PACKAGE)
    target = next((target for kind, target in package.values() if kind == "officeDocument"), "")
    folder, _, name = target.removeprefix("/").rpartition("/")
    folder = f"{folder}/" if folder else ""
    book = _parsed(archive, entries, f"{folder}{name}")
    relations = _relations(archive, entries, f"{folder}_rels/{name}.rels")
    sheets: list[Sheet] = []
    from_1904 = False
    for item in book.iter():
        local = item.tag.rpartition("}")[2]
        if local == "workbookPr":
            from_1904 = item.get("date1904") in ("1", "true")
        elif local == "sheet":
            relation = next((value for key, value in item.attrib.items() if key.endswith("}id")), "")
            kind, target = relations.get(relation, ("", ""))
            place = target[1:] if target.startswith("/") else f"{folder}{target}"
            part = _entry(entries, place) if kind == "worksheet" else None
            sheets.append(Sheet(item.get("name", ""), item.get("state", "visible") == "visible", part))
    shared = {name: entry for name in _SHARED if (entry := entries.get(f"{folder}{name}".lower()))}
    return Parts(tuple(sheets), shared, from_1904)


def _entry(entries: Mapping[str, zipfile.ZipInfo], name: str) -> zipfile.ZipInfo:
    entry = entries.get(name.lower())
    if entry is None:
        raise zipfile.BadZipFile
    return entry


def _parsed(archive: zipfile.ZipFile, entries: Mapping[str, zipfile.ZipInfo], name: str) -> ET.Element:
    entry = _entry(entries, name)
    if entry.file_size > _MOST_PART_BYTES:
        raise zipfile.BadZipFile
    # The expat in use refuses entity bombs.
    return ET.fromstring(b"".join(content(archive, entry)))  # noqa: S314


def _relations(
    archive: zipfile.ZipFile, entries: Mapping[str, zipfile.ZipInfo], name: str
) -> dict[str, tuple[str, str]]:
    """Kind and target of each relation by its name."""
    items = _parsed(archive, entries, name)
    return {item.get("Id", ""): (item.get("Type", "").rpartition("/")[2], item.get("Target", "")) for item in items}


def written_parts(names: list[str], *, from_1904: bool) -> dict[str, str]:
    """The parts that lead to sheets of these names, each in ``xl/worksheets/<name>.xml``, as the reader needs them."""
    sheets = "".join(f'<sheet name={quoteattr(n)} sheetId="{i}" r:id="r{i}"/>' for i, n in enumerate(names, 1))
    targets = "".join(_relation(f"r{i}", "worksheet", f"worksheets/{n}.xml") for i, n in enumerate(names, 1))
    start = "1" if from_1904 else "0"
    return {
        _PACKAGE: _all(_relation("r1", "officeDocument", f"{FOLDER}workbook.xml")),
        f"{FOLDER}_rels/workbook.xml.rels": _all(targets),
        f"{FOLDER}workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}">'
        f'<workbookPr date1904="{start}"/><sheets>{sheets}</sheets></workbook>',
    }


def _relation(name: str, kind: str, target: str) -> str:
    return f'<Relationship Id="{name}" Type="{_RELATIONS}/{kind}" Target="{target}"/>'


def _all(relations: str) -> str:
    return f'<Relationships xmlns="{_PACKAGE_RELATIONS}">{relations}</Relationships>'
