"""The bank's side of the books in its own words: one frame of texts per table, as ``COPY`` takes them."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from demo import names
from demo.books import Books, grades
from demo.columns import NONE, Columns, Ints
from demo.days import REFERENCE
from demo.identity import cards, identity_numbers
from demo.lending import Origin
from demo.places import TOWNSHIP_NAMES, VILLAGE_TOWNSHIP
from demo.wording import (
    contract_numbers,
    dates,
    listed,
    loan_accounts,
    loan_numbers,
    numbered,
    percent,
    person_names,
    spread,
    yes_no,
    yuan,
)

_NO_DATE = "99991231"
_NO_DATE_ISO = "9999-12-31"
_ORIGINS = ("农户", "企业", "无还本续贷", "补偿")
_STATUSES = ("正常", "逾期", "结清", "代偿")
_CLASSES = ("正常", "关注", "次级", "可疑", "损失")
_PRODUCTS = ("扶贫小额信贷（户贷户用）", "扶贫小额信贷(户贷企用)")

# The width of a name column in the bank's own exports.
_NAME_WIDTH = 40


def _status(loans: Columns) -> Ints:
    """Places in the list of statuses."""
    is_open = loans["settled"] == NONE
    late = np.where(is_open, REFERENCE - np.maximum(loans["due"], loans["extended"]), 0)
    compensated = loans["origin"] == Origin.COMPENSATION
    status = np.select([is_open & (late > 0), is_open, compensated], [1, 0, 3], 2)
    return np.where(loans["status_said"] >= 0, loans["status_said"], status)


def _loans(books: Books, first: int, count: int) -> pl.DataFrame:
    persons = books.plan.persons
    rows, replica = spread(books.plan.loans, first, count)
    number = rows["number"]
    status, grade = _status(rows), grades(rows)
    size = len(number)
    township = VILLAGE_TOWNSHIP[books.plan.households["village"][rows["household"]]]
    return pl.DataFrame(
        {
            "数据日期": pl.repeat("20200708", size, eager=True),
            "借据号": loan_numbers(replica, number),
            "合同号": contract_numbers(replica, number, rows["disbursed"]),
            "贷款账号": loan_accounts(replica, number),
            "贷款户名": person_names(persons, replica, rows["borrower"]).str.pad_end(_NAME_WIDTH),
            "证件号码": identity_numbers(persons, replica, rows["borrower"]),
            "产品名称": listed(_PRODUCTS, (rows["enterprise"] >= 0).astype(np.int64)),
            "担保方式": pl.repeat("信用", size, eager=True),
            "发放金额": yuan(rows["amount"]),
            "贷款余额": yuan(np.where(rows["settled"] == NONE, rows["amount"], 0)),
            "利率": percent(rows["rate"], 4),
            "借款日期": dates(rows["disbursed"], "%Y%m%d", _NO_DATE),
            "到期日期": dates(rows["due"], "%Y%m%d", _NO_DATE),
            "结清日期": dates(rows["settled"], "%Y%m%d", _NO_DATE),
            "贷款期限": pl.Series(rows["term"]).cast(pl.String),
            "贷款发放类型": listed(("新增", "无还本续贷"), rows["renewal"]),
            "上笔借据号": loan_numbers(replica, np.where(rows["renewal"] == 1, rows["previous"], NONE)),
            "五级分类": listed(_CLASSES, grade),
            "贷款状态": listed(_STATUSES, status),
            "计息方式": pl.repeat("积数", size, eager=True),
            "是否财政贴息": yes_no(np.ones(size, dtype=np.int64)),
            "展期次数": pl.Series((rows["extended"] != NONE).astype(np.int64)).cast(pl.String),
            "贷款投向": listed(names.PURPOSES, rows["household"] % len(names.PURPOSES)),
            "开户机构": "兴义农商行" + listed(tuple(f"{name[:-1]}支行" for name in TOWNSHIP_NAMES), township),
            "主客户经理": listed(names.LOAN_OFFICERS, township % len(names.LOAN_OFFICERS)),
            "放款账号": cards(replica, rows["paid_to"]),
        }
    )


def _repayments(books: Books, first: int, count: int) -> pl.DataFrame:
    rows, replica = spread(books.repayments, first, count)
    place = np.tile(np.arange(len(rows["loan"]) // count), count)
    paid = dates(rows["paid"], "%Y%m%d", _NO_DATE)
    if rows["quirk"].any():
        paid = paid.scatter(np.flatnonzero(rows["quirk"] > 0), "20190230")
    return pl.DataFrame(
        {
            "交易流水号": numbered("HK", replica, place),
            "借据号": loan_numbers(replica, rows["loan"]),
            "贷款帐号": loan_accounts(replica, rows["loan"]),
            "收回日期": paid,
            "收回本金": yuan(rows["principal"]),
            "收回利息": yuan(rows["interest"]),
            "收回罚息": yuan(rows["penalty"]),
            "还款账号": cards(replica, rows["payer"]),
            "还款来源": listed(_ORIGINS, rows["origin"]),
        }
    )


def _interest(books: Books, first: int, count: int) -> pl.DataFrame:
    rows, replica = spread(books.interest, first, count)
    place = np.tile(np.arange(len(rows["loan"]) // count), count)
    return pl.DataFrame(
        {
            "收息流水号": numbered("SX", replica, place),
            "借据号": loan_numbers(replica, rows["loan"]),
            "贷款账号": loan_accounts(replica, rows["loan"]),
            "计息起日": dates(rows["from"], "%Y-%m-%d", _NO_DATE_ISO),
            "计息止日": dates(rows["to"], "%Y-%m-%d", _NO_DATE_ISO),
            "计息天数": pl.Series(rows["days"]).cast(pl.String),
            "收息日期": dates(rows["collected"], "%Y-%m-%d", _NO_DATE_ISO),
            "收回利息": yuan(rows["interest"]),
        }
    )


def _extensions(books: Books, first: int, count: int) -> pl.DataFrame:
    rows, replica = spread(books.extensions, first, count)
    place = np.tile(np.arange(len(rows["loan"]) // count), count)
    return pl.DataFrame(
        {
            "展期编号": numbered("ZQ", replica, place),
            "借据号": loan_numbers(replica, rows["loan"]),
            "账号": loan_accounts(replica, rows["loan"]),
            "展期日期": dates(rows["signed"], "%Y-%m-%d", _NO_DATE_ISO),
            "原到期日": dates(rows["due"], "%Y-%m-%d", _NO_DATE_ISO),
            "展期到期日": dates(rows["extended"], "%Y-%m-%d", _NO_DATE_ISO),
            "展期金额": yuan(rows["amount"]),
            "原利率": percent(rows["rate"], 4),
            "展期利率": percent(rows["rate"], 4),
            "展期原因": listed(names.EXTENSION_REASONS, rows["loan"] % len(names.EXTENSION_REASONS)),
        }
    )


def _renewals(books: Books, first: int, count: int) -> pl.DataFrame:
    rows, replica = spread(books.renewals, first, count)
    return pl.DataFrame(
        {
            "借据号": loan_numbers(replica, rows["loan"]),
            "上笔借据号": loan_numbers(replica, rows["previous"]),
            "续贷日期": dates(rows["on"], "%Y%m%d", _NO_DATE),
            "续贷金额": yuan(rows["amount"]),
            "续贷原因": listed(names.RENEWAL_REASONS, rows["loan"] % len(names.RENEWAL_REASONS)),
        }
    )


def _recoveries(books: Books, first: int, count: int) -> pl.DataFrame:
    rows, replica = spread(books.recoveries, first, count)
    place = np.tile(np.arange(len(rows["loan"]) // count), count)
    return pl.DataFrame(
        {
            "追回流水号": numbered("ZH", replica, place),
            "借据号": loan_numbers(replica, rows["loan"]),
            "案件编号": numbered("BC", replica, rows["case"]),
            "追回日期": dates(rows["on"], "%Y-%m-%d", _NO_DATE_ISO),
            "追回金额": yuan(rows["amount"]),
            "返还补偿金": yuan(rows["fund_part"]),
            "银行留存": yuan(rows["bank_part"]),
        }
    )


def _reclassified(books: Books, first: int, count: int) -> pl.DataFrame:
    rows, replica = spread(books.reclassified, first, count)
    place = np.tile(np.arange(len(rows["loan"]) // count), count)
    return pl.DataFrame(
        {
            "调整流水号": numbered("XT", replica, place),
            "借据号": loan_numbers(replica, rows["loan"]),
            "账号": loan_accounts(replica, rows["loan"]),
            "调整日期": dates(rows["on"], "%Y-%m-%d", _NO_DATE_ISO),
            "原形态": listed(_CLASSES, rows["former"]),
            "当前形态": listed(_CLASSES, rows["new"]),
        }
    )


def bank_frames(books: Books, first: int, count: int) -> Iterator[tuple[str, pl.DataFrame]]:
    """(file stem, rows) for every table of the bank, for replicas ``first`` to ``first + count - 1``."""
    yield "loan", _loans(books, first, count)
    yield "repayment", _repayments(books, first, count)
    yield "interest", _interest(books, first, count)
    yield "extension", _extensions(books, first, count)
    yield "renewal", _renewals(books, first, count)
    yield "recovery", _recoveries(books, first, count)
    yield "reclassified", _reclassified(books, first, count)
