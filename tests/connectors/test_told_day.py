"""The day whose state a file tells, from a cell above its table or from a column of it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import xlsxwriter

from connectors.reader.told_day import CellAbove, DayColumn
from connectors.transport.folder import FileDelivery, FileForm
from hub.errors import SourceError
from tests.connectors.test_delimited import HEADER, RENEWAL

ABOVE = CellAbove(r"截至日期[::]?\s*(\S+)")
COLUMN = DayColumn("数据日期")


def delivery(path: Path, by: str | CellAbove | DayColumn) -> FileDelivery:
    return FileDelivery(path, FileForm("*", (RENEWAL,), as_of=by), (RENEWAL,))


def book(path: Path, *sheets: list[list[str | None]]) -> Path:
    with xlsxwriter.Workbook(str(path)) as made:
        for rows in sheets:
            sheet = made.add_worksheet()
            for number, row in enumerate([*rows, HEADER.split(","), ["L1", "L0", "20200708", "5"]]):
                sheet.write_row(number, 0, row)
    return path


def text(path: Path, *days: str) -> Path:
    rows = [f"L{number},L0,20200708,5,,{day}" for number, day in enumerate(days)]
    path.write_text("\n".join([f"{HEADER},数据日期", *rows, ""]), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "row",
    [["截至日期:2020-07-08"], ["单位:元", None, "截至日期: 2020年7月8日"], ["截至日期", None, "20200708"]],
    ids=["in the title", "beside the unit", "in the next cell"],
)
def test_a_cell_above_the_table_tells_the_day(tmp_path: Path, row: list[str | None]) -> None:
    found = delivery(book(tmp_path / "续贷.xlsx", [["续贷明细表"], row]), ABOVE)
    assert found.as_of is not None
    assert found.as_of.isoformat() == "2020-07-08T23:59:59+08:00"
    assert sum(batch.rows.height for batch in found.batches()) == 1


def test_a_workbook_whose_sheets_tell_several_days_or_none_is_refused(tmp_path: Path) -> None:
    two = book(tmp_path / "两期.xlsx", [["截至日期:2020-07-08"]], [["截至日期:2020-07-09"]])
    with pytest.raises(SourceError, match="SOURCE_DAYS_DIFFER"):
        _ = delivery(two, ABOVE).as_of
    with pytest.raises(SourceError, match="SOURCE_DAY_MISSING"):
        _ = delivery(book(tmp_path / "无期.xlsx", [["续贷明细表"]]), ABOVE).as_of


def test_a_column_tells_the_day(tmp_path: Path) -> None:
    found = delivery(text(tmp_path / "续贷.csv", "20200708", "2020-07-08", ""), COLUMN)
    assert found.as_of is not None
    assert found.as_of.date() == date(2020, 7, 8)
    assert sum(batch.rows.height for batch in found.batches()) == 3


def test_a_column_of_several_days_or_without_any_is_refused(tmp_path: Path) -> None:
    found = delivery(text(tmp_path / "两期.csv", "20200708", "20200709"), COLUMN)
    with pytest.raises(SourceError, match="SOURCE_DAYS_DIFFER"):
        list(found.batches())
    for name, by in (("无期.csv", COLUMN), ("无列.csv", DayColumn("统计日期"))):
        with pytest.raises(SourceError, match="SOURCE_DAY_MISSING"):
            _ = delivery(text(tmp_path / name, "", ""), by).as_of
