"""What the finance bureau's writer puts into a sheet is what a reader of workbooks finds there."""

from datetime import date
from pathlib import Path
from zipfile import ZipFile

from python_calamine import CalamineWorkbook

from demo.workbook import Workbook

HEADINGS = (("", "序号"), ("贷款", "借据号"), ("贷款", "金额(元)"), ("", "日期"))


def test_cells_merged_headings_and_days_are_read_as_they_were_written(tmp_path: Path) -> None:
    texts = ["甲&乙<丙>", " 两端空格 ", '"引号"', None]
    with Workbook(tmp_path / "账.xlsx") as book:
        book.sheet("空表").head("空", HEADINGS)
        sheet = book.sheet("明细")
        sheet.head("标题", HEADINGS)
        below = sheet.rows([[1, 2, 3, 4], texts, [0.1, 1234567.89, None, -5], [44_020] * 4], frozenset((3,)), 3)
        sheet.row({0: "合计", 2: 1234562.99}, below)
    read = CalamineWorkbook.from_path(str(tmp_path / "账.xlsx"))
    assert read.sheet_names == ["空表", "明细"]
    found = read.get_sheet_by_name("明细")
    assert set(found.merged_cell_ranges or ()) == {((0, 0), (0, 3)), ((1, 1), (1, 2))}
    day = date(2020, 7, 8)
    assert found.to_python() == [
        ["标题", "", "", ""],
        ["", "贷款", "", ""],
        ["序号", "借据号", "金额(元)", "日期"],
        [1, texts[0], 0.1, day],
        [2, texts[1], 1234567.89, day],
        [3, texts[2], "", day],
        [4, "", -5, day],
        ["合计", "", 1234562.99, ""],
    ]


def test_more_rows_than_are_written_at_once_stay_in_their_order_and_the_same_book_is_the_same_bytes(
    tmp_path: Path,
) -> None:
    for name in ("一", "二"):
        with Workbook(tmp_path / f"{name}.xlsx") as book:
            sheet = book.sheet("多")
            sheet.head("标题", HEADINGS[:1])
            assert sheet.rows([list(range(1_201))], frozenset(), 3) == 1_204
    assert (tmp_path / "一.xlsx").read_bytes() == (tmp_path / "二.xlsx").read_bytes()
    rows = CalamineWorkbook.from_path(str(tmp_path / "一.xlsx")).get_sheet_by_index(0).to_python()
    assert [row[0] for row in rows[3:]] == list(range(1_201))
    with ZipFile(tmp_path / "一.xlsx") as archive:
        assert archive.testzip() is None
