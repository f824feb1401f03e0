"""Loan amounts that add up: drawn by habit, then some of them moved until the sum is exact."""

import numpy as np

from demo.columns import Ints, ints

CAP = 50_000  # yuan per household
# Few amounts move far rather than all of them a little: people borrow round sums.
_STEPS = (10_000, 1_000)

# What people borrow: mostly the cap, else round sums.
_USUAL = ((50_000, 0.56), (40_000, 0.08), (30_000, 0.20), (20_000, 0.10), (45_000, 0.03), (10_000, 0.03))


def habitual(rng: np.random.Generator, count: int) -> Ints:
    """Amounts in yuan as people borrow them."""
    return ints(rng.choice([amount for amount, _ in _USUAL], count, p=[share for _, share in _USUAL]))


def adding_up(rng: np.random.Generator, amounts: Ints, total: int, *, least: int = 5_000) -> Ints:
    """The amounts moved within ``least`` and the cap until they sum to ``total`` yuan.

    What is left below a thousand goes to one amount.
    """
    moved = amounts.copy()
    for size in _STEPS:
        while abs(missing := total - int(moved.sum())) >= size:
            step = size if missing > 0 else -size
            free = np.flatnonzero((moved + step >= least) & (moved + step <= CAP))
            if not len(free):
                break
            moved[rng.permutation(free)[: abs(missing) // size]] += step
    missing = total - int(moved.sum())
    if missing:
        moved[np.flatnonzero((moved + missing >= least) & (moved + missing <= CAP))[0]] += missing
    if int(moved.sum()) != total:
        raise ValueError("The amounts cannot sum to the published total.")
    return moved
