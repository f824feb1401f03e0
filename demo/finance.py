"""The finance bureau: workbooks in a folder, with title rows, group headings and 合计 rows."""

import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import numpy as np
import polars as pl

from demo.awkward import BLANK_INSIDE, BLANKS_AROUND
from demo.books import Books
from demo.columns import NONE, Columns, Ints, chosen, height
from demo.days import BATCHES
from demo.identity import cards, identity_numbers
from demo.layout import workbooks_folder
from demo.places import TOWNSHIP_CODES, TOWNSHIP_NAMES, VILLAGE_NAMES, VILLAGE_TOWNSHIP
from demo.replica import replicas
from demo.wording import contract_numbers, dates, listed, loan_numbers, numbered, percent, person_names, spread, yuan
from demo.workbook import Workbook

_SUBSIDY_HEADINGS = (
    ("", "序号"),
    ("", "批次"),
    ("", "凭证号"),
    ("借款人", "村"),
    ("借款人", "姓名"),
    ("借款人", "证件号码"),
    ("贷款", "合同号"),
    ("贷款", "借据号"),
    ("贷款", "贷款本金(元)"),
    ("贷款", "利率(%)"),
    ("计息", "计息起日"),
    ("计息", "计息止日"),
    ("计息", "天数"),
    ("贴息金额", "应贴金额(元)"),
    ("贴息金额", "实贴金额(元)"),
    ("支付", "收款账号"),
    ("支付", "支付日期"),
)
_CASE_HEADINGS = (
    ("", "案件编号"),
    ("借款人", "姓名"),
    ("借款人", "证件号码"),
    ("贷款", "借据号"),
    ("启动", "启动原因"),
    ("办理", "申请日期"),
    ("办理", "批准日期"),
    ("办理", "拨付日期"),
    ("金额（万元）", "损失本金"),
    ("金额（万元）", "损失利息"),
    ("金额（万元）", "补偿金额"),
    ("", "补偿金承担比例(%)"),
    ("", "案件状态"),
)
_FUND_HEADINGS = (
    ("", "流水号"),
    ("", "记账日期"),
    ("", "收支类型"),
    ("", "金额(元)"),
    ("关联", "案件编号"),
    ("关联", "借据号"),
    ("", "摘要"),
)
_TRIGGERS = ("主要劳动力死亡", "主要劳动力丧失劳动能力", "绝户", "逾期达到约定天数")
_STATES = ("申请", "批准", "已拨付", "结案", "不予补偿")
_KINDS = ("拨入", "补偿", "追回", "利息", "收回")

# Excel counts days from 1899-12-30.
_EXCEL_EPOCH = 25_569
_FIRST_ROW = 3  # zero-based row of the first record

_TRUNCATED, _IMPOSSIBLE_DATE = 1, 2  # quirks of subsidy rows


def _subsidy_rows(faulty: Books, clean: Books, scale: int, batch: int, township: int) -> tuple[Columns, Ints]:
    """The records of one sheet with their replicas, ordered by village, replica and loan."""
    parts = []
    for books, first, count in ((faulty, 0, 1), (clean, 1, scale - 1)):
        if count <= 0:
            continue
        rows = books.subsidies
        here = (rows["batch"] == batch) & (VILLAGE_TOWNSHIP[rows["village"]] == township)
        rows = chosen(rows, here)
        loans = books.plan.loans
        # A planted fault names a loan that does not exist.
        rows["signed"] = loans["disbursed"][np.minimum(rows["loan"], height(loans) - 1)]
        parts.append(spread(rows, first, count))
    table = {name: np.concatenate([part[0][name] for part in parts]) for name in parts[0][0]}
    replica = np.concatenate([part[1] for part in parts])
    order = np.lexsort((table["from"], table["loan"], replica, table["village"]))
    return chosen(table, order), replica[order]


def _commas(fen: Ints) -> pl.Series:
    """Yuan with two decimals and thousands commas."""
    text = yuan(fen)
    return text.str.replace(r"^(\d+)(\d{3})\.", "$1,$2.")


def _subsidy_columns(
    persons: tuple[Columns, Columns], rows: Columns, replica: Ints, label: str, voucher: str, *, as_text: bool
) -> list[list[Any]]:
    size = len(replica)
    planted = replica == 0

    def of_person(function: Any) -> pl.Series:
        first = function(persons[0], replica[planted], rows["payee"][planted])
        if planted.all():
            return pl.Series(first)
        both = pl.Series([None] * size, dtype=pl.String)
        both = both.scatter(np.flatnonzero(planted), first)
        others = function(persons[1], replica[~planted], rows["payee"][~planted])
        return both.scatter(np.flatnonzero(~planted), others)

    village = rows["village"]
    run = np.concatenate([[True], village[1:] != village[:-1]])
    villages = [
        VILLAGE_NAMES[place] if new else None for place, new in zip(village.tolist(), run.tolist(), strict=True)
    ]
    numbers = loan_numbers(replica, rows["loan"])
    names = of_person(person_names)
    identities: list[Any] = of_person(identity_numbers).to_list()
    quirk = rows["quirk"]
    for place in np.flatnonzero(quirk == _TRUNCATED).tolist():
        identities[place] = float(identities[place][:15] + "000")
    numbers = numbers.scatter(
        np.flatnonzero(quirk == BLANKS_AROUND), " " + numbers.filter(pl.Series(quirk == BLANKS_AROUND)) + " "
    )
    split = names.filter(pl.Series(quirk == BLANK_INSIDE)).str.replace(r"^(.)(.)", "$1 $2")
    names = names.scatter(np.flatnonzero(quirk == BLANK_INSIDE), split)
    days: list[list[Any]]
    if as_text:
        days = [_dotted(rows[name]).to_list() for name in ("from", "to", "paid")]
        money = [_commas(rows[name]).to_list() for name in ("principal", "due", "amount")]
        rate: list[Any] = percent(rows["rate"], 2).to_list()
    else:
        days = [(rows[name] + _EXCEL_EPOCH).tolist() for name in ("from", "to", "paid")]
        money = [(rows[name] / 100).tolist() for name in ("principal", "due", "amount")]
        rate = (rows["rate"] / 10_000).tolist()
    for place in np.flatnonzero(quirk == _IMPOSSIBLE_DATE).tolist():
        days[1][place] = "2018.2.30"
    return [
        list(range(1, size + 1)),
        [label] * size,
        [voucher] * size,
        villages,
        names.to_list(),
        identities,
        contract_numbers(replica, rows["loan"], rows["signed"], "()").to_list(),
        numbers.to_list(),
        money[0],
        rate,
        days[0],
        days[1],
        rows["days"].tolist(),
        money[1],
        money[2],
        cards(replica, rows["account"]).to_list(),
        days[2],
    ]


def _dotted(days: Ints) -> pl.Series:
    return dates(days, "%Y.%-m.%-d", None)


def _write_batch(path: Path, faulty: Books, clean: Books, scale: int, batch: int) -> int:
    """One workbook of subsidy payments; returns its number of records."""
    label = BATCHES[batch][0]
    written = 0
    persons = (faulty.plan.persons, clean.plan.persons)
    position = 0
    with Workbook(path / f"贴息发放明细_{label}.xlsx") as book:
        for township, name in enumerate(TOWNSHIP_NAMES):
            rows, replica = _subsidy_rows(faulty, clean, scale, batch, township)
            if not len(replica):
                continue
            as_text = position % 2 == 1
            position += 1
            sheet = book.sheet(name)
            sheet.head(f"兴义市{label}扶贫小额信贷贴息发放明细表({name})", _SUBSIDY_HEADINGS)
            voucher = f"TX{label[:4]}{'A' if '上' in label else 'B'}{TOWNSHIP_CODES[township][6:]}"
            columns = _subsidy_columns(persons, rows, replica, label, voucher, as_text=as_text)
            below = sheet.rows(columns, frozenset() if as_text else frozenset((10, 11, 16)), _FIRST_ROW)
            totals = [int(rows[name].sum()) / 100 for name in ("due", "amount")]
            due, amount = (f"{total:,.2f}" if as_text else total for total in totals)
            sheet.row({0: "合计", 13: due, 14: amount}, below)
            written += len(replica)
    return written


def _write_cases(path: Path, faulty: Books, clean: Books, scale: int) -> int:
    with Workbook(path / "风险补偿案件台账.xlsx") as book:
        sheet = book.sheet("补偿案件")
        sheet.head("兴义市扶贫小额信贷风险补偿案件台账", _CASE_HEADINGS)
        row, totals = _FIRST_ROW, np.zeros(3, dtype=np.int64)
        for books, first, count in ((faulty, 0, 1), (clean, 1, scale - 1)):
            if count <= 0:
                continue
            rows, replica = spread(books.cases, first, count)
            place = np.tile(np.arange(height(books.cases)), count)
            borrower = books.plan.loans["borrower"][rows["loan"]]
            persons = books.plan.persons
            sums = [rows[name] for name in ("principal_loss", "interest_loss", "amount")]
            columns: list[list[Any]] = [
                numbered("BC", replica, place).to_list(),
                person_names(persons, replica, borrower).to_list(),
                identity_numbers(persons, replica, borrower).to_list(),
                loan_numbers(replica, rows["loan"]).to_list(),
                listed(_TRIGGERS, rows["trigger"]).to_list(),
                *(_dotted(rows[name]).to_list() for name in ("applied", "approved", "paid")),
                *((column / 1_000_000).tolist() for column in sums),
                (rows["share"] // 10_000).tolist(),
                listed(_STATES, rows["state"]).to_list(),
            ]
            row = sheet.rows(columns, frozenset(), row)
            totals += [int(column.sum()) for column in sums]
        losses = {8 + place: total / 1_000_000 for place, total in enumerate(totals.tolist())}
        sheet.row({0: "合计", **losses}, row)
    return row - _FIRST_ROW


def _write_fund(path: Path, faulty: Books, clean: Books, scale: int) -> int:
    parts = [(faulty, *spread({**faulty.fund, "place": np.arange(height(faulty.fund))}, 0, 1))]
    if scale > 1:
        parts.append((clean, *spread({**clean.fund, "place": np.arange(height(clean.fund))}, 1, scale - 1)))
    written = 0
    with Workbook(path / "风险补偿金专户流水.xlsx") as book:
        for year in range(2015, 2021):
            sheet = book.sheet(f"{year}年")
            sheet.head(f"兴义市扶贫小额信贷风险补偿金专户{year}年流水", _FUND_HEADINGS)
            row, total = _FIRST_ROW, 0
            for books, every, replica_of in parts:
                here = 1970 + every["on"].astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) == year
                rows, replica = chosen(every, here), replica_of[here]
                row = sheet.rows(_fund_columns(books, rows, replica), frozenset((1,)), row)
                total += int(rows["amount"].sum())
            sheet.row({0: "合计", 3: total / 100}, row)
            written += row - _FIRST_ROW
    return written


def _fund_columns(books: Books, rows: Columns, replica: Ints) -> list[list[Any]]:
    case = rows["case"]
    loan = np.where(case == NONE, NONE, books.cases["loan"][case])
    return [
        numbered("LS", replica, rows["place"]).to_list(),
        (rows["on"] + _EXCEL_EPOCH).tolist(),
        listed(_KINDS, rows["kind"]).to_list(),
        (rows["amount"] / 100).tolist(),
        [text if some != NONE else None for text, some in zip(numbered("BC", replica, case), case, strict=True)],
        [text or None for text in loan_numbers(replica, loan)],
        [f"{_KINDS[kind]}{'风险补偿金' if kind != 1 else '支出'}" for kind in rows["kind"].tolist()],
    ]


class Workbooks:
    """Writes all workbooks in two processes beside the caller's, because XLSX is the slowest of the deliveries.

    The processes work the books out again, which costs less than handing them over. Leaving the ``with`` block
    early stops them.
    """

    def __init__(self, base: Path, scale: int, *, faults: bool) -> None:
        path = workbooks_folder(base)
        path.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "demo.finance", str(path.resolve()), str(scale), str(int(faults))]
        # Both processes' shares hold early (small) and late (large) batches.
        self._running = [
            subprocess.Popen(  # noqa: S603 - our own module with our own arguments
                [*command, *(str(batch) for batch in share)],
                stdin=subprocess.PIPE,  # ends when we do, however we end
                stdout=subprocess.PIPE,
                text=True,
                cwd=Path(__file__).parent.parent,
            )
            for share in ((10, 8, 6, 4, 2, 0, -1), (9, 7, 5, 3, 1))
        ]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._running:
            if process.poll() is None:
                process.terminate()
            process.communicate()

    def finish(self, done: Callable[[int], None]) -> dict[str, int]:
        """Waits for all and returns records by dataset; ``done`` is told the payments written so far."""
        rows: Counter[str] = Counter()
        for process in self._running:
            for line in process.stdout or ():
                dataset, _, written = line.rpartition(" ")
                rows[dataset] += int(written)
                done(rows["subsidy_payment"])
            if process.wait():
                raise OSError("A process that writes the finance bureau's workbooks failed; see its message above.")
        return dict(rows)


def _end_with_parent() -> None:
    # Not through sys.stdin, whose lock would be held when the interpreter shuts down.
    while os.read(0, 1):
        pass
    os._exit(1)


def main() -> None:
    """``python -m demo.finance FOLDER SCALE FAULTS BATCH …`` writes these batches; -1 writes cases and fund."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    path, scale, faults = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "1"
    both = replicas(scale, faults=faults)
    faulty, clean = both.first, both.others
    for batch in map(int, sys.argv[4:]):
        if batch >= 0:
            print("subsidy_payment", _write_batch(path, faulty, clean, scale, batch), flush=True)
        else:
            print("compensation_case", _write_cases(path, faulty, clean, scale), flush=True)
            print("fund_transaction", _write_fund(path, faulty, clean, scale), flush=True)


if __name__ == "__main__":
    main()
