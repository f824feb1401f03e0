from __future__ import annotations

import datetime as dt
import logging
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
import xlwt

from connectors.reader.cell import Value, column_letter, column_of_texts, text_of
from connectors.reader.sheet import Reading, read_grid
from connectors.reader.workbook import Workbook
from connectors.transport.folder import FileDelivery, FileForm
from hub.errors import ContractError, SourceError
from hub.sync.handover import ROW, Batch, Unit
from tests.connectors import sheets

FORM = FileForm("*.xlsx", (sheets.SUBSIDY,))


def read(path: Path) -> list[Batch]:
    return list(FileDelivery(path, FORM, FORM.mappings).batches())


def by_field(batch: Batch) -> pl.DataFrame:
    names = {column.heading: column.field for column in batch.part.columns}
    return batch.rows.select(ROW, *(pl.col(heading).alias(field) for heading, field in names.items()))


def test_title_rows_and_two_row_headers_are_found(tmp_path: Path) -> None:
    batch = read(sheets.write(tmp_path / "a.xlsx", {"黄草街道": [sheets.row(1), sheets.row(2)]}))[0]
    assert batch.part.sheet == "黄草街道"
    columns = {column.field: column for column in batch.part.columns}
    assert (columns["payee_name"].heading, columns["payee_name"].cell) == ("借款人/姓名", "D")
    assert (columns["line"].heading, columns["line"].cell) == ("序号", "A")
    assert columns["principal"].unit is Unit.TEN_THOUSAND_YUAN
    assert columns["amount"].unit is Unit.YUAN
    assert columns["rate"].unit is Unit.PERCENT
    assert by_field(batch)[ROW].to_list() == [4, 5], "as the user sees the rows"


def test_cells_become_exact_text(tmp_path: Path) -> None:
    rows = [sheets.row(1, amount=5000000000.01, principal=0.1 + 0.2, days="１７１", loan=" JJ1 ", rate="4.35%")]
    batch = by_field(read(sheets.write(tmp_path / "a.xlsx", {"表": rows}))[0])
    got = batch.row(0, named=True)
    assert got["amount"] == "5000000000.01"
    assert Decimal(got["principal"]) == Decimal("0.3")
    assert (got["days"], got["loan_id"], got["rate"]) == ("１７１", " JJ1 ", "4.35%"), "text stays as it is"
    assert (got["period_from"], got["line"]) == ("2019-01-01", "1")
    assert all(kind in (pl.String, pl.Int64) for kind in batch.dtypes)


def test_an_identity_number_kept_as_number_cannot_pass_for_one(tmp_path: Path) -> None:
    rows = [sheets.row(1, identity=522301198001010019.0), sheets.row(2)]
    got = by_field(read(sheets.write(tmp_path / "a.xlsx", {"表": rows}))[0])["payee_identity_number"].to_list()
    assert got == ["5.22301198001010E+17", "52230119800101001X"]


def test_serial_dates_without_a_format_stay_numbers(tmp_path: Path) -> None:
    batch = by_field(read(sheets.write(tmp_path / "a.xlsx", {"表": [sheets.row(1, paid=43647.0)]}))[0])
    assert batch["paid_on"].to_list() == ["43647"]


def test_blank_cells_are_carried_down_only_where_declared(tmp_path: Path) -> None:
    rows = [sheets.row(1), sheets.row(2, village=None, voucher=None), sheets.row(3, village="纳具村")]
    got = by_field(read(sheets.write(tmp_path / "a.xlsx", {"表": rows}))[0])
    assert got["batch"].to_list() == ["坡岗村", "坡岗村", "纳具村"]
    assert got["voucher_number"].to_list() == ["凭2019001", None, "凭2019001"]


def test_totals_are_handed_over_and_are_not_data(tmp_path: Path) -> None:
    rows = [sheets.row(1), sheets.total("小 计", 1033.13), sheets.row(2), sheets.total("合　计", "2,066.26"), []]
    rows += [["制表人：李四"]]
    batch = read(sheets.write(tmp_path / "a.xlsx", {"表": rows}))[-1]
    assert batch.rows[ROW].to_list() == [4, 6]
    assert batch.control_totals == {"贴息/实贴金额(元)": "2,066.26"}


def test_each_sheet_is_a_part_and_hidden_ones_are_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    content = {"甲乡": [sheets.row(1)], "乙乡": [sheets.row(1)], "底稿": [sheets.row(1)]}
    with caplog.at_level(logging.WARNING):
        batches = read(sheets.write(tmp_path / "a.xlsx", content, hidden=["底稿"]))
    assert [batch.part.sheet for batch in batches] == ["甲乡", "乙乡"]
    assert "底稿" in caplog.text


def test_an_error_in_a_formula_does_not_become_an_empty_cell(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("表")
    sheet.write_row(1, 1, [name.replace("本金（万元）", "本金") for name in sheets.NAMES])
    sheet.write(0, 1, "单位：元")
    sheet.write_row(2, 1, ["1", "凭1", "坡岗村", "张三", "52230119800101001X", "JJ1"])
    sheet.write_formula(2, 7, "=1/0", None, "#DIV/0!")
    book.close()
    form = FileForm("*.xlsx", (sheets.SUBSIDY,))
    batch = by_field(next(iter(FileDelivery(path, form, form.mappings).batches())))
    assert batch["principal"].to_list() == ["#DIV/0!"]


def test_the_unit_may_stand_above_the_table_or_in_a_row_of_units(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    names = [name.split("（")[0].split("(")[0] for name in sheets.NAMES]
    book = xlsxwriter.Workbook(str(path))
    above, below = book.add_worksheet("上"), book.add_worksheet("下")
    above.write(0, 0, "贴息明细")
    above.write(1, 0, "编制：财政局")
    above.write(1, 8, "单位：万元")
    above.write_row(2, 0, names)
    above.write_row(3, 0, ["1"] * len(names))
    below.write_row(0, 0, names)
    below.write_row(1, 6, ["万元", "%", "", "", "天", "元"])
    below.write_row(2, 0, ["1"] * len(names))
    book.close()
    units = [{c.field: c.unit for c in batch.part.columns} for batch in read(path)]
    assert [unit["principal"] for unit in units] == [Unit.TEN_THOUSAND_YUAN] * 2
    assert [unit["amount"] for unit in units] == [Unit.TEN_THOUSAND_YUAN, Unit.YUAN]
    assert [unit["rate"] for unit in units] == [Unit.PERCENT] * 2
    assert [batch.rows[ROW].to_list() for batch in read(path)] == [[4], [3]]


def test_a_name_that_repeats_under_groups_is_told_apart_by_its_group(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    rows = [["单位：元", *[None] * 12], sheets.GROUPS, sheets.NAMES]
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("表")
    for number, cells in enumerate(rows):
        sheet.write_row(number, 0, cells)
    sheet.write(1, 13, "其他")
    sheet.write(2, 13, "姓名")
    sheet.write_row(3, 0, ["1"] * 14)
    book.close()
    batch = read(path)[0]
    assert {c.field: c.cell for c in batch.part.columns}["payee_name"] == "D"


def test_a_sheet_without_the_headings_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(str(path))
    book.add_worksheet("说明").write(0, 0, "请于每月10日前报送")
    book.close()
    with pytest.raises(ContractError) as refusal:
        read(path)
    assert refusal.value.code == "SOURCE_HEADER_NOT_FOUND"
    assert "a.xlsx, sheet 说明" in refusal.value.message


def test_a_missing_column_names_file_and_sheet(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(str(path))
    book.add_worksheet("表").write_row(0, 0, [name for name in sheets.NAMES if name != "证件号码"])
    book.close()
    with pytest.raises(ContractError) as refusal:
        read(path)
    assert refusal.value.code == "SOURCE_HEADING_MISSING"
    assert refusal.value.message.startswith("a.xlsx, sheet 表: no heading for 证件号码")


def test_a_sheet_with_headings_only_is_an_empty_delivery(tmp_path: Path) -> None:
    batches = read(sheets.write(tmp_path / "a.xlsx", {"表": []}))
    assert [batch.rows.height for batch in batches] == [0]
    assert batches[0].part.dataset == "subsidy_payment"


def test_a_stray_cell_beside_the_table_makes_no_row_of_data_a_remark(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("表")
    sheet.write_row(0, 0, ["单位：元"])
    sheet.write_row(1, 0, sheets.NAMES)
    sheet.write_row(2, 0, ["说明：补报", *["1"] * 12])
    sheet.write(3, 40, "看过")
    sheet.write_row(4, 0, ["说明：以上无误"])
    book.close()
    (batch,) = read(path)
    assert batch.rows[ROW].to_list() == [3, 4], "what stands in a row of its own is judged, not dropped"


def test_a_row_of_nothing_but_errors_is_a_row(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("表")
    sheet.write_row(0, 0, sheets.NAMES)
    for column in range(len(sheets.NAMES)):
        sheet.write_formula(1, column, "=其他!A1", None, "#REF!")
        sheet.write_formula(3, column, "=其他!A1", None, "#REF!")
    sheet.write(2, 0, "2")
    book.close()
    (batch,) = read(path)
    assert batch.rows[ROW].to_list() == [2, 3, 4]
    assert by_field(batch)["line"].to_list() == ["#REF!", "2", "#REF!"]


@pytest.mark.parametrize("name", ["新.xls", "旧.xlsx"])
def test_a_workbook_is_what_it_holds_whatever_its_name_ends_in(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "新.xls":
        sheets.write(path.with_suffix(".xlsx"), {"表": [sheets.row(1)]}).rename(path)
    else:
        made = xlwt.Workbook(encoding="utf-8")
        sheet = made.add_sheet("表")
        for column, heading in enumerate(sheets.NAMES):
            sheet.write(0, column, heading)
            sheet.write(1, column, "1")
        made.save(str(path))
    form = FileForm("*", (sheets.SUBSIDY,))
    (batch,) = FileDelivery(path, form, form.mappings).batches()
    assert batch.rows.height == 1


@pytest.mark.parametrize("keep", [0.3, 0.9, 0.999])
def test_half_a_workbook_is_refused_by_name(tmp_path: Path, keep: float) -> None:
    path = sheets.write(tmp_path / "贴息.xlsx", {"表": [sheets.row(line) for line in range(200)]})
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * keep)])
    with pytest.raises(SourceError) as refusal:
        read(path)
    assert refusal.value.code == "SOURCE_FILE_BROKEN"
    assert "贴息.xlsx" in refusal.value.message


def test_a_damaged_byte_is_refused(tmp_path: Path) -> None:
    path = sheets.write(tmp_path / "a.xlsx", {"表": [sheets.row(line) for line in range(200)]})
    content = bytearray(path.read_bytes())
    place = content.find(b"xl/worksheets/sheet1.xml") + 200
    content[place : place + 50] = b"\xff" * 50
    path.write_bytes(content)
    with pytest.raises(SourceError) as refusal:
        read(path)
    assert refusal.value.code == "SOURCE_FILE_BROKEN"


def test_batches_are_bounded_and_totals_come_with_the_last(tmp_path: Path) -> None:
    rows = [sheets.row(line) for line in range(1, 206)]
    path = sheets.write(tmp_path / "a.xlsx", {"表": [*rows, sheets.total("合计", 5.0)]})
    with Workbook(path) as book:
        batches = list(read_grid(book.grid("表"), Reading(FORM.mappings, "a.xlsx", size=200)))
    assert [batch.rows.height for batch in batches] == [200, 5]
    assert [bool(batch.control_totals) for batch in batches] == [False, True]


def test_columns_have_their_letters() -> None:
    assert [column_letter(index) for index in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_a_column_of_numbers_reads_as_its_single_cells_do() -> None:
    values: list[Value] = [0.1 + 0.2, 1e-7, 1e16, 522301198001010019.0, 4.0, -2.5, 0.0, -0.0, 999999999999999.5, ""]
    values += [1234567.89, 12345678901234.56, 5e-324, 44444444444444.44]
    assert column_of_texts("x", values).to_list() == [text_of(value) for value in values]
    days: list[Value] = [dt.date(2020, 7, 8), "", dt.date(1900, 1, 1)]
    assert column_of_texts("x", days).to_list() == ["2020-07-08", None, "1900-01-01"]
    assert column_of_texts("x", [*days, dt.datetime(2020, 7, 8, 9, 0)]).to_list()[3] == "2020-07-08 09:00:00"  # noqa: DTZ001  # cells have none
    assert column_of_texts("x", [1.0, "1", True]).to_list() == ["1", "1", "true"]
