"""Awkward but ordinary workbooks, written as an office would write them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from connectors.mapping import Mapping as FieldMapping
from connectors.mapping import take
from hub.sync.handover import Unit

Cell = str | float | dt.date | None

SUBSIDY = FieldMapping(
    "subsidy_payment",
    (
        take("voucher_number", "凭证号"),
        take("line", "序号"),
        take("batch", "村", blank_down=True),
        take("loan_id", "借据号"),
        take("payee_name", "借款人/姓名", "姓名"),
        take("payee_identity_number", "证件号码"),
        take("principal", "本金"),
        take("rate", "利率", unit=Unit.PERCENT),
        take("period_from", "计息起日"),
        take("period_to", "计息止日"),
        take("days", "天数"),
        take("amount", "实贴金额"),
        take("paid_on", "支付日期"),
    ),
    ignored=("备注",),
)

GROUPS = ["", "", "借款人", "借款人", "借款人", "贷款", "贷款", "贷款", "计息", "计息", "计息", "贴息", "支付"]
NAMES = ["序号", "凭证号", "村", "姓名", "证件号码", "借据号", "本金（万元）", "利率(%)", "计息起日", "计息止日"]
NAMES += ["天数", "实贴金额(元)", "支付日期"]


def row(line: int, **changes: Cell) -> list[Cell]:
    cells: dict[str, Cell] = {
        "line": float(line),
        "voucher": "凭2019001",
        "village": "坡岗村",
        "name": "张三",
        "identity": "52230119800101001X",
        "loan": f"JJ{line:08d}",
        "principal": 5.0,
        "rate": 4.35,
        "from": dt.date(2019, 1, 1),
        "to": dt.date(2019, 6, 20),
        "days": 171.0,
        "amount": 1033.13,
        "paid": dt.date(2019, 7, 1),
    }
    return list((cells | changes).values())


def write(path: Path, sheets: Mapping[str, Sequence[Sequence[Cell]]], *, hidden: Sequence[str] = ()) -> Path:
    """Each sheet: a merged title, merged group headings, headings (ungrouped ones merged over both rows), the rows."""
    book = xlsxwriter.Workbook(str(path))
    date = book.add_format({"num_format": "yyyy-mm-dd"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        _write_header(sheet, f"贴息发放明细表({name})")
        for number, cells in enumerate(rows, start=3):
            for column, cell in enumerate(cells):
                if isinstance(cell, dt.date):
                    sheet.write_datetime(number, column, dt.datetime.combine(cell, dt.time()), date)
                elif cell is not None:
                    sheet.write(number, column, cell)
        if name in hidden:
            sheet.hide()
    book.close()
    return path


def _write_header(sheet: Any, title: str) -> None:
    sheet.merge_range(0, 0, 0, len(NAMES) - 1, title)
    for column, (group, heading) in enumerate(zip(GROUPS, NAMES, strict=True)):
        if not group:
            sheet.merge_range(1, column, 2, column, heading)
            continue
        sheet.write(2, column, heading)
        width = GROUPS.count(group)
        if width == 1:
            sheet.write(1, column, group)
        elif GROUPS.index(group) == column:
            sheet.merge_range(1, column, 1, column + width - 1, group)


def total(label: str, amount: Cell, column: int = 11) -> list[Cell]:
    cells: list[Cell] = [None] * len(NAMES)
    cells[0] = label
    cells[column] = amount
    return cells
