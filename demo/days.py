"""The programme's calendar: day numbers, settlement days on the 20th, half-year subsidy batches."""

from datetime import date

import numpy as np

from demo.columns import Ints, ints

_EPOCH = date(1970, 1, 1)


def day(year: int, month: int, of_month: int) -> int:
    """Days from 1970-01-01."""
    return (date(year, month, of_month) - _EPOCH).days


FIRST_LENDING = day(2014, 12, 22)
REFERENCE = day(2020, 7, 8)
LAST_SETTLEMENT = day(2020, 6, 20)

# Interest is settled on the 20th of the last month of a quarter.
SETTLEMENTS: Ints = ints([day(year, month, 20) for year in range(2014, 2021) for month in (3, 6, 9, 12)][3:26])

# Half-year batches: (label, last settlement day, first day of payment).
BATCHES: tuple[tuple[str, int, int], ...] = tuple(
    batch
    for year in range(2015, 2021)
    for batch in (
        (f"{year}年上半年", day(year, 6, 20), day(year, 7, 1)),
        (f"{year}年下半年", day(year, 12, 20), day(year + 1, 1, 8)),
    )
)[:11]


def plus_months(days: Ints, months: Ints | int) -> Ints:
    """The same day of the month so many months later, or that month's last day."""
    dates = days.astype("datetime64[D]")
    first = dates.astype("datetime64[M]")
    of_month = (dates - first.astype("datetime64[D]")).astype(np.int64)
    target = first + np.asarray(months, dtype="timedelta64[M]")
    length = ((target + 1).astype("datetime64[D]") - target.astype("datetime64[D]")).astype(np.int64)
    return ints(target.astype("datetime64[D]").astype(np.int64) + np.minimum(of_month, length - 1))


def month_ends(first: tuple[int, int], last: tuple[int, int]) -> list[int]:
    """The last days of all months from ``first`` (year, month) to ``last``, both included."""
    start = np.datetime64(f"{first[0]:04d}-{first[1]:02d}", "M")
    stop = np.datetime64(f"{last[0]:04d}-{last[1]:02d}", "M")
    months = np.arange(start, stop + 1)
    return [int(item) for item in (months + 1).astype("datetime64[D]").astype(np.int64) - 1]
