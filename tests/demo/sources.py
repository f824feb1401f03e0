"""Reads the written deliveries as an outsider would, with polars and calamine only: dates as dates, money as fen.

Rows that cannot be read (those meant for quarantine) are left out of every table and kept in ``unreadable``.
"""

import json
import unicodedata
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl
from python_calamine import CalamineWorkbook

REFERENCE = date(2020, 7, 8)
NEVER = date(9999, 12, 31)


def fen(text: object) -> int:
    return int(Decimal(str(text).replace(",", "")) * 100)


def _money(column: str) -> pl.Expr:
    return pl.col(column).str.replace(".", "", literal=True).cast(pl.Int64)


def _day(column: str, style: str) -> pl.Expr:
    parsed = pl.col(column).str.to_date(style, strict=False)
    return pl.when(parsed == NEVER).then(None).otherwise(parsed).alias(column)


def folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().upper()


@dataclass
class Sources:
    folder: Path
    unreadable: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def raw(self, agency: str, stem: str) -> pl.DataFrame:
        return pl.read_parquet(sorted((self.folder / agency).glob(f"{stem}-[0-9]*.parquet")))

    @cached_property
    def listing(self) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = json.loads((self.folder / "faults.json").read_text("utf-8"))
        return found

    @cached_property
    def loans(self) -> pl.DataFrame:
        return self.raw("bank", "loan").select(
            loan="借据号",
            identity=pl.col("证件号码").map_elements(folded, return_dtype=pl.String),
            amount=_money("发放金额"),
            balance=_money("贷款余额"),
            rate=_money("利率"),  # hundredths of a per cent times hundred: millionths
            disbursed=_day("借款日期", "%Y%m%d"),
            due=_day("到期日期", "%Y%m%d"),
            settled=_day("结清日期", "%Y%m%d"),
            previous="上笔借据号",
            issue="贷款发放类型",
            grade="五级分类",
            status="贷款状态",
            card="放款账号",
        )

    @cached_property
    def repayments(self) -> pl.DataFrame:
        rows = self.raw("bank", "repayment").select(
            key="交易流水号",
            loan="借据号",
            paid=_day("收回日期", "%Y%m%d"),
            principal=_money("收回本金"),
            penalty=_money("收回罚息"),
            payer="还款账号",
            origin="还款来源",
        )
        self._refuse("repayment", rows.filter(pl.col("paid").is_null()))
        return rows.filter(pl.col("paid").is_not_null())

    @cached_property
    def interest(self) -> pl.DataFrame:
        return self.raw("bank", "interest").select(
            loan="借据号",
            since=_day("计息起日", "%Y-%m-%d"),
            until=_day("计息止日", "%Y-%m-%d"),
            days=pl.col("计息天数").cast(pl.Int64),
            collected=_day("收息日期", "%Y-%m-%d"),
            interest=_money("收回利息"),
        )

    @cached_property
    def extensions(self) -> pl.DataFrame:
        rows = self.raw("bank", "extension").select(
            key="展期编号",
            loan="借据号",
            signed=_day("展期日期", "%Y-%m-%d"),
            due=_day("原到期日", "%Y-%m-%d"),
            extended=_day("展期到期日", "%Y-%m-%d"),
            amount=_money("展期金额"),
        )
        self._refuse("extension", rows.filter(pl.col("extended") <= pl.col("due")))
        return rows.filter(pl.col("extended") > pl.col("due"))

    @cached_property
    def renewals(self) -> pl.DataFrame:
        return self.raw("bank", "renewal").select(
            loan="借据号", previous="上笔借据号", on=_day("续贷日期", "%Y%m%d"), amount=_money("续贷金额")
        )

    @cached_property
    def recoveries(self) -> pl.DataFrame:
        return self.raw("bank", "recovery").select(
            key="追回流水号", case="案件编号", amount=_money("追回金额"), fund_part=_money("返还补偿金")
        )

    @cached_property
    def persons(self) -> pl.DataFrame:
        return self.raw("relief", "households-by-person").select(
            person="人编号",
            household="户编号",
            village="行政村代码",
            identity=pl.col("证件号码").map_elements(folded, return_dtype=pl.String),
            relation="与户主关系",
            main=pl.col("是否主要劳动力") == "是",
            birth=_day("出生日期", "%Y%m%d"),
            size="人数",
            registered=_day("首次识别时间", "%Y%m%d"),
            since=_day("人员识别时间", "%Y%m%d"),
            until=_day("成员终止时间", "%Y%m%d"),
            removed=_day("清退时间", "%Y%m%d"),
            status="户类型",
        )

    @cached_property
    def placed(self) -> pl.DataFrame:
        """Loans with their borrower's person and household; one row per loan, or the link is ambiguous."""
        found = self.loans.join(self.persons, on="identity", how="left", suffix="_of_household")
        assert found.height == self.loans.height
        return found.drop("status_of_household")

    def relief(self, endpoint: str, dates: tuple[str, ...], money: tuple[str, ...] = ()) -> pl.DataFrame:
        return self.raw("relief", endpoint).with_columns(
            *(_day(column, "%Y-%m-%d") for column in dates), *(_money(column) for column in money)
        )

    @cached_property
    def uses(self) -> pl.DataFrame:
        rows = self.relief("enterprise-uses", ("协议签订日期", "退出日期"))
        return rows.select(
            key="协议编号",
            code="统一社会信用代码",
            household="户编号",
            loan="借据号",
            amount=pl.col("使用金额(万元)").map_elements(lambda text: fen(text) * 10_000, return_dtype=pl.Int64),
            agreed="协议签订日期",
            exited="退出日期",
        )

    @cached_property
    def events(self) -> pl.DataFrame:
        rows = self.relief("risk-events", ("发生日期", "知悉日期"))
        return rows.select(
            key="事件编号", person="人编号", household="户编号", kind="事件类型", occurred="发生日期", known="知悉日期"
        )

    @cached_property
    def visits(self) -> pl.DataFrame:
        rows = self.relief("visits", ("走访日期",))
        return rows.select(key="走访编号", household="户编号", on="走访日期", outcome="走访结果", use="资金用途检查")

    @cached_property
    def applications(self) -> pl.DataFrame:
        steps = ("建档日期", "评级日期", "户申请日期", "村初审日期", "乡审核日期", "县复查日期")
        return self.relief("applications", steps).rename({"户编号": "household"})

    def sheets(self, file: str) -> dict[str, list[list[Any]]]:
        book = CalamineWorkbook.from_path(str(self.folder / "finance" / file))
        return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}

    @cached_property
    def subsidies(self) -> pl.DataFrame:
        """Payments; the totals rows are checked on the way."""
        good: list[dict[str, Any]] = []
        for file in sorted((self.folder / "finance").glob("贴息发放明细_*.xlsx")):
            for name, rows in self.sheets(file.name).items():
                assert rows[0][0].startswith("兴义市")
                assert rows[0][0].endswith(f"({name})")
                assert rows[2][0] == "序号"
                assert rows[-1][0] == "合计"
                records = [_payment(file.stem.partition("_")[2], row) for row in rows[3:-1]]
                assert [record["line"] for record in records] == list(range(1, len(records) + 1))
                assert sum(record["amount"] for record in records) == _yuan(rows[-1][14])
                assert sum(record["due"] for record in records) == _yuan(rows[-1][13])
                good += records
        for record in (bad := [record for record in good if not _readable(record)]):
            self._refuse("subsidy_payment", pl.DataFrame([record]))
        left_out = {id(record) for record in bad}
        return pl.DataFrame([record for record in good if id(record) not in left_out], infer_schema_length=None)

    @cached_property
    def cases(self) -> pl.DataFrame:
        rows = self.sheets("风险补偿案件台账.xlsx")["补偿案件"]
        money = ("principal", "interest", "amount")
        records = [
            {
                "key": row[0],
                "identity": row[2],
                "loan": row[3],
                "trigger": row[4],
                "applied": _dotted(row[5]),
                "approved": _dotted(row[6]),
                "paid": _dotted(row[7]),
                **{name: round(row[8 + place] * 1_000_000) for place, name in enumerate(money)},
                "share": row[11],
                "state": row[12],
            }
            for row in rows[3:-1]
        ]
        for place, name in enumerate(money):
            assert sum(record[name] for record in records) == round(rows[-1][8 + place] * 1_000_000)
        return pl.DataFrame(records, infer_schema_length=None)

    @cached_property
    def fund(self) -> pl.DataFrame:
        records = [
            {"key": row[0], "on": row[1], "kind": row[2], "amount": _yuan(row[3]), "case": row[4] or None}
            for rows in self.sheets("风险补偿金专户流水.xlsx").values()
            for row in rows[3:-1]
        ]
        return pl.DataFrame(records, infer_schema_length=None)

    def _refuse(self, dataset: str, rows: pl.DataFrame) -> None:
        self.unreadable += [(dataset, row) for row in rows.to_dicts()]

    def read_all(self) -> None:
        for name in ("loans", "repayments", "interest", "extensions", "persons", "subsidies", "cases", "fund", "uses"):
            getattr(self, name)


def _yuan(cell: object) -> int:
    return fen(cell) if isinstance(cell, str) else round(float(str(cell)) * 100)


def _dotted(cell: object) -> date | None:
    """A date cell, or a text such as 2020.7.8; None for what is no date."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    try:
        year, month, day = (int(part) for part in str(cell).split("."))
        return date(year, month, day)
    except ValueError:
        return None


def _payment(batch: str, row: list[Any]) -> dict[str, Any]:
    assert row[1] == batch
    return {
        "line": int(row[0]),
        "batch": row[1],
        "voucher": row[2],
        "name": row[4],
        "identity": row[5] if isinstance(row[5], str) else None,
        "contract": row[6],
        "loan": row[7].strip(),
        "raw_loan": row[7],
        "principal": _yuan(row[8]),
        "rate": round(float(row[9]) * 10_000),
        "since": _dotted(row[10]),
        "until": _dotted(row[11]),
        "days": int(row[12]),
        "due": _yuan(row[13]),
        "amount": _yuan(row[14]),
        "card": row[15],
        "paid": _dotted(row[16]),
    }


def _readable(record: dict[str, Any]) -> bool:
    return all(record[name] is not None for name in ("identity", "since", "until", "paid"))
