"""From raw text to the stored value, for every type of field; whole columns at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl

from hub.catalog.field import Field, FieldType
from hub.errors import ContractError
from hub.sync.amounts import MONEY_PLACES, read_integer, read_money, read_rate
from hub.sync.cells import (
    Cells,
    blank,
    clean,
    expand,
    fill_left,
    repeats,
    scientific,
    spreadsheet_errors,
    without_dashes,
)
from hub.sync.credit_code import read_credit_code
from hub.sync.dates import read_date
from hub.sync.fault import Fault
from hub.sync.handover import Column, Unit
from hub.sync.identity_number import read_identity_number
from hub.sync.region_code import read_region_code

MIDDLE_DOT = "\u00b7"
# After NFKC; the full stop counts only between two Chinese characters.
_DOTS = "[\u2022\u2027\u2219\u22c5\u30fb\u0387]"
_HAN = r"\p{Han}"
_YES = ("是", "1", "TRUE", "Y", "YES", "T", "有", "√")
_NO = ("否", "0", "FALSE", "N", "NO", "F", "无", "×")


def read_text(text: pl.Series) -> Cells:
    """Text as it is, but for its edges."""
    return Cells(text)


def read_number_text(text: pl.Series) -> Cells:
    """A number that names something; scientific notation means that its last digits are lost."""
    cells = Cells(text)
    suspects = text.str.contains("E+", literal=True)
    if suspects.any():
        cells.mark(suspects & scientific(text), Fault.NUMBER_TRUNCATED)
    return cells


def read_name(text: pl.Series) -> Cells:
    """One kind of middle dot; no space between Chinese characters, single spaces between Latin words."""
    if text.str.contains(f"{_DOTS}|[.]|\\s|{MIDDLE_DOT}").any():
        text = text.str.replace_all(_DOTS, MIDDLE_DOT)
        text = text.str.replace_all(rf"({_HAN})\s*[.]\s*", f"${{1}}{MIDDLE_DOT}")
        text = text.str.replace_all(rf"\s*{MIDDLE_DOT}\s*", MIDDLE_DOT)
        text = text.str.replace_all(r"\s+", " ")
        # Twice, because matches of "张 三 丰" overlap in the middle character.
        for _ in range(2):
            text = text.str.replace_all(rf"({_HAN}) ({_HAN})", "${1}${2}")
    return Cells(text)


def read_boolean(text: pl.Series) -> Cells:
    """是/否, 1/0, true/false, Y/N."""
    text = without_dashes(text)
    capitals = text.str.to_uppercase()
    yes = capitals.is_in(_YES)
    cells = Cells(blank(yes, ~(yes | capitals.is_in(_NO))))
    cells.mark(text.is_not_null() & cells.values.is_null(), Fault.BOOLEAN_UNREADABLE)
    return cells


def _digits(text: pl.Series, shape: str, prefix: str, fault: Fault) -> Cells:
    text = without_dashes(text)
    values = blank(text, ~text.str.contains(shape))
    values = fill_left(
        values,
        text,
        lambda odd: (bare := odd.str.replace_all(r"[\s()-]", "").str.replace(prefix, "")).set(
            ~bare.str.contains(shape), None
        ),
    )
    cells = Cells(values)
    missing = text.is_not_null() & values.is_null()
    if missing.any():
        cells.mark(missing & scientific(text), Fault.NUMBER_TRUNCATED)
        cells.mark(missing, fault)
    return cells


def read_phone(text: pl.Series) -> Cells:
    """Digits only: spaces, hyphens, brackets and the country's 86 are dropped."""
    return _digits(text, r"^\d{7,12}$", r"^(\+|00)86", Fault.PHONE_MALFORMED)


def read_account(text: pl.Series) -> Cells:
    """Digits only."""
    return _digits(text, r"^\d{5,32}$", r"^$", Fault.ACCOUNT_MALFORMED)


def read_code(text: pl.Series, codes: Mapping[str, str]) -> Cells:
    """Our codes, by ``codes`` from the cleaned value of the source."""
    values = (
        text.replace_strict(codes, default=None, return_dtype=pl.String) if codes else blank(text, text.is_not_null())
    )
    cells = Cells(values)
    cells.mark(text.is_not_null() & values.is_null(), Fault.CODE_UNKNOWN)
    return cells


_READERS: dict[FieldType, Callable[[pl.Series], Cells]] = {
    FieldType.NAME: read_name,
    FieldType.DATE: read_date,
    FieldType.INTEGER: read_integer,
    FieldType.BOOLEAN: read_boolean,
    FieldType.IDENTITY_NUMBER: read_identity_number,
    FieldType.CREDIT_CODE: read_credit_code,
    FieldType.REGION_CODE: read_region_code,
    FieldType.PHONE: read_phone,
    FieldType.ACCOUNT: read_account,
}


def read(field: Field, column: Column, raw: pl.Series) -> Cells:
    """The cells of ``column`` as values of ``field``.

    Raises ``ContractError`` CONTRACT_UNIT where the column's unit says nothing about this type, and CONTRACT_TYPE for
    a type that no agency delivers.
    """
    distinct = repeats(raw)
    return _read(field, column, raw) if distinct is None else expand(_read(field, column, distinct), distinct, raw)


def _read(field: Field, column: Column, raw: pl.Series) -> Cells:
    text = clean(raw)
    errors = spreadsheet_errors(text)
    faulty = bool(errors.any())
    if faulty:
        text = blank(text, errors)
    cells = _typed(field, column, text)
    if faulty:
        cells.mark(errors, Fault.SPREADSHEET_ERROR)
    return cells


def _typed(field: Field, column: Column, text: pl.Series) -> Cells:
    match field.type:
        case FieldType.MONEY:
            if column.unit not in MONEY_PLACES:
                raise _unit(field, column, "分, 元 or 万元")
            return read_money(text, column.unit)
        case FieldType.RATE:
            if column.unit not in {Unit.PERCENT, Unit.PERMILLE_MONTH}:
                raise _unit(field, column, "% or ‰/月")
            return read_rate(text, column.unit)
        case FieldType.CODE:
            return read_code(text, _codes(field, column))
        case FieldType.TEXT:
            cells = read_number_text(text) if field.indexed else read_text(text)
            cells.mark(text.str.contains("\x00", literal=True), Fault.CONTROL_CHARACTER)
            return cells
        case FieldType.TIMESTAMP:
            raise ContractError("CONTRACT_TYPE", f"{field.name} is an instant of the hub's own.", "Do not map it.")
        case _:
            return _READERS[field.type](text)


def _codes(field: Field, column: Column) -> dict[str, str]:
    """The column's own list; without one, our codes and their Chinese names."""
    if column.codes:
        keys = clean(pl.Series(list(column.codes), dtype=pl.String))
        return {key: code for key, code in zip(keys, column.codes.values(), strict=True) if key is not None}
    return {code.zh: name for name, code in field.codes.items()} | {name: name for name in field.codes}


def _unit(field: Field, column: Column, known: str) -> ContractError:
    return ContractError(
        "CONTRACT_UNIT",
        f"Column {column.heading!r} for {field.name} has no unit that fits its type.",
        f"Give the column a unit in the connector: {known}.",
    )
