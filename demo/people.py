"""Households and their members: invented, and such that every borrower may borrow (18 to 65, listed in time)."""

import numpy as np

from demo import names
from demo.columns import NONE, Columns, Ints, full, ints
from demo.days import REFERENCE, day

# Households without a loan, and why; the first two kinds applied for nothing.
_WHY_NOT_SHARES = (0.45, 0.20, 0.20, 0.15)

HEAD, SPOUSE, CHILD, PARENT = range(4)
_YEAR = 365.25


def draw_households(rng: np.random.Generator, village: Ints, sizes: Ints, loans: Columns) -> Columns:
    """One row per listed household: registry facts, credit file and application, in the order of villages."""
    size = len(village)
    first = full(size, REFERENCE + 1)
    np.minimum.at(first, loans["household"], loans["disbursed"])
    last = full(size, NONE)
    np.maximum.at(last, loans["household"], np.where(loans["settled"] == NONE, REFERENCE + 1, loans["settled"]))
    borrows = first <= REFERENCE
    applied = first - ints(rng.integers(15, 41, size))
    registered = np.where(
        rng.random(size) < 0.85,
        rng.integers(day(2013, 12, 1), day(2014, 9, 1), size),
        rng.integers(day(2014, 9, 1), day(2017, 1, 1), size),
    )
    registered = np.minimum(registered, applied - 40)
    filed = np.minimum(registered + ints(rng.integers(20, 200, size)), applied - 10)
    rated = np.minimum(filed + ints(rng.integers(5, 120, size)), applied - 2)
    # Single-person and other small households are lent to as well, to the one adult there is.
    draw = rng.random(size)
    borrower = np.where((draw > 0.9) & (sizes >= 3), 2, np.where((draw > 0.8) & (sizes >= 2), 1, 0))
    removed = np.where(~borrows & (rng.random(size) < 0.05), rng.integers(day(2018, 1, 1), day(2020, 6, 1), size), NONE)
    gone = borrows & (last < day(2019, 6, 1)) & (rng.random(size) < 0.01)
    removed = np.where(gone, last + ints(rng.integers(30, 300, size)), removed)
    status = ints(rng.choice([0, 1, 2, 3], size, p=[0.03, 0.90, 0.01, 0.06]))  # POOR LIFTED RETURNED MONITORED
    why_not = ints(rng.choice(len(_WHY_NOT_SHARES), size, p=_WHY_NOT_SHARES))
    return {
        "village": village,
        "size": sizes,
        "borrower": ints(borrower),  # position in the household
        "registered": ints(registered),
        "removed": ints(removed),
        "status": np.where(removed != NONE, 4, status),  # 4 REMOVED, 5 EXTINCT
        "cause": ints(rng.integers(0, len(names.CAUSES), size)),
        "income": ints(rng.integers(420_000, 1_450_000, size)),
        "danger_house": ints(rng.random(size) < 0.02),
        "hamlet": ints(rng.integers(1, 9, size)),
        "filed": ints(filed),
        "rated": ints(rated),
        "grade": ints(rng.choice(4, size, p=[0.2, 0.4, 0.3, 0.1])),
        "applied": np.where(borrows, applied, np.where(why_not == 3, rated + 60, NONE)),
        "why_not": np.where(borrows, NONE, why_not),
        "requested": ints(rng.choice([50_000, 50_000, 50_000, 30_000, 20_000], size)),
        "untended": full(size, 0),  # no officer in charge
        "called": full(size, 0),  # how officers called on it: CALLED … in demo/visiting.py
    }


def _births(rng: np.random.Generator, position: Ints, relation: Ints, borrower: Ints) -> Ints:
    """Birth days: the borrower is 22 to 60 at the end of 2014; the others fit around the head."""
    size = len(position)
    working = ints(rng.integers(day(1956, 1, 1), day(1990, 12, 31), size))
    young = ints(rng.integers(day(1984, 1, 1), day(1995, 12, 31), size))
    head_of = np.repeat(np.flatnonzero(position == 0), np.diff(np.append(np.flatnonzero(position == 0), size)))
    own = np.where(borrower[head_of] == 2, young[head_of], working[head_of])
    gap = ints(rng.integers(int(21 * _YEAR), int(29 * _YEAR), size))
    head = np.where(borrower[head_of] == 2, own - gap[head_of], own)
    spouse = head + ints(rng.integers(-1400, 1800, size))
    oldest = day(1956, 1, 1)
    spouse = np.where((borrower[head_of] != 2) & (spouse < oldest), 2 * oldest - spouse, spouse)
    child = np.minimum(head + gap, day(2019, 12, 1) - ints(rng.integers(0, 1500, size)))
    child = np.where((position == 2) & (borrower == 2), own, child)
    parent = head - gap
    return np.select([relation == HEAD, relation == SPOUSE, relation == CHILD], [head, spouse, child], parent)


def draw_persons(rng: np.random.Generator, households: Columns) -> Columns:
    """One row per member, head first; columns name and given are places in the lists of ``demo.names``."""
    sizes = households["size"]
    household = np.repeat(np.arange(len(sizes), dtype=np.int64), sizes)
    size = len(household)
    start = np.cumsum(sizes) - sizes
    position = np.arange(size, dtype=np.int64) - start[household]
    borrower = households["borrower"][household]
    has_parent = (rng.random(len(sizes)) < 0.5)[household] & (sizes[household] >= 4)
    is_parent = has_parent & (position == sizes[household] - 1)
    relation = np.select([position == 0, position == 1, is_parent], [HEAD, SPOUSE, PARENT], CHILD)
    birth = _births(rng, position, relation, borrower)
    head_male = (rng.random(len(sizes)) < 0.82)[household]
    coin = rng.random(size) < 0.5
    male = np.select([relation == HEAD, relation == SPOUSE], [head_male, ~head_male], coin)
    family = ints(rng.integers(0, len(names.FAMILY), size))
    own_name = (relation == SPOUSE) | (position == 0)
    family = np.where(own_name, family, family[start[household]])
    age = (REFERENCE - birth) / _YEAR
    labour = np.select(
        [age < 16, age > 72, age > 62],
        [4, 0, 1],  # UNDERAGE, NONE, WEAK
        rng.choice([1, 2, 3], size, p=[0.08, 0.74, 0.18]),
    )
    labour = np.where(position == borrower, np.maximum(2, np.minimum(labour, 3)), labour)
    return {
        "household": household,
        "position": position,
        "relation": ints(relation),
        "male": ints(male),
        "birth": birth,
        "family": family,
        "first": ints(rng.integers(0, len(names.GIVEN), size)),
        "second": np.where(rng.random(size) < 0.8, rng.integers(0, len(names.GIVEN), size), NONE).astype(np.int64),
        "labour": ints(labour),
        "main": ints(position == borrower),
        "health": ints(rng.choice(3, size, p=[0.86, 0.10, 0.04])),
        "ethnicity": ints(rng.choice(4, len(sizes), p=[0.6, 0.25, 0.12, 0.03]))[household],
        "schooling": ints(rng.integers(0, len(names.SCHOOLING), size)),
        "months_away": np.where((age > 18) & (age < 60), rng.integers(0, 11, size), 0).astype(np.int64),
        "since": np.maximum(households["registered"][household], birth + 30),
        "until": full(size, NONE),
        "slot": _slots(birth, ints(male)),
    }


def _slots(birth: Ints, male: Ints) -> Ints:
    """A number per person, below ten, that differs among those with the same birthday and sex."""
    order = np.lexsort((male, birth))
    key = birth[order] * 2 + male[order]
    first = np.concatenate([[True], key[1:] != key[:-1]])
    start = np.maximum.accumulate(np.where(first, np.arange(len(birth)), 0))
    slot = np.empty(len(birth), dtype=np.int64)
    slot[order] = np.arange(len(birth)) - start
    if int(slot.max()) >= 10:
        raise ValueError("Too many invented people share a birthday.")
    return slot
