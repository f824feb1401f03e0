"""Loan amounts that add up: whole thousands up to the cap, drawn by habit, then moved until the sum is exact."""

import numpy as np

from demo.columns import Ints, ints

CAP = 50_000  # yuan per household
_STEP = 1_000

# What people borrow: mostly the cap, else round sums.
_USUAL = ((50_000, 0.56), (40_000, 0.08), (30_000, 0.20), (20_000, 0.10), (45_000, 0.03), (10_000, 0.03))


def habitual(rng: np.random.Generator, count: int) -> Ints:
    """Amounts in yuan as people borrow them."""
    return ints(rng.choice([amount for amount, _ in _USUAL], count, p=[share for _, share in _USUAL]))


def adding_up(rng: np.random.Generator, amounts: Ints, total: int, *, least: int = 5_000) -> Ints:
    """The amounts moved by thousands within ``least`` and the cap until they sum to ``total`` yuan.

    What is left below a thousand goes to one amount.
    """
    moved = amounts.copy()
    while abs(missing := total - int(moved.sum())) >= _STEP:
        step = _STEP if missing > 0 else -_STEP
        free = np.flatnonzero((moved + step >= least) & (moved + step <= CAP))
        moved[rng.permutation(free)[: abs(missing) // _STEP]] += step
    missing = total - int(moved.sum())
    if missing:
        moved[np.flatnonzero((moved + missing >= least) & (moved + missing <= CAP))[0]] += missing
    return moved
