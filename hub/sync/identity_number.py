"""Citizen identity numbers after GB 11643-1999: 18 characters, of which 15 digits are the older form."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from hub.sync.cells import Cells, characters, is_ascii, scientific
from hub.sync.fault import Fault

_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2], dtype=np.float32)
_CHECK_CHARACTERS = np.frombuffer(b"10X98765432", dtype=np.uint8)
_DAYS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], dtype=np.int64)
# Two or more in one cell, whatever an office put between them.
_SEVERAL = r"^(?:(?:\d{17}[\dX]|\d{15})[、,;/\\|&+和及]*){2,}$"
_ZERO = np.uint8(ord("0"))

_Characters = npt.NDArray[np.uint8]
_Mask = npt.NDArray[np.bool_]


def check_characters(first17: _Characters) -> _Characters:
    """The right 18th characters (as bytes) for rows of 17 digits (as bytes)."""
    # Sums stay below 2**24, where single precision is exact, and a float product is ten times faster.
    sums = (first17 - _ZERO).astype(np.float32) @ _WEIGHTS
    return np.asarray(_CHECK_CHARACTERS[sums.astype(np.int32) % 11], dtype=np.uint8)


def read_identity_number(text: pl.Series) -> Cells:
    """Valid numbers in their 18-character form; no rule about the area code, which changes over the years.

    A number cut by a spreadsheet ends in 000 and one in eleven still has a right check character; so where any number
    of the column ends in 000 with a wrong one, every number that ends in 000 is held to be cut.
    """
    text, lengthened = _spelled_out(text)
    whole = (text.str.len_bytes() == 18) & (text.str.len_chars() == 18)
    cells = Cells(text, lengthened=lengthened)
    if not whole.all() or text.null_count():
        odd = text.is_not_null() & ~whole
        if odd.any():
            cells.mark(odd & scientific(text), Fault.IDENTITY_TRUNCATED)
            cells.mark(odd & text.str.contains(_SEVERAL), Fault.IDENTITY_SEVERAL)
            cells.mark(odd, Fault.IDENTITY_MALFORMED)
        index = whole.fill_null(value=False).arg_true()
        if len(index):
            _judge(cells, characters(text.gather(index), 18), index)
    elif len(text):
        _judge(cells, characters(text, 18), None)
    return cells


def _spelled_out(text: pl.Series) -> tuple[pl.Series, pl.Series | None]:
    """Capitals, no inner spaces, and 18 characters where 15 digits were given; and where that was so, if anywhere."""
    if text.str.contains(r"[x\s]").any():
        text = text.str.to_uppercase().str.replace_all(r"\s", "")
    old = (text.str.len_bytes() == 15).fill_null(value=False)
    if old.any() and is_ascii(text):
        old &= text.str.contains(r"^\d{15}$")
        if old.any():
            return text.clone().scatter(old.arg_true(), _lengthen(text.filter(old))), old.fill_null(value=False)
    return text, None


def _lengthen(old: pl.Series) -> pl.Series:
    """15 digits as 18: the century of all of them is 1900."""
    first17 = old.str.slice(0, 6) + "19" + old.str.slice(6, 9)
    if not len(first17):
        return first17
    letters = check_characters(characters(first17, 17))
    return first17 + pl.Series([chr(code) for code in letters], dtype=pl.String)


def _judge(cells: Cells, rows: _Characters, index: pl.Series | None) -> None:
    """Mark the faults of the 18-character cells; ``index`` tells where they stand, None means everywhere."""
    digits = rows - _ZERO
    malformed = ~((digits[:, :17] < 10).all(axis=1) & ((digits[:, 17] < 10) | (rows[:, 17] == ord("X"))))
    wrong = check_characters(rows[:, :17]) != rows[:, 17]
    ends_in_zeros = (rows[:, 15] == _ZERO) & (rows[:, 16] == _ZERO) & (rows[:, 17] == _ZERO)
    cut = ends_in_zeros if (ends_in_zeros & wrong).any() else np.zeros_like(wrong)
    found = (
        (malformed, Fault.IDENTITY_MALFORMED),
        (cut, Fault.IDENTITY_TRUNCATED),
        (_unborn(digits), Fault.IDENTITY_BIRTH_DATE),
        (wrong, Fault.IDENTITY_CHECK_FAILED),
    )
    for mask, fault in found:
        if mask.any():
            cells.mark(_spread(mask, index, len(cells.values)), fault)


def _unborn(digits: _Characters) -> _Mask:
    """Where characters 7 to 14 are no date between 1850 and 2149."""
    wide = digits[:, 6:14].astype(np.int64)
    year = wide[:, 0] * 1000 + wide[:, 1] * 100 + wide[:, 2] * 10 + wide[:, 3]
    month = wide[:, 4] * 10 + wide[:, 5]
    day = wide[:, 6] * 10 + wide[:, 7]
    leap = (month == 2) & (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    last = _DAYS[np.where((month >= 1) & (month <= 12), month, 0)] + leap
    return np.asarray((day < 1) | (day > last) | (year < 1850) | (year > 2149), dtype=np.bool_)


def _spread(mask: _Mask, index: pl.Series | None, size: int) -> pl.Series:
    if index is None:
        return pl.Series(mask)
    return pl.zeros(size, dtype=pl.Boolean, eager=True).scatter(index, pl.Series(mask))
