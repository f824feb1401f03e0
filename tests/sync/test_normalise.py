"""Cell by cell: what each spelling means, and why a cell is refused."""

from __future__ import annotations

import datetime
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.catalog.field import Code, Field, FieldType
from hub.errors import ContractError
from hub.sync.cells import Cells
from hub.sync.fault import fault_of
from hub.sync.handover import Column, Unit
from hub.sync.normalise import read
from hub.sync.region_code import ABOLISHED
from tests.sync.invented import identity_number


def cells(kind: FieldType, raw: list[str | None], unit: Unit = Unit.NONE, **column: dict[str, str]) -> Cells:
    codes = {"OPEN": Code("Open", "正常"), "SETTLED": Code("Settled", "结清")} if kind is FieldType.CODE else {}
    item = Field("item", kind, "项", "item", "", "", codes=codes, indexed=True)
    return read(item, Column("item", "项", "A", unit, **column), pl.Series(raw, dtype=pl.String))


def outcome(kind: FieldType, raw: str | None, unit: Unit = Unit.NONE, **column: dict[str, str]) -> object:
    """The value, or the fault's code."""
    found = cells(kind, [raw], unit, **column)
    number = 0 if found.faults is None else found.faults.item()
    if number:
        assert found.values.item() is None
        return fault_of(number).name
    return found.values.item()


@pytest.mark.parametrize(
    ("raw", "unit", "expected"),
    [
        ("1234.56", Unit.YUAN, 123456),
        ("1,234.5", Unit.YUAN, 123450),
        ("１２００", Unit.YUAN, 120000),
        ("¥1,200.00", Unit.YUAN, 120000),
        ("￥1200元", Unit.YUAN, 120000),
        ("人民币 1200", Unit.YUAN, 120000),
        ("-12.30", Unit.YUAN, -1230),
        ("0.01", Unit.YUAN, 1),
        (" 5 ", Unit.YUAN, 500),
        ("12.3400", Unit.YUAN, 1234),
        ("12.345", Unit.YUAN, "MONEY_TOO_PRECISE"),
        ("5.0万", Unit.YUAN, 5_000_000),
        ("3166.07", Unit.TEN_THOUSAND_YUAN, 3_166_070_000),
        ("1,234.560001万元", Unit.TEN_THOUSAND_YUAN, 1_234_560_001),
        ("1.0000001", Unit.TEN_THOUSAND_YUAN, "MONEY_TOO_PRECISE"),
        ("700", Unit.FEN, 700),
        ("7.5", Unit.FEN, "MONEY_TOO_PRECISE"),
        ("", Unit.YUAN, None),
        ("-", Unit.YUAN, None),
        ("null ", Unit.YUAN, None),
        ("1,23", Unit.YUAN, "NUMBER_UNREADABLE"),
        ("12..3", Unit.YUAN, "NUMBER_UNREADABLE"),
        ("1-2", Unit.YUAN, "NUMBER_UNREADABLE"),
        (".", Unit.YUAN, "NUMBER_UNREADABLE"),
        ("1.2E+17", Unit.YUAN, "NUMBER_TRUNCATED"),
        ("#DIV/0!", Unit.YUAN, "SPREADSHEET_ERROR"),
        ("92233720368547758.08", Unit.YUAN, "NUMBER_TOO_LARGE"),
        ("92233720368547758.07", Unit.YUAN, 9_223_372_036_854_775_807),
        ("999999999999999999999999", Unit.YUAN, "NUMBER_TOO_LARGE"),
    ],
)
def test_money_is_read_to_the_fen_or_refused(raw: str, unit: Unit, expected: object) -> None:
    assert outcome(FieldType.MONEY, raw, unit) == expected


@pytest.mark.parametrize(
    ("raw", "unit", "expected"),
    [
        ("4.75", Unit.PERCENT, 47500),
        ("4.75%", Unit.PERCENT, 47500),
        ("4.35000", Unit.PERCENT, 43500),
        ("80", Unit.PERCENT, 800000),
        ("4.74999", Unit.PERCENT, "RATE_TOO_PRECISE"),
        ("3.9583", Unit.PERMILLE_MONTH, 47500),
        ("3.958333", Unit.PERMILLE_MONTH, 47500),
        ("3.625‰", Unit.PERMILLE_MONTH, 43500),
    ],
)
def test_rates_are_millionths_a_year(raw: str, unit: Unit, expected: object) -> None:
    assert outcome(FieldType.RATE, raw, unit) == expected


@pytest.mark.parametrize(
    "raw",
    [
        "20200708",
        "2020-07-08",
        "2020-7-8",
        "2020/7/8",
        "2020.7.8",
        "2020年7月8日",
        "２０２０年０７月０８日",
        "44020",
        "44020.75",
        "2020-07-08 09:30:00",
        "2020-07-08T09:30:00",
        "2020/7/8 9:30",
        "20200708093000",
    ],
)
def test_every_spelling_of_a_day_is_that_day(raw: str) -> None:
    assert outcome(FieldType.DATE, raw) == datetime.date(2020, 7, 8)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("99991231", None),
        ("9999-12-31", None),
        ("9999-12-31 00:00:00", None),
        ("1900-01-00", None),
        ("1900/1/0", None),
        ("0", None),
        ("00:00:00", None),
        ("0000-00-00 00:00:00", None),
        ("0001-01-01T00:00:00", None),
        ("null ", None),
        ("1900-01-01", datetime.date(1900, 1, 1)),
        ("0002-01-01", "DATE_UNREADABLE"),
        ("", None),
        ("/", None),
        ("2020-02-30", "DATE_UNREADABLE"),
        ("9999-01-01", "DATE_UNREADABLE"),
        ("20201301", "DATE_UNREADABLE"),
        ("today", "DATE_UNREADABLE"),
        ("1899-12-31", "DATE_UNREADABLE"),
        ("7/8/2020", "DATE_UNREADABLE"),
        ("440201", "DATE_UNREADABLE"),
    ],
)
def test_no_date_is_guessed(raw: str, expected: object) -> None:
    assert outcome(FieldType.DATE, raw) == expected


def test_identity_numbers_are_normalised_or_refused_with_the_reason() -> None:
    right = "11010519491231002X"  # the example of GB 11643-1999
    kind = FieldType.IDENTITY_NUMBER
    assert outcome(kind, right) == right
    assert outcome(kind, " 11010519491231002x") == right
    assert outcome(kind, "１１０１０５１９４９１２３１００２Ｘ") == right
    assert outcome(kind, "110105 19491231 002X") == right
    assert outcome(kind, "110105491231002") == right
    assert outcome(kind, right[:-1] + "1") == "IDENTITY_CHECK_FAILED"
    assert outcome(kind, "11010519491331002X") == "IDENTITY_BIRTH_DATE"
    assert outcome(kind, "110105190002290021") == "IDENTITY_BIRTH_DATE"
    assert outcome(kind, "110105194912310000") == "IDENTITY_TRUNCATED"
    assert outcome(kind, "1.10105194912310E+17") == "IDENTITY_TRUNCATED"
    assert outcome(kind, "1101051949123100") == "IDENTITY_MALFORMED"
    for between in ("、", "，", " ", "/", "\n", "；", ""):
        assert outcome(kind, f"{right}{between}{right}") == "IDENTITY_SEVERAL", between
    assert outcome(kind, f"{right}、110105491231002") == "IDENTITY_SEVERAL"
    assert outcome(kind, "张三") == "IDENTITY_MALFORMED"
    assert outcome(kind, "11010519491231张X") == "IDENTITY_MALFORMED"
    assert outcome(kind, None) is None


def test_a_right_number_in_000_is_only_doubted_beside_a_wrong_one() -> None:
    kind = FieldType.IDENTITY_NUMBER
    # Found by search: its check character is 0 and its serial ends in 00.
    right = next(
        number
        for serial in range(100, 1000, 100)
        for area in range(110101, 110130)
        if (number := f"{area}19500101{serial}0") and outcome(kind, number) == number
    )
    assert outcome(kind, right) == right
    beside = cells(kind, [right, "110105194912310000"])
    assert beside.values.to_list() == [None, None]


@given(st.integers(0, 10**6))
def test_invented_identity_numbers_are_valid(serial: int) -> None:
    number = identity_number(serial)
    assert outcome(FieldType.IDENTITY_NUMBER, number) == number


@given(st.integers(0, 10**5), st.integers(0, 17), st.integers(1, 9))
def test_one_wrong_digit_in_an_identity_number_is_always_found(serial: int, place: int, change: int) -> None:
    number = identity_number(serial)
    if number[place] == "X":
        return
    wrong = number[:place] + str((int(number[place]) + change) % 10) + number[place + 1 :]
    assert str(outcome(FieldType.IDENTITY_NUMBER, wrong)).startswith("IDENTITY_")


def test_an_abolished_county_code_is_followed_by_one_that_is_not() -> None:
    for old, (year, new) in ABOLISHED.items():
        assert 1980 < year < 2020
        assert new not in ABOLISHED
        assert outcome(FieldType.REGION_CODE, new) == new
        assert outcome(FieldType.REGION_CODE, f"{old}001") == "REGION_CODE_ABOLISHED"


def test_credit_codes_are_checked() -> None:
    kind = FieldType.CREDIT_CODE
    assert outcome(kind, "91350100M000100Y43") == "91350100M000100Y43"  # the example of GB 32100-2015
    assert outcome(kind, "91350100m000100y43") == "91350100M000100Y43"
    assert outcome(kind, "91350100M000100Y44") == "CREDIT_CODE_CHECK_FAILED"
    assert outcome(kind, "91350100I000100Y43") == "CREDIT_CODE_MALFORMED"


@pytest.mark.parametrize(
    ("kind", "raw", "expected"),
    [
        (FieldType.REGION_CODE, "522301001000", "522301001"),
        (FieldType.REGION_CODE, "522301000000", "522301"),
        (FieldType.REGION_CODE, "522301001001", "522301001001"),
        (FieldType.REGION_CODE, "5223010", "REGION_CODE_MALFORMED"),
        (FieldType.REGION_CODE, "992301001001", "REGION_CODE_UNKNOWN"),
        (FieldType.REGION_CODE, "522321001001", "REGION_CODE_ABOLISHED"),
        (FieldType.REGION_CODE, "522428", "REGION_CODE_ABOLISHED"),
        (FieldType.NAME, "阿依古丽•买买提", "阿依古丽·买买提"),
        (FieldType.NAME, "阿依古丽 . 买买提", "阿依古丽·买买提"),
        (FieldType.NAME, "阿依古丽・买买提", "阿依古丽·买买提"),
        (FieldType.NAME, "张　三", "张三"),
        (FieldType.NAME, "张 三 丰", "张三丰"),
        (FieldType.NAME, "Wang  Wei", "Wang Wei"),
        (FieldType.NAME, "ＡＢＣ公司（贵州）", "ABC公司(贵州)"),
        (FieldType.NAME, "\ufeff张三\u200b", "张三"),
        (FieldType.PHONE, "138 0000 0000", "13800000000"),
        (FieldType.PHONE, "+86-13800000000", "13800000000"),
        (FieldType.PHONE, "0859-3222222", "08593222222"),
        (FieldType.PHONE, "123", "PHONE_MALFORMED"),
        (FieldType.ACCOUNT, "6217 0000 0000 1234 567", "6217000000001234567"),
        (FieldType.ACCOUNT, "6.217E+18", "NUMBER_TRUNCATED"),
        (FieldType.ACCOUNT, "abc", "ACCOUNT_MALFORMED"),
        (FieldType.BOOLEAN, "是", True),
        (FieldType.BOOLEAN, "否", False),
        (FieldType.BOOLEAN, "Ｙ", True),
        (FieldType.BOOLEAN, "0", False),
        (FieldType.BOOLEAN, "false", False),
        (FieldType.BOOLEAN, "maybe", "BOOLEAN_UNREADABLE"),
        (FieldType.BOOLEAN, "", None),
        (FieldType.CODE, "OPEN", "OPEN"),
        (FieldType.CODE, "结清", "SETTLED"),
        (FieldType.CODE, "xx", "CODE_UNKNOWN"),
        (FieldType.CODE, None, None),
        (FieldType.INTEGER, "1,200", 1200),
        (FieldType.INTEGER, "3.0", 3),
        (FieldType.INTEGER, "3.5", "INTEGER_FRACTION"),
        (FieldType.INTEGER, "3000000000", "NUMBER_TOO_LARGE"),
        (FieldType.TEXT, " HT-1 ", "HT-1"),
        (FieldType.TEXT, "6.2E+18", "NUMBER_TRUNCATED"),
        (FieldType.TEXT, "a\x00b", "CONTROL_CHARACTER"),
        (FieldType.TEXT, "#REF!", "SPREADSHEET_ERROR"),
        (FieldType.TEXT, "#NOT-COMPUTED!", "SPREADSHEET_ERROR"),
        (FieldType.TEXT, "#1 barn", "#1 barn"),
    ],
)
def test_the_other_types(kind: FieldType, raw: str | None, expected: object) -> None:
    assert outcome(kind, raw) == expected


def test_a_columns_own_code_list_replaces_ours() -> None:
    codes = {"01": "OPEN", "０２": "SETTLED"}
    assert outcome(FieldType.CODE, "01", codes=codes) == "OPEN"
    assert outcome(FieldType.CODE, "02", codes=codes) == "SETTLED"
    assert outcome(FieldType.CODE, "OPEN", codes=codes) == "CODE_UNKNOWN"


@pytest.mark.parametrize("kind", [FieldType.MONEY, FieldType.RATE])
def test_a_number_without_a_unit_is_not_guessed(kind: FieldType) -> None:
    with pytest.raises(ContractError, match="CONTRACT_UNIT"):
        outcome(kind, "5")


def spellings(fen: int) -> list[tuple[str, Unit]]:
    yuan = Decimal(fen) / 100
    ten_thousand = Decimal(fen) / 1_000_000
    return [
        (str(fen), Unit.FEN),
        (f"{yuan:.2f}", Unit.YUAN),
        (f"{yuan:,.2f}", Unit.YUAN),
        (f"¥{yuan:,.2f}", Unit.YUAN),
        (f"{yuan:.2f}元", Unit.YUAN),
        (f"{ten_thousand:.6f}", Unit.TEN_THOUSAND_YUAN),
        (f"{ten_thousand:.6f}万", Unit.YUAN),
        (f"{ten_thousand:,.6f} 万元", Unit.YUAN),
        (f"{yuan:.2f}".translate(str.maketrans("0123456789.", "０１２３４５６７８９．")), Unit.YUAN),
    ]


@given(st.integers(-(10**15), 10**15))
def test_every_spelling_of_an_amount_is_that_amount(fen: int) -> None:
    spelt = [(raw, unit) for raw, unit in spellings(fen) if fen >= 0 or not raw.startswith("¥")]
    for unit in {unit for _, unit in spelt}:
        column: list[str | None] = [raw for raw, own in spelt if own is unit]
        found = cells(FieldType.MONEY, column, unit)
        assert found.faults is None, column
        assert found.values.to_list() == [fen] * len(column), column


@given(st.lists(st.sampled_from(["1", "2.50", "", "x", "3,000", None, "7万", "0.001"]), min_size=1, max_size=40))
def test_a_long_column_reads_as_its_cells_do_alone(raw: list[str | None]) -> None:
    # Long and repetitive enough that its distinct values are read instead.
    found = cells(FieldType.MONEY, raw * 2000, Unit.YUAN)
    by_cell = {cell: outcome(FieldType.MONEY, cell, Unit.YUAN) for cell in set(raw)}
    alone = [by_cell[cell] for cell in raw]
    faults = [0] * len(raw) if found.faults is None else found.faults.head(len(raw)).to_list()
    together = [fault_of(n).name if n else value for n, value in zip(faults, found.values, strict=False)]
    assert together == alone
