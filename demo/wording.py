"""How records are numbered, named and dated in the agencies' systems, for any replica."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from demo import names
from demo.columns import Columns, Flags, Ints, height
from demo.identity import padded

LOANS_PER_REPLICA = 7_000
HOUSEHOLDS_PER_REPLICA = 10_000
_ROWS_PER_REPLICA = 100_000


def spread(table: Columns, first: int, count: int) -> tuple[Columns, Ints]:
    """The table ``count`` times, and the replica each row stands for."""
    replica = np.repeat(np.arange(first, first + count, dtype=np.int64), height(table))
    return {name: np.tile(column, count) for name, column in table.items()}, replica


def either(flags: Flags, yes: pl.Series | str | None, no: pl.Series) -> pl.Series:
    """Row by row ``yes`` where the flag is set, else ``no``."""
    chosen = pl.lit(yes, dtype=pl.String) if yes is None or isinstance(yes, str) else yes
    return pl.select(pl.when(pl.Series(flags)).then(chosen).otherwise(no)).to_series()


def listed(words: Sequence[str], places: Ints) -> pl.Series:
    """The word at each place of a list."""
    return pl.Series(words, dtype=pl.String).gather(pl.Series(places))


def yes_no(flags: Ints) -> pl.Series:
    return listed(("否", "是"), flags)


def dates(days: Ints, style: str, empty: str | None) -> pl.Series:
    """Days in a ``strftime`` style; "none" becomes ``empty``."""
    return either(days < 0, empty, birthdays(days, style))


def birthdays(days: Ints, style: str) -> pl.Series:
    """Days in a ``strftime`` style, where those before 1970 are real ones."""
    return pl.Series(days).cast(pl.Int32).cast(pl.Date).dt.strftime(style)


def yuan(fen: Ints) -> pl.Series:
    """Fen as yuan with two decimals."""
    whole = pl.Series(fen // 100).cast(pl.String)
    return whole + "." + padded(fen % 100, 2)


def percent(millionths: Ints, decimals: int) -> pl.Series:
    """Millionths as per cent with a fixed number of decimals, up to four."""
    cut = millionths // 10 ** (4 - decimals)
    return pl.Series(cut // 10**decimals).cast(pl.String) + "." + padded(cut % 10**decimals, decimals)


def numbered(prefix: str, replica: Ints, place: Ints) -> pl.Series:
    """A record number out of replica and place in its table."""
    return padded(replica * _ROWS_PER_REPLICA + place + 1, 10, prefix)


def loan_numbers(replica: Ints, number: Ints) -> pl.Series:
    """借据号; below zero there is none."""
    text = padded(replica * LOANS_PER_REPLICA + number + 1, 10, "XYJ")
    return either(number < 0, "", text)


def loan_accounts(replica: Ints, number: Ints) -> pl.Series:
    return padded(replica * LOANS_PER_REPLICA + number + 1, 11, "3522301")


def contract_numbers(replica: Ints, number: Ints, disbursed: Ints, brackets: str = "（）") -> pl.Series:
    """合同号, with the kind of brackets the agency types."""
    year = dates(disbursed, "%Y", None)
    return f"扶贷{brackets[0]}" + year + f"{brackets[1]}第" + padded(replica * LOANS_PER_REPLICA + number + 1, 9) + "号"


def household_numbers(replica: Ints, household: Ints) -> pl.Series:
    """户编号; below zero there is none."""
    text = padded(replica * HOUSEHOLDS_PER_REPLICA + household + 1, 9, "5223")
    return either(household < 0, None, text)


def person_numbers(persons: Columns, replica: Ints, person: Ints) -> pl.Series:
    """人编号: the household's number and the place in it; below zero there is none."""
    text = household_numbers(replica, persons["household"][person]) + padded(persons["position"][person] + 1, 2)
    return either(person < 0, None, text)


def person_names(persons: Columns, replica: Ints, person: Ints) -> pl.Series:
    """Family name and one or two given characters, other ones in every replica."""
    family = listed(names.FAMILY, (persons["family"][person] + replica * 7) % len(names.FAMILY))
    first = listed(names.GIVEN, (persons["first"][person] + replica * 13) % len(names.GIVEN))
    second_place = persons["second"][person]
    second = listed(names.GIVEN, (second_place + replica * 29) % len(names.GIVEN))
    plain = family + first + either(second_place < 0, "", second)
    dotted = (persons["ethnicity"][person] == 3) & (persons["first"][person] < 10)
    with_dot = listed(names.DOTTED, persons["first"][person] % len(names.DOTTED))
    return either(dotted, with_dot, plain)


def officer_names(officer: Ints) -> pl.Series:
    """The same officers in every replica."""
    family = listed(names.FAMILY, (officer * 31 + 5) % len(names.FAMILY))
    first = listed(names.GIVEN, (officer * 17 + 3) % len(names.GIVEN))
    return family + first + listed(names.GIVEN, (officer * 41 + 11) % len(names.GIVEN))


def enterprise_names(name: Ints, replica: Ints, cooperative: Ints) -> pl.Series:
    words = listed(names.ENTERPRISE_WORDS, (name + replica) % len(names.ENTERPRISE_WORDS))
    trades = listed(names.ENTERPRISE_TRADES, name // len(names.ENTERPRISE_WORDS) % len(names.ENTERPRISE_TRADES))
    ends = listed(("有限公司", "农民专业合作社"), cooperative)
    mark = either(replica > 0, pl.Series(replica).cast(pl.String) + "号", pl.repeat("", len(replica), eager=True))
    return "兴义" + words + mark + trades + ends
