"""Dates as sources write them; a time of day is cut off, the marks for "no date" are empty."""

from __future__ import annotations

import polars as pl

from hub.sync.cells import Cells, blank, fill_left, without_dashes
from hub.sync.fault import Fault

_NONE_YET = ("9999-12-31", "99991231", "9999/12/31", "9999.12.31", "9999年12月31日")
# What a spreadsheet, MySQL or Oracle shows for the number or date nought.
_NOUGHT = (
    *("0", "00:00:00", "1900-01-00", "1900-1-0", "1900/01/00", "1900/1/0", "1900年1月0日", "1900.1.0"),
    *("0000-00-00", "00000000", "0000/00/00", "0001-01-01", "00010101"),
)
_ISO = "%Y-%m-%d"
# 1 January 1970 in a spreadsheet's count of days.
_SERIAL_OF_EPOCH = 25569


def read_date(text: pl.Series) -> Cells:
    """``2020-07-08``, ``20200708``, ``2020/7/8``, ``2020.7.8``, ``2020年7月8日`` and spreadsheet serials as Date."""
    text = without_dashes(text)
    values = text.str.to_date(_ISO, strict=False)
    values = fill_left(values, text, _compact)
    values = fill_left(values, text, _separated)
    values = fill_left(values, text, _serial)
    if (values.dt.year() == 9999).any():
        none_yet = values.dt.year() == 9999
        text = blank(text, none_yet & text.str.split(" ").list.first().is_in(_NONE_YET))
        values = blank(values, none_yet)
    left = text.is_not_null() & values.dt.year().is_null()
    if left.any() or (values.dt.year() == 1).any():
        nought = text.is_in(_NOUGHT) | text.str.replace(r"[T ][0:]+$", "").is_in(_NOUGHT)
        text, values = blank(text, nought), blank(values, nought)
    cells = Cells(values)
    cells.mark(~values.dt.year().is_between(1900, 2199), Fault.DATE_UNREADABLE)
    cells.mark(text.is_not_null() & values.is_null(), Fault.DATE_UNREADABLE)
    return cells


def _compact(text: pl.Series) -> pl.Series:
    """``20200708`` and ``20200708093000``."""
    fitting = text.str.contains(r"^\d{8}(\d{6})?$")
    return blank(text.str.slice(0, 8), ~fitting).str.to_date("%Y%m%d", strict=False)


def _separated(text: pl.Series) -> pl.Series:
    """Years, months and days apart, one or two digits each, whatever stands between; the time is cut off."""
    day = text.str.replace(r"[T\s].*$", "").str.replace("日", "", literal=True).str.replace_all(r"[年月/.]", "-")
    parts = day.str.extract_groups(r"^(?<y>\d{4})-(?<m>\d{1,2})-(?<d>\d{1,2})$").struct.unnest()
    padded = parts.select(pl.concat_str("y", pl.col("m").str.zfill(2), pl.col("d").str.zfill(2), separator="-"))
    return padded.to_series().str.to_date(_ISO, strict=False)


def _serial(text: pl.Series) -> pl.Series:
    """``43990``, also with a time as its fraction: days since the end of 1899."""
    days = text.str.extract(r"^(\d{5})(?:\.\d*)?$", 1).cast(pl.Int64, strict=False)
    return (days - _SERIAL_OF_EPOCH).cast(pl.Int32).cast(pl.Date)
