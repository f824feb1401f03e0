"""Brings the subsidy paid to the published total without touching a single payment's arithmetic.

Some loans that were repaid early are repaid some days earlier or later: first many of them until the sum is within
one day's interest, then two of them by so many days that their roundings close the rest to the fen.
"""

from collections.abc import Callable

import numpy as np

from demo.books import Books, interest_of
from demo.columns import NONE, Columns, Flags, Ints, height, ints
from demo.days import BATCHES, SETTLEMENTS
from demo.lending import Origin, Role
from demo.plan import Plan
from demo.published import fen

_FURTHEST = 45  # days a repayment may move in the first pass
_NEAR = 12  # and in the second


def movable(loans: Columns) -> Flags:
    """Loans whose day of repayment is free: a household's only loan, repaid by itself, not late; every other one.

    Planted faults keep away from them.
    """
    again = np.zeros(height(loans), dtype=np.bool_)
    again[loans["previous"][loans["previous"] != NONE]] = True
    return np.asarray(
        (loans["role"] == Role.CLOSED)
        & (loans["previous"] == NONE)
        & ~again
        & (loans["origin"] == Origin.HOUSEHOLD)
        & (loans["settled"] <= loans["due"])
        & (loans["settled"] > loans["disbursed"] + 250)
        & (loans["number"] % 2 == 0)
    )


def _move_roughly(loans: Columns, free: Ints, missing: int) -> None:
    for loan in free.tolist():
        a_day = int(loans["amount"][loan]) * int(loans["rate"][loan]) / 360_000_000
        room = min(_FURTHEST, int(loans["due"][loan] - loans["settled"][loan])) if missing > 0 else _FURTHEST
        shift = min(room, int(abs(missing) / a_day)) * (1 if missing > 0 else -1)
        loans["settled"][loan] += shift
        missing -= round(shift * a_day)
        if abs(missing) < a_day:
            return
    raise ValueError("The published subsidy cannot be reached: the plan of loans is too far from it.")


def _close(books: Books, free: Ints, missing: int) -> None:
    """Moves two repayments within their settlement period so that the sum changes by ``missing`` fen."""
    loans, subsidies = books.plan.loans, books.subsidies
    last = np.full(height(loans), NONE, dtype=np.int64)
    known = np.flatnonzero(subsidies["loan"] < height(loans))  # a planted fault names a loan that does not exist
    last[subsidies["loan"][known]] = known
    settled = loans["settled"][free]
    quarter = np.searchsorted(SETTLEMENTS, settled)
    inside = (settled - SETTLEMENTS[quarter - 1] > _NEAR + 2) & (quarter < len(SETTLEMENTS))
    inside &= SETTLEMENTS[np.minimum(quarter, len(SETTLEMENTS) - 1)] - settled > _NEAR + 2
    inside &= (loans["due"][free] - settled > _NEAR) & (settled < BATCHES[-1][1] - _NEAR)
    free = free[inside]
    row = last[free]
    shifts = ints([shift for shift in range(-_NEAR, _NEAR + 1) if shift])
    days = subsidies["days"][row][:, None] + shifts
    moved = interest_of(loans["amount"][free][:, None], loans["rate"][free][:, None], days)
    change = (moved - subsidies["amount"][row][:, None]).ravel()
    owner, shift = np.repeat(free, len(shifts)), np.tile(shifts, len(free))
    order = np.argsort(change, kind="stable")
    found = np.searchsorted(change[order], missing - change)
    for first in range(len(change)):
        if found[first] < len(change):
            second = order[found[first]]
            if change[first] + change[second] == missing and owner[first] != owner[second]:
                loans["settled"][owner[first]] += shift[first]
                loans["settled"][owner[second]] += shift[second]
                return
    raise ValueError("No two repayments close the published subsidy to the fen.")


def tuned(plan: Plan, keep: Callable[[Plan], Books]) -> Books:
    """The books that ``keep`` makes of the plan, with days of repayment moved until the subsidy is as published."""
    target = fen("subsidyPaid", "amount")
    free = np.flatnonzero(movable(plan.loans)).astype(np.int64)
    books = keep(plan)
    # Loans repaid on their day have no room to move later, but may move earlier; those moved stay apart.
    _move_roughly(plan.loans, free, target - books.subsidy_total)
    books = keep(plan)
    _close(books, free, target - books.subsidy_total)
    books = keep(plan)
    if books.subsidy_total != target:
        raise ValueError("The subsidy does not add up to the published total.")
    return books
