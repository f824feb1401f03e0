"""One column of raw cells on its way to stored values: cleaning, and what every reader returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from hub.sync.fault import Fault

_EMPTY_WORDS = ("", "null", "NULL", "Null")
_DASHES = ("-", "--", "—", "——", "/", "\\")  # an empty cell, where a dash can not be a value
_INVISIBLE = "[\u200b-\u200f\u2060\ufeff]"
# The results a spreadsheet shows when a formula could not be computed.
_SPREADSHEET_ERRORS = (
    *("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"),
    *("#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!", "#CONNECT!", "#GETTING_DATA"),
    "#NOT-COMPUTED!",  # the reader's word for a formula that has no result at all
)


_SAMPLE = 400
_WORTH_LOOKING = 4 * _SAMPLE


@dataclass(slots=True)
class Cells:
    """One field of a batch: values as stored (null where empty or faulty), and the number of each cell's fault.

    ``faults`` is UInt8 (0 is none), or None where the whole column is sound. ``lengthened`` is true where the value was
    read from an older, shorter form of it; None where no cell was.
    """

    values: pl.Series
    faults: pl.Series | None = None
    lengthened: pl.Series | None = None

    def mark(self, where: pl.Series, fault: Fault) -> None:
        """Note ``fault`` where ``where`` is true and nothing was noted before; such a cell has no value."""
        where = where.fill_null(value=False)
        if not where.any():
            return
        if self.faults is None:
            self.faults = pl.zeros(len(where), dtype=pl.UInt8, eager=True)
        fresh = where & (self.faults == 0)
        self.faults = self.faults.zip_with(~fresh, pl.Series([fault.number], dtype=pl.UInt8))
        self.values = blank(self.values, where)

    def slice(self, start: int, length: int) -> Cells:
        """The cells of ``length`` rows from ``start`` on."""
        faults = None if self.faults is None else self.faults.slice(start, length)
        if faults is not None and not faults.sum():
            faults = None
        lengthened = None if self.lengthened is None else self.lengthened.slice(start, length)
        return Cells(self.values.slice(start, length), faults, lengthened)


def blank(series: pl.Series, where: pl.Series) -> pl.Series:
    """``series`` with null where ``where`` is true."""
    return series.zip_with(~where.fill_null(value=False), pl.Series([None], dtype=series.dtype))


def is_ascii(text: pl.Series) -> bool:
    """Whether the column holds no character outside ASCII."""
    return bool(text.str.len_bytes().sum() == text.str.len_chars().sum())


def characters(text: pl.Series, width: int) -> npt.NDArray[np.uint8]:
    """The cells' bytes, a row each; every cell is ASCII and ``width`` long."""
    joined: str = text.str.join("").item()
    return np.frombuffer(joined.encode("ascii"), dtype=np.uint8).reshape(-1, width)


def clean(raw: pl.Series) -> pl.Series:
    """Trimmed, half-width (NFKC), without invisible characters; an empty cell is null."""
    text = raw if raw.dtype == pl.String else raw.cast(pl.String)
    text = text.str.strip_chars()
    if not is_ascii(text):
        text = text.str.normalize("NFKC")
        if text.str.contains(_INVISIBLE).any():
            text = text.str.replace_all(_INVISIBLE, "").str.strip_chars()
    return blank(text, text.is_in(_EMPTY_WORDS))


def without_dashes(text: pl.Series) -> pl.Series:
    """A lone dash or slash stands for an empty cell."""
    return blank(text, text.is_in(_DASHES))


def spreadsheet_errors(text: pl.Series) -> pl.Series:
    """Where a formula's error value stands instead of a value."""
    return text.str.starts_with("#") & text.is_in(_SPREADSHEET_ERRORS)


def scientific(text: pl.Series) -> pl.Series:
    """Where a long number has become ``5.22E+17``."""
    return text.str.contains(r"^\d(\.\d+)?[Ee]\+?\d+$")


def fill_left(values: pl.Series, text: pl.Series, read: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """Try ``read`` on the cells that are not empty and have no value yet: rare spellings cost only when met."""
    left = (text.is_not_null() & values.is_null()).arg_true()
    if not len(left):
        return values
    return values.clone().scatter(left, read(text.gather(left)))


def repeats(raw: pl.Series) -> pl.Series | None:
    """The distinct cells of a column that says the same few things over and over; None if it does not."""
    if len(raw) < _WORTH_LOOKING or raw.head(_SAMPLE).n_unique() > _SAMPLE // 4:
        return None
    distinct = raw.unique()
    return distinct if len(distinct) <= len(raw) // 8 else None


def expand(cells: Cells, distinct: pl.Series, raw: pl.Series) -> Cells:
    """The cells of ``raw``, given the ``cells`` of its distinct values."""
    index = raw.replace_strict(distinct, pl.Series(range(len(distinct)), dtype=pl.UInt32), return_dtype=pl.UInt32)
    faults = None if cells.faults is None else cells.faults.gather(index)
    lengthened = None if cells.lengthened is None else cells.lengthened.gather(index)
    return Cells(cells.values.gather(index), faults, lengthened)
