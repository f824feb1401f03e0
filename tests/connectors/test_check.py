"""``hub connector check``: a source is tried, nothing is written, nothing of a row is shown."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import xlsxwriter

from connectors.registry import SOURCES
from connectors.template.connector import SOURCE as TEMPLATE
from hub.catalog.dataset import Agency
from hub.errors import SourceError
from hub.sync.handover import Due
from hub.sync.trial import TriedDelivery, try_source
from schema import CATALOGUE
from tests.connectors.test_every_connector import of_bank, of_finance, of_relief

HEADER = "序号,站点编号,站点名称,站点类型,服务区域代码,新列"
POINTS = Due(Agency.RELIEF, ("service_point",))


def drop(folder: Path, name: str, *lines: str, header: str = HEADER) -> None:
    (folder / name).write_text("\n".join([header, *lines, ""]), encoding="utf-8")


def tried(folder: Path, rows: int = 100) -> list[TriedDelivery]:
    return list(try_source(TEMPLATE.connect({"folder": str(folder)}), CATALOGUE, POINTS, rows))


def test_the_mapping_found_and_the_first_rows_are_counted_with_reasons(tmp_path: Path) -> None:
    drop(
        tmp_path, "服务站点_1.csv", *(f"{n},P{n},甲站,{'村级站' if n % 4 else '??'},522301001001," for n in range(300))
    )
    (found,) = tried(tmp_path)
    part = found.parts["service_point"]
    assert (part.rows, part.accepted, found.refusal) == (100, 75, None)
    assert {(field, code): count for (field, code, _), count in part.faults.items()} == {("kind", "CODE_UNKNOWN"): 25}
    columns = {column.field: (column.heading, column.cell) for column in part.part.columns}
    assert columns["point_id"] == ("站点编号", "B")
    assert "has_withdrawal_post" in part.unmapped


def test_a_refused_file_does_not_hide_the_others(tmp_path: Path) -> None:
    drop(tmp_path, "服务站点_1.csv", "1,甲站", header="序号,站点名称")
    drop(tmp_path, "服务站点_2.csv", "1,P1,甲站,村级站,522301001001,")
    first, second = tried(tmp_path)
    assert first.refusal is not None
    assert first.refusal.code == "SOURCE_HEADING_MISSING"
    assert second.refusal is None
    assert second.parts["service_point"].accepted == 1


def test_a_source_of_which_no_row_passes_is_refused(tmp_path: Path) -> None:
    drop(tmp_path, "服务站点_1.csv", "1,P1,甲站,秘密,522301001001,")
    (found,) = tried(tmp_path)
    assert found.refusal is not None
    assert found.refusal.code == "CONTRACT_NO_ROW_PASSED"


def test_a_source_that_cannot_be_reached_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="SOURCE_FOLDER_UNREADABLE"):
        tried(tmp_path / "nowhere")


@pytest.mark.parametrize("make", [of_bank, of_finance, of_relief])
def test_every_transport_can_be_tried(request: pytest.FixtureRequest, tmp_path: Path, make: object) -> None:
    agency = {of_bank: Agency.BANK, of_finance: Agency.FINANCE, of_relief: Agency.RELIEF}[make]  # type: ignore[index]
    source = SOURCES[agency]
    settings = make(request, tmp_path)  # type: ignore[operator]
    found = list(try_source(source.connect(settings), CATALOGUE, Due(agency, source.datasets)))
    assert {name for delivery in found for name in delivery.parts} == set(source.datasets)
    # Invented cells of one digit pass few contracts; what matters is that each part was read and held against one.
    assert all(part.rows for delivery in found for part in delivery.parts.values())


def test_the_command_shows_the_mapping_and_no_value_and_tells_by_its_exit_code(tmp_path: Path) -> None:
    headings = "流水号,记账日期,收支类型,金额(元),案件编号,摘要"
    lines = ["T1,20200708,拨入,100.00,,秘密", "T2,20200708,拨入,很多,,秘密"]
    (tmp_path / "风险补偿金专户流水1.xlsx").write_bytes(b"")
    (tmp_path / "别的.txt").touch()
    environment = {"HUB_HOME": str(tmp_path / "home"), "HUB_FINANCE_FOLDER": str(tmp_path)}

    def run() -> subprocess.CompletedProcess[str]:
        command = [str(Path(sys.executable).with_name("hub")), "connector", "check", "finance.fund_transaction"]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    unfinished = run()
    assert unfinished.returncode == 1
    assert "SOURCE_FILE_UNFINISHED" in unfinished.stderr
    book = xlsxwriter.Workbook(str(tmp_path / "风险补偿金专户流水1.xlsx"))
    sheet = book.add_worksheet("流水")
    for number, line in enumerate([headings, *lines, "小计,,,100.00,,"]):
        sheet.write_row(number, 0, line.split(","))
    book.close()
    done = run()
    assert (done.returncode, done.stderr) == (0, "")
    assert "booked_on <- 记账日期 (column B)" in done.stdout
    assert "amount <- 金额(元) (column D) in 元" in done.stdout
    assert "1 of the first 2 rows pass" in done.stdout
    assert "note: in the folder of FINANCE, and no form's: 别的.txt\n" in done.stdout
    assert "1 rows are no data (subtotal): 4\n" in done.stdout
    assert "1 rows: amount NUMBER_UNREADABLE" in done.stdout
    assert "秘密" not in done.stdout
    assert "很多" not in done.stdout
    assert not (tmp_path / "home").exists()
