"""One spreadsheet cell as the exact text its author meant, or as text that visibly is not a number any more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

import polars as pl

Value = int | float | str | bool | dt.date | dt.datetime | dt.time | dt.timedelta

# A spreadsheet keeps 15 significant digits: above this, a typed identity or account number has lost its last ones.
_FIRST_INEXACT = 10**15
# Below this many cells a look at each costs less than the fixed price of turning the column as a whole.
_WORTH_TURNING = 2000
_LONGEST_PLAIN = 15  # characters of which one is the point: at most 14 digits


def text_of(value: Value) -> str | None:
    """The text of a cell; empty is ``None``, a midnight is its date, a number above 15 digits is written ``…E+17``."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time()
        return value.date().isoformat() if midnight else value.isoformat(sep=" ")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value)


def _number(value: float) -> str:
    if abs(value) >= _FIRST_INEXACT:
        return f"{value:.14E}"
    if value == int(value):
        return str(int(value))
    # 15 digits are what the author saw; the 16th and 17th are the noise of binary fractions.
    text = f"{value:.15g}"
    return format(Decimal(text), "f") if "e" in text else text


def column_of_texts(name: str, values: Sequence[Value]) -> pl.Series:
    """A whole column as text; one of texts, of numbers or of days, blanks among them, is turned at once."""
    kinds = set(map(type, values))
    if kinds == {str}:
        return pl.Series(name, [value or None for value in values] if "" in values else values, dtype=pl.String)
    if str in kinds and {value for value in values if isinstance(value, str)} == {""}:
        kinds.discard(str)
    if kinds == {dt.date}:
        days = {day: text_of(day) for day in set(values)}
        return pl.Series(name, list(map(days.get, values)), dtype=pl.String)
    if kinds == {float} and len(values) >= _WORTH_TURNING:
        return _numbers(pl.Series(name, [None if value == "" else value for value in values], dtype=pl.Float64))
    return pl.Series(name, [text_of(value) for value in values], dtype=pl.String)


def _numbers(numbers: pl.Series) -> pl.Series:
    """The same texts as ``_number`` gives, most of them without a look at the single value."""
    whole = ((numbers == numbers.floor()) & (numbers.abs() < _FIRST_INEXACT)).fill_null(value=False)
    texts = numbers.cast(pl.String).zip_with(~whole, numbers.cast(pl.Int64, strict=False).cast(pl.String))
    # Up to 15 digits the shortest text of a fraction is the one its author saw; longer and odd ones are looked at.
    odd = ~texts.str.contains(r"^-?\d+\.\d+$") | (texts.str.len_bytes() > _LONGEST_PLAIN)
    places = (odd & ~whole).fill_null(value=False).arg_true()
    if len(places):
        texts = texts.scatter(places, [_number(value) for value in numbers.gather(places)])
    return texts


def column_letter(index: int) -> str:
    """The spreadsheet's letter of the column with this index, counted from 0: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
