from __future__ import annotations

import datetime as dt
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from connectors.reader import archive, sheet_pieces
from connectors.reader.cell import column_letter, text_of
from connectors.reader.sheet_xml import AnySheet, UnusualError, UsualRows
from connectors.reader.workbook import Workbook
from hub.errors import SourceError
from hub.sync.handover import ROW
from tests.connectors.test_hostile import made

Places = Mapping[tuple[int, int], str | None]

ERROR = '<c r="{}" t="e"><f>1/0</f><v>#DIV/0!</v></c>'
FORMULA = '<c r="{}"><f>A1+1</f></c>'
KINDS = (
    '<c r="{}"><v>4.5</v></c>',
    '<c r="{}" s="0"><v>7</v></c>',
    '<c r="{}" t="inlineStr"><is><t>文 &lt;c</t></is></c>',
)
CELL = st.sampled_from((*KINDS, ERROR, FORMULA, '<c r="{}" s="1"/>', '<c r="{}" t="str"><f>""</f><v></v></c>'))
ROWS = st.dictionaries(st.integers(1, 120), st.dictionaries(st.integers(0, 30), CELL, max_size=4), max_size=25)


@contextmanager
def in_small_pieces(size: int) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sheet_pieces, "_PIECE", size)
        patch.setattr(archive, "_BLOCK", max(size // 3, 7))
        yield


def rows_of(content: Mapping[int, Mapping[int, str]], tag: str = "") -> str:
    text = ""
    for row, cells in sorted(content.items()):
        own = (cells[column].format(f"{column_letter(column)}{row}") for column in sorted(cells))
        text += f'<row r="{row}" spans="1:9">{"".join(own)}</row>'
    for name in ("row", "c", "v", "f", "is", "t") if tag else ():
        text = text.replace(f"<{name} ", f"<{tag}{name} ").replace(f"<{name}>", f"<{tag}{name}>")
        text = text.replace(f"</{name}>", f"</{tag}{name}>")
    return text


def cells_of(path: Path, first_row: int = 1) -> Places:
    found: dict[tuple[int, int], str | None] = {}
    with Workbook(path) as book:
        for frame in book.grid("表").frames(first_row, 3, 50):
            for row in frame.iter_rows(named=True):
                number = row.pop(ROW)
                assert (number, 0) not in found, "no row comes twice"
                found |= {(number, int(column)): text for column, text in row.items()}
        numbers = [number for number, _ in found]
        assert numbers == sorted(numbers)
    return {place: text for place, text in found.items() if text is not None}


def expected(path: Path, content: Mapping[int, Mapping[int, str]]) -> Places:
    """What the bare reader says of the whole sheet, and beside it what it keeps to itself."""
    sheet = CalamineWorkbook.from_path(path).get_sheet_by_name("表")
    left = sheet.start[1] if sheet.start else 0
    rows = sheet.iter_rows() if sheet.start else ()
    plain = {(r, c): text_of(cell) for r, row in enumerate(rows, 1) for c, cell in enumerate(row, left)}
    odd = {ERROR: "#DIV/0!", FORMULA: "#NOT-COMPUTED!"}
    told = {(r, c): odd[cell] for r, cells in content.items() for c, cell in cells.items() if cell in odd}
    return {place: text for place, text in (plain | told).items() if text is not None}


@settings(max_examples=60, deadline=None)
@given(content=ROWS, size=st.integers(60, 900), tag=st.sampled_from(("", "x:")))
def test_a_sheet_cut_into_pieces_reads_as_the_bare_reader_reads_it_whole(
    content: dict[int, dict[int, str]], size: int, tag: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = made(Path(folder) / "a.xlsx", rows_of(content, tag), prefix=tag.rstrip(":"))
        wanted = expected(path, content)
        with in_small_pieces(size):
            assert cells_of(path) == wanted
            assert cells_of(path, 60) == {place: text for place, text in wanted.items() if place[0] >= 60}
            with Workbook(path) as book:
                head = book.grid("表").head(40)
    got = {(r, c): text for r, row in enumerate(head, 1) for c, text in enumerate(row) if text is not None}
    assert got == {place: text for place, text in wanted.items() if place[0] <= 40}


@settings(max_examples=60, deadline=None)
@given(content=ROWS)
def test_usual_rows_tell_what_a_whole_parse_tells(content: dict[int, dict[int, str]]) -> None:
    text, usual, whole = rows_of(content).encode(), UsualRows(), AnySheet()
    stretch = usual.stretch(text)
    whole.parse([b"<worksheet><sheetData>", text, b"</sheetData></worksheet>"])
    assert (dict(stretch.special) if stretch else {}) == whole.special
    assert usual.rows == whole.rows
    assert usual.columns == max(whole.columns, 26)


UNUSUAL = {
    "quoted otherwise": "<row r='1'><c r='A1'><v>1</v></c></row>",
    "a cell in another row": '<row r="1"><c r="A900000"><v>1</v></c></row>',
    "two addresses": '<row r="1"><c r="A1" r="B900000"><v>1</v></c></row>',
    "small letters": '<row r="1"><c r="a1"><v>1</v></c></row>',
    "a blank about the sign": '<row r="1"><c r ="A1"><v>1</v></c></row>',
    "rows upwards": '<row r="2"><c r="A2"/></row><row r="1"><c r="A1"/></row>',
    "a row twice": '<row r="2"><c r="A2"/></row><row r="2"><c r="B2"/></row>',
    "another prefix": '<row r="1"><y:c r="A1"><v>1</v></y:c></row>',
    "no address": '<row r="1"><c><v>1</v></c></row>',
    "an error set out otherwise": '<row r="1"><c r="A1" t="e"> <v>#N/A</v></c></row>',
}


@pytest.mark.parametrize("rows", UNUSUAL.values(), ids=UNUSUAL.keys())
def test_what_no_usual_program_writes_is_left_to_a_whole_parse(rows: str) -> None:
    with pytest.raises(UnusualError):
        UsualRows().stretch(rows.encode())


def test_an_error_is_one_however_its_cell_is_written(tmp_path: Path) -> None:
    rows = "<row r='1'><c r='A1' t='e'><v>#N/A</v></c><c t='e'><v>#REF!</v></c></row>"
    assert cells_of(made(tmp_path / "a.xlsx", rows)) == {(1, 0): "#N/A", (1, 1): "#REF!"}


def test_a_cell_that_says_to_be_in_a_row_of_another_piece_refuses_the_file(tmp_path: Path) -> None:
    rows = "".join(f'<row r="{r}"><c r="A{r // 10 * 10 + 9}"><v>{r}</v></c></row>' for r in range(100, 175))
    path = made(tmp_path / "a.xlsx", rows)
    with in_small_pieces(1200), pytest.raises(SourceError) as refusal:
        cells_of(path)
    assert refusal.value.code == "SOURCE_FILE_BROKEN"


@pytest.mark.parametrize("end", ["", "<!-- </sheetData> -->"])
def test_a_sheet_without_an_end_is_refused(tmp_path: Path, end: str) -> None:
    path = made(tmp_path / "a.xlsx", '<row r="1"><c r="A1"><v>1</v></c></row>')
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    parts["xl/worksheets/sheet1.xml"] = parts["xl/worksheets/sheet1.xml"].partition(b"</sheetData>")[0] + end.encode()
    with zipfile.ZipFile(path, "w") as new:
        for name, content in parts.items():
            new.writestr(name, content)
    with pytest.raises(SourceError) as refusal:
        cells_of(path)
    assert refusal.value.code == "SOURCE_FILE_BROKEN"


def test_merged_cells_dates_and_shared_texts_come_through_pieces(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(str(path), {"date_1904": True, "default_date_format": "yyyy-mm-dd"})
    sheet, other = book.add_worksheet("表"), book.add_worksheet("又")
    sheet.merge_range(0, 0, 0, 3, "标题")
    for row in range(1, 300):
        sheet.write_row(row, 0, [f"文{row % 7}", row, True])
        sheet.write_datetime(row, 3, dt.date(2020, 7, 8))
    other.write(0, 0, "x")
    book.close()
    with in_small_pieces(1500), Workbook(path) as opened:
        grid = opened.grid("表")
        assert list(grid.merged) == [((0, 0), (0, 3))]
        frames = list(grid.frames(2, 4, 1000))
        assert len(frames) > 5
        assert sum(frame.height for frame in frames) == 299
        assert frames[-1].row(-1) == (300, "文5", "299", "true", "2020-07-08")
        assert opened.grid("又").head(1) == [["x"]]


def test_nothing_of_a_workbook_lies_in_the_temporary_folder_while_its_rows_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(spool))
    path = made(tmp_path / "a.xlsx", rows_of({row: {0: KINDS[0]} for row in range(1, 200)}))
    with in_small_pieces(1000), Workbook(path) as book:
        frames = book.grid("表").frames(1, 1, 50)
        next(frames)
        assert list(spool.iterdir()) == []
        assert len(list(frames)) > 5
