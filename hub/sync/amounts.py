"""Numbers as sources write them, turned into whole stored units without ever being a float."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from hub.sync.cells import Cells, scientific, without_dashes
from hub.sync.fault import Fault
from hub.sync.handover import Unit

# How many decimal places lie between a source's unit and the stored one.
MONEY_PLACES = {Unit.FEN: 0, Unit.YUAN: 2, Unit.TEN_THOUSAND_YUAN: 6}
PERCENT_PLACES = 4
_MONTHLY_PLACES = 8
_MONEY_SUFFIXES = {"万元": 6, "万": 6, "元": 2, "圆": 2}

_POWERS = np.array([10**power for power in range(19)], dtype=np.int64)
_LARGEST = np.iinfo(np.int64).max
_LARGEST_INTEGER = 2**31 - 1
_THOUSANDS = r"^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$"
_CURRENCY = r"^(?:人民币|RMB|CNY|¥)\s*"
_PLAIN = r"^[+-]?\d+(\.\d*)?$"

_OK, _INEXACT, _TOO_LARGE, _UNREADABLE = 0, 1, 2, 3


@dataclass(slots=True)
class _Numbers:
    values: npt.NDArray[np.int64]
    states: npt.NDArray[np.uint8]

    def put(self, index: npt.NDArray[np.intp], other: _Numbers) -> None:
        self.values[index] = other.values
        self.states[index] = other.states

    def where(self, state: int) -> pl.Series:
        return pl.Series(self.states == state)


def _decimals(text: pl.Series) -> npt.NDArray[np.int64]:
    dot = text.str.find(".", literal=True).cast(pl.Int64)
    return (text.str.len_bytes().cast(pl.Int64) - dot - 1).fill_null(0).to_numpy()


def _scale(text: pl.Series, places: int) -> _Numbers:
    """Plain decimals times ten to the power of ``places``, exactly; empty cells count as unreadable."""
    decimals = _decimals(text)
    if (decimals > places).any():
        idle = pl.Series(decimals > places)
        text = text.zip_with(~idle, text.str.strip_chars_end("0"))
        decimals = _decimals(text)
    digits = text.str.replace(".", "", literal=True).cast(pl.Int64, strict=False)
    # A copy: polars hands out its own memory, which must not be written to.
    number = np.array(digits.fill_null(0).to_numpy())
    states = np.where(digits.is_null().to_numpy(), _UNREADABLE, _OK).astype(np.uint8)
    shift = places - decimals
    up = _POWERS[np.clip(shift, 0, 18)]
    large = np.abs(number) > _LARGEST // up
    if (shift < 0).any():
        number, rest = np.divmod(number, _POWERS[np.clip(-shift, 0, 18)])
        states[(rest != 0) | (shift < -18)] = _INEXACT
    states[large] = _TOO_LARGE
    if digits.null_count() > text.null_count():
        beyond = (digits.is_null() & text.str.contains(_PLAIN)).fill_null(value=False).to_numpy()
        states[beyond] = _TOO_LARGE
    return _Numbers(np.where(large, 0, number) * up, states)


def _ungrouped(text: pl.Series) -> pl.Series:
    """``¥1,234.50`` as ``1234.50``; what is not grouped in threes stays as it is, and so unreadable."""
    text = text.str.replace(_CURRENCY, "")
    return text.zip_with(~text.str.contains(_THOUSANDS), text.str.replace_all(",", "", literal=True))


def _read(text: pl.Series, places: int, suffixes: Mapping[str, int]) -> tuple[_Numbers, Cells]:
    """Numbers in the stored unit; a cell's own unit (``5.0万``) overrules ``places``."""
    text = without_dashes(text)
    numbers = _scale(text, places)
    left = np.flatnonzero((numbers.states == _UNREADABLE) & text.is_not_null().to_numpy())
    if left.size:
        odd = _ungrouped(text.gather(left))
        numbers.put(left, _scale(odd, places))
        for suffix, own_places in suffixes.items():
            marked = np.flatnonzero(odd.str.ends_with(suffix).to_numpy() & (numbers.states[left] == _UNREADABLE))
            if marked.size:
                bare = odd.gather(marked).str.strip_suffix(suffix).str.strip_chars_end()
                numbers.put(left[marked], _scale(_ungrouped(bare), own_places))
    return numbers, _cells(text, numbers)


def _cells(text: pl.Series, numbers: _Numbers) -> Cells:
    cells = Cells(pl.Series(numbers.values).zip_with(text.is_not_null(), pl.Series([None], dtype=pl.Int64)))
    if numbers.states.any():
        cells.mark(numbers.where(_TOO_LARGE), Fault.NUMBER_TOO_LARGE)
        unreadable = numbers.where(_UNREADABLE) & text.is_not_null()
        if unreadable.any():
            cells.mark(unreadable & scientific(text), Fault.NUMBER_TRUNCATED)
            cells.mark(unreadable, Fault.NUMBER_UNREADABLE)
    return cells


def read_money(text: pl.Series, unit: Unit) -> Cells:
    """Fen (Int64). ``unit`` is one of ``MONEY_PLACES``."""
    numbers, cells = _read(text, MONEY_PLACES[unit], _MONEY_SUFFIXES)
    cells.mark(numbers.where(_INEXACT), Fault.MONEY_TOO_PRECISE)
    return cells


def read_rate(text: pl.Series, unit: Unit) -> Cells:
    """Millionths a year (Int64) from per cent a year or per mille a month.

    A monthly rate is itself rounded (4.75 % a year is written 3.9583 ‰), so its year is rounded to the millionth.
    """
    if unit is Unit.PERCENT:
        numbers, cells = _read(text, PERCENT_PLACES, {"%": PERCENT_PLACES})
        cells.mark(numbers.where(_INEXACT), Fault.RATE_TOO_PRECISE)
        return cells
    numbers, cells = _read(text, _MONTHLY_PLACES, {"‰": _MONTHLY_PLACES})
    cells.mark(numbers.where(_INEXACT), Fault.RATE_TOO_PRECISE)
    # 1 ‰ a month is 12 ‰ a year, 12000 millionths; read with eight places, so 12000 / 10**8 each.
    cells.mark(cells.values.abs() > _LARGEST // 12, Fault.NUMBER_TOO_LARGE)
    cells.values = (cells.values * 12 + 50_000) // 100_000
    return cells


def read_integer(text: pl.Series) -> Cells:
    """Whole numbers that fit 32 bits (Int64 here, as the table's bounds are checked)."""
    numbers, cells = _read(text, 0, {})
    cells.mark(numbers.where(_INEXACT), Fault.INTEGER_FRACTION)
    cells.mark(cells.values.abs() > _LARGEST_INTEGER, Fault.NUMBER_TOO_LARGE)
    return cells
