"""A folder of awkward files, one for each problem of the agencies' real ones; docs/awkward-files.md is its table."""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import xlsxwriter
import xlwt

from connectors.bank.mapping import LOAN
from connectors.mapping import Mapping, take
from connectors.transport.folder import FileForm
from hub.errors import HubError
from tests.connectors import sheets
from tests.sync.invented import identity_number


@dataclass
class Outcome:
    """What came of a file: typed rows by dataset, rejects as (row, field, code), totals, or the refusal."""

    rows: dict[str, pl.DataFrame] = field(default_factory=dict[str, pl.DataFrame])
    rejects: list[tuple[int, str, str]] = field(default_factory=list[tuple[int, str, str]])
    raw: list[dict[str, str | None]] = field(default_factory=list[dict[str, str | None]])
    cells: list[str] = field(default_factory=list[str])
    totals: dict[str, int] = field(default_factory=dict[str, int])
    deliveries: dict[str, str] = field(default_factory=dict[str, str])
    refusal: HubError | None = None

    def column(self, dataset: str, name: str) -> list[object]:
        return self.rows[dataset][name].to_list()


@dataclass(frozen=True)
class Problem:
    """One problem of domain brief §3.4, the file that has it, what is to become of it, and how that is seen."""

    problem: str
    file: str
    treatment: str
    make: Callable[[Path], object]
    holds: Callable[[Outcome], bool]
    form: FileForm


PERSON = Mapping(
    "person",
    (
        take("person_id", "人编号"),
        take("household_id", "户编号"),
        take("name", "姓名"),
        take("identity_number", "证件号码"),
    ),
    ignored=("人数", "户类型", "行政村代码", "首次识别时间"),
)
HOUSEHOLD = Mapping(
    "household",
    (
        take("household_id", "户编号"),
        take("region_code", "行政村代码"),
        take("head_name", "姓名"),
        take("size_declared", "人数"),
        take("poverty_status", "户类型"),
        take("registered_on", "首次识别时间"),
    ),
    ignored=("人编号", "证件号码"),
    once=True,
)
MEMBERSHIP = Mapping(
    "membership",
    (
        take("person_id", "人编号"),
        take("household_id", "户编号"),
        take("relation", "与户主关系"),
        take("valid_from", "人员识别时间"),
        take("valid_to", "成员终止时间"),
    ),
)
GROUPED = Mapping(
    "subsidy_payment",
    tuple(
        take("principal", "扶贫小额信贷/本金（万元）") if taken.field == "principal" else taken
        for taken in sheets.SUBSIDY.fields
    ),
)

PERSONS = "人编号,户编号,姓名,证件号码"
REGISTRY = f"{PERSONS},行政村代码,人数,户类型,首次识别时间"
MEMBERS = "人编号,户编号,与户主关系,人员识别时间,成员终止时间"
EVENTS = "事件编号,人编号,户编号,事件类型,发生日期,知悉日期,证明材料"
_LOAN_NAMES = tuple(taken.headings[0] for taken in LOAN.fields)

GOOD = identity_number(1)
WITH_X = next(number for serial in range(100) if (number := identity_number(serial)).endswith("X"))
WIDE = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
WRONG = GOOD[:-1] + ("1" if GOOD[-1] != "1" else "2")
CUT = WRONG[:15] + "000" if identity_number(1)[15:] != "000" else ""

BOOK = FileForm("*.xls*", (sheets.SUBSIDY,))
PEOPLE = FileForm("*.csv", (PERSON,))
BARS = FileForm("*.txt", (LOAN,), separator="|", quoted=False, headings=_LOAN_NAMES)


def text(header: str, *lines: str, encoding: str = "utf-8") -> Callable[[Path], object]:
    return lambda path: path.write_bytes("".join(f"{line}\n" for line in (header, *lines)).encode(encoding))


def book(*rows: Sequence[sheets.Cell], **more: Sequence[Sequence[sheets.Cell]]) -> Callable[[Path], object]:
    return lambda path: sheets.write(path, {"明细": rows, **more}, hidden=tuple(more))


def subsidy(line: int, **changes: sheets.Cell) -> list[sheets.Cell]:
    return sheets.row(line, **({"identity": GOOD} | changes))


def loan(**changes: str) -> str:
    """One loan between bars, by position."""
    cells = dict.fromkeys(_LOAN_NAMES, "") | {
        "借据号": "JJ1",
        "合同号": "HT1",
        "贷款户名": "张三",
        "证件号码": GOOD,
        "发放金额": "50000.00",
        "贷款余额": "0.00",
        "利率": "4.35000",
        "借款日期": "20190105",
        "到期日期": "20220105",
        "结清日期": "20200105",
        "贷款发放类型": "NEW",
        "五级分类": "正常",
        "贷款状态": "SETTLED",
    }
    return "|".join((cells | changes).values())


def bars(*lines: str) -> Callable[[Path], object]:
    return lambda path: path.write_bytes("".join(f"{line}\n" for line in lines).encode("gb18030"))


def repeated_names(path: Path) -> None:
    """A title over all, groups below it, and 本金 under two of them."""
    made = xlsxwriter.Workbook(str(path))
    sheet = made.add_worksheet("小额信贷")
    names = [*sheets.NAMES, "本金（万元）"]
    groups = ["扶贫小额信贷" if name.startswith("本金") else "基本情况" for name in sheets.NAMES] + ["其他"]
    sheet.merge_range(0, 0, 0, len(names) - 1, "小额信贷情况统计表")
    sheet.write_row(1, 0, groups)
    sheet.write_row(2, 0, names)
    sheet.write_row(3, 0, [str(cell) for cell in [*subsidy(1, **_TEXT_DATES), 9.0]])
    made.close()


_TEXT_DATES: dict[str, sheets.Cell] = {"from": "2019-01-01", "to": "2019-06-20", "paid": "2019-07-01"}


def legacy(path: Path) -> None:
    """The same sheet as an office of 2003 would save it."""
    made = xlwt.Workbook(encoding="utf-8")
    _legacy_sheet(made, "明细")
    made.save(str(path))


def legacy_errors(path: Path) -> None:
    """The second sheet of two; one amount is #N/A as such, one is what a formula came to."""
    made = xlwt.Workbook(encoding="utf-8")
    _legacy_sheet(made, "上年")
    sheet = _legacy_sheet(made, "明细")
    amount = sheets.NAMES.index("实贴金额(元)")
    sheet.row(2).set_cell_error(amount, 0x2A)
    sheet.write(3, amount, xlwt.Formula("1/0"))
    made.save(str(path))
    # Written without its result, which a spreadsheet program would have put there.
    file = path.read_bytes()
    place = struct.pack("<HH", 3, amount)
    at = next(i for i in range(len(file)) if file[i : i + 2] == b"\x06\x00" and file[i + 4 : i + 8] == place)
    path.write_bytes(file[: at + 10] + b"\x02\x00\x07\x00\x00\x00\xff\xff" + file[at + 18 :])


def _legacy_sheet(made: xlwt.Workbook, title: str) -> xlwt.Worksheet:
    sheet = made.add_sheet(title, cell_overwrite_ok=True)
    for column, name in enumerate(sheets.NAMES):
        sheet.write(1, column, name)
    sheet.write_merge(0, 0, 0, len(sheets.NAMES) - 1, "贴息发放明细表")
    date = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for number, cells in enumerate([subsidy(1), subsidy(2, village=None)], start=2):
        for column, cell in enumerate(cells):
            if isinstance(cell, dt.date):
                sheet.write(number, column, dt.datetime.combine(cell, dt.time()), date)
            elif cell is not None:
                sheet.write(number, column, cell)
    return sheet


def year_files(path: Path) -> None:
    """Each year's file holds everybody; the household of 2019 is gone in 2020."""
    text(PERSONS, f"P1,H1,张三,{GOOD}")(path.with_name("名单_2019.csv"))
    text(PERSONS, f"P2,H2,李四,{WITH_X}")(path.with_name("名单_2020.csv"))


def units(path: Path) -> None:
    """The same amount in 万元 and in 元, each as its heading says."""
    book(subsidy(1, principal=5.0, amount=50_000.0))(path)


def spaced_text(path: Path) -> None:
    """Every value a text with a space behind it; what is empty is the word null."""
    cells = [f"{cell} " for cell in subsidy(1, **_TEXT_DATES, rate="4.35")]
    cells[sheets.NAMES.index("村")] = "null "
    book(cells)(path)


ENCODED = (f"P1,H1,㛃䶮𠮷,{GOOD}", f"P2,H2,億元,{WITH_X}")


def same_people(outcome: Outcome) -> bool:
    return outcome.column("person", "name") == ["㛃䶮𠮷", "億元"] and not outcome.rejects


def bad_byte(path: Path) -> None:
    path.write_bytes(f"{PERSONS}\nP1,H1,张三,{GOOD}\n".encode() + b"P2,H2,\xff\xff,\n")


def refused(code: str, *words: str) -> Callable[[Outcome], bool]:
    return lambda outcome: (
        outcome.refusal is not None
        and outcome.refusal.code == code
        and all(word in str(outcome.refusal) for word in words)
    )


def rejected(*expected: tuple[int, str, str]) -> Callable[[Outcome], bool]:
    return lambda outcome: outcome.rejects == list(expected) and len(outcome.raw) == len(expected)
