"""Tables of the template world: one int64 array per column; texts are drawn from lists only when written.

Days are counted from 1970-01-01, money is in fen, rates are in millionths, -1 is "none".
"""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Columns = dict[str, Ints]

NONE = -1


def height(table: Columns) -> int:
    """Rows of a table."""
    return len(next(iter(table.values())))


def chosen(table: Columns, which: Ints | Flags) -> Columns:
    """The rows at these positions, or where the flag is set."""
    return {name: column[which] for name, column in table.items()}


def stacked(*tables: Columns) -> Columns:
    """Tables with the same columns, one below the other."""
    return {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}


def with_row(table: Columns, **values: int) -> Columns:
    """The table and one more row: its first row's values unless given here."""
    row = {name: np.array([values.get(name, int(column[0]))], dtype=np.int64) for name, column in table.items()}
    return stacked(table, row)


def full(count: int, value: int) -> Ints:
    """``count`` times the same value."""
    return np.full(count, value, dtype=np.int64)


def ints(values: object) -> Ints:
    """Anything array-like as int64."""
    return np.asarray(values, dtype=np.int64)
