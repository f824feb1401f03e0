"""Tables made to hurt: each is refused quickly, by name, before memory is spent on it."""

from __future__ import annotations

import time
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from connectors.reader import archive as archives
from connectors.transport.folder import FileDelivery, FileForm
from hub.errors import ContractError, HubError
from hub.sync.handover import ROW
from tests.connectors import sheets
from tests.connectors.test_archive import shrink_stated_size
from tests.connectors.test_delimited import RENEWAL

_SECONDS = 20.0


def made(path: Path, rows: str, *, prefix: str = "", padding: int = 0) -> Path:
    """A workbook whose one sheet holds ``rows`` as XML."""
    book = xlsxwriter.Workbook(str(path))
    book.add_worksheet("表").write(0, 0, "x")
    book.close()
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    colon = f":{prefix}" if prefix else ""
    tag = f"{prefix}:" if prefix else ""
    sheet = f'<{tag}worksheet xmlns{colon}="{namespace}"><{tag}sheetData>{rows}</{tag}sheetData></{tag}worksheet>'
    parts["xl/worksheets/sheet1.xml"] = sheet.encode() + b" " * padding
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in parts.items():
            new.writestr(name, content)
    return path


FORM = FileForm("*.xlsx", (sheets.SUBSIDY,))


def refused(path: Path, form: FileForm = FORM) -> HubError:
    start = time.process_time()
    with pytest.raises(HubError) as refusal:
        list(FileDelivery(path, form, form.mappings).batches())
    assert time.process_time() - start < _SECONDS
    return refusal.value


FAR = {
    "a far cell": '<row r="1"><c r="A1"><v>1</v></c></row><row r="900000"><c r="BXX900000"><v>1</v></c></row>',
    "a far column": '<row r="1"><c r="XFD1"><v>1</v></c></row>',
    "beyond every program's columns": '<row r="1"><c r="AAAAAA1"><v>1</v></c></row>',
    "attributes in another order": '<row r="1"><c t="n" r="XFD1"><v>1</v></c></row>',
    "tabs for spaces": '<row\tr="1"><c\tr="XFD1"><v>1</v></c></row>',
    "cells without an address": f'<row r="1">{"<c/>" * 3000}</row>',
    "a cell far below the row it stands in": '<row r="1"><c r="A1"><v>1</v></c><c r="BXX900000"><v>1</v></c></row>',
    "a cell far below, in a plain column": '<row r="1"><c r="A1"><v>1</v></c><c r="Z2000000"><v>1</v></c></row>',
    "small letters": '<row r="1"><c r="a1"><v>1</v></c><c r="xfd1"><v>1</v></c></row>',
    "single quotes": "<row r='1'><c r='A1'><v>1</v></c></row><row r='900000'><c r='BXX900000'><v>1</v></c></row>",
    "blanks about the sign": '<row r="1"><c r="A1"><v>1</v></c><c r = "BXX900000"><v>1</v></c></row>',
    "rows without an address": f"{'<row/>' * 100_000}<row>{'<c><v>1</v></c>' * 900}</row>",
}


@pytest.mark.parametrize("rows", FAR.values(), ids=FAR.keys())
def test_a_sheet_that_reaches_too_far_is_refused_before_room_is_made_for_it(tmp_path: Path, rows: str) -> None:
    assert refused(made(tmp_path / "a.xlsx", rows)).code == "SOURCE_FILE_TOO_LARGE"


def test_a_cell_with_two_addresses_is_refused_before_either_is_believed(tmp_path: Path) -> None:
    rows = '<row r="1"><c r="A1"><v>1</v></c><c r="B1" r="BXX900000"><v>1</v></c></row>'
    assert refused(made(tmp_path / "a.xlsx", rows)).code == "SOURCE_FILE_BROKEN"


def test_a_row_that_is_longer_than_any_table_is_wide_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.reader.sheet_pieces._PIECE", 1 << 20)
    monkeypatch.setattr("connectors.reader.sheet_pieces._LONGEST_ROW", 4 << 20)
    row = f'<row r="1"><c r="A1" t="inlineStr"><is><t>{"x" * (6 << 20)}</t></is></c></row>'
    assert refused(made(tmp_path / "a.xlsx", row)).code == "SOURCE_FILE_TOO_LARGE"


def test_a_sheet_with_a_prefix_on_every_tag_is_looked_through_as_well(tmp_path: Path) -> None:
    rows = '<x:row r="1"><x:c r="XFD1"><x:v>1</x:v></x:c></x:row>'
    assert refused(made(tmp_path / "a.xlsx", rows, prefix="x")).code == "SOURCE_FILE_TOO_LARGE"


def test_a_header_of_two_million_columns_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "续贷.csv"
    path.write_text(",".join(f"列{number}" for number in range(2_000_000)) + "\n1\n", encoding="utf-8")
    error = refused(path, FileForm("*", (RENEWAL,)))
    assert error.code == "SOURCE_FILE_TOO_LARGE"
    assert "2000000 columns" in error.message


def test_a_workbook_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = made(tmp_path / "a.xlsx", "", padding=30_000_000)
    assert path.stat().st_size < 100_000
    monkeypatch.setattr(archives, "MOST_UNPACKED_BYTES", 20_000_000)
    assert refused(path).code == "SOURCE_FILE_TOO_LARGE"


def test_a_workbook_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    path = made(tmp_path / "a.xlsx", "<row/>" * 100_000)
    with zipfile.ZipFile(path) as archive:
        content = archive.read("xl/worksheets/sheet1.xml")
        others = {name: archive.read(name) for name in archive.namelist() if "sheet1" not in name}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", content)
        for name, other in others.items():
            archive.writestr(name, other)
    shrink_stated_size(path, 100)
    assert refused(path).code == "SOURCE_FILE_BROKEN"


def test_entities_that_multiply_are_not_multiplied(tmp_path: Path) -> None:
    path = made(tmp_path / "a.xlsx", "<row/>")
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    bomb = b'<!DOCTYPE b [<!ENTITY a0 "aaaaaaaaaa">'
    for level in range(1, 12):
        bomb += f'<!ENTITY a{level} "{f"&a{level - 1};" * 10}">'.encode()
    bomb += b"]>"
    for name in ("xl/workbook.xml", "xl/worksheets/sheet1.xml"):
        declaration, end, rest = parts[name].partition(b"?>")
        head = declaration + end if end else b""
        parts[name] = head + bomb + (rest if end else declaration).replace("表".encode(), b"&a11;")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    refused(path)


def formulas(*cells: str) -> str:
    header = "".join(f'<c r="{chr(65 + i)}1" t="inlineStr"><is><t>{n}</t></is></c>' for i, n in enumerate(sheets.NAMES))
    return f'<row r="1">{header}</row><row r="2">{"".join(cells)}</row>'


def test_a_formula_is_never_computed_and_one_without_a_result_is_not_empty(tmp_path: Path) -> None:
    bomb = "REPT(" * 60 + "&quot;x&quot;" + ",32767)" * 60
    rows = formulas(
        '<c r="A2"><v>1</v></c>',
        f'<c r="B2" t="str"><f>{bomb}</f><v>凭1</v></c>',
        '<c r="F2" t="str"><f>HYPERLINK(&quot;http://x&quot;)</f><v>=cmd|\' /C calc\'!A0</v></c>',
        f'<c r="G2"><f>{bomb}</f></c>',
        '<c r="H2"><f>1+1</f><v></v></c>',
        '<c r="K2"><f t="shared" si="0"/><v>12</v></c>',
        '<c r="L2" t="e"><f>1/0</f><v>#DIV/0!</v></c>',
        '<c r="C2" t="str"><f>&quot;&quot;</f><v></v></c>',
    )
    (batch,) = FileDelivery(made(tmp_path / "a.xlsx", rows), FORM, FORM.mappings).batches()
    cells = {column.cell: batch.rows[column.heading].item() for column in batch.part.columns}
    assert (cells["B"], cells["K"], cells["C"]) == ("凭1", "12", None)
    assert cells["F"] == "=cmd|' /C calc'!A0", "text is text"
    assert (cells["G"], cells["H"], cells["L"]) == ("#NOT-COMPUTED!", "#NOT-COMPUTED!", "#DIV/0!")
    assert batch.rows[ROW].item() == 2


def test_an_endless_quote_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.reader.delimited._LONGEST_RECORD", 1 << 20)
    monkeypatch.setattr("connectors.reader.delimited._BLOCK", 1 << 19)
    path = tmp_path / "续贷.csv"
    path.write_text('借据号,"' + "x" * (3 << 20), encoding="utf-8")
    error = refused(path, FileForm("*", (RENEWAL,)))
    assert (type(error), error.code) == (ContractError, "SOURCE_ROW_TORN")
