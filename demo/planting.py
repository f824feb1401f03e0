"""Choosing where faults go, and the list of what was planted."""

from dataclasses import dataclass, field
from functools import cache

import numpy as np
import polars as pl

from demo.columns import NONE, Flags, Ints, height, ints
from demo.days import day
from demo.lending import Origin, Role
from demo.plan import Plan
from demo.tuning import movable
from demo.wording import household_numbers, loan_numbers, person_numbers

_SEED = 407


@dataclass(frozen=True, slots=True)
class Planted:
    """One planted fault: its question (domain brief §4), the records concerned by key, what is wrong.

    ``also`` names other questions that rightly find the same records.
    """

    code: str
    about: str
    keys: dict[str, list[str]]
    also: tuple[str, ...] = ()


def text_of(series_of_one: pl.Series) -> str:
    """The only value of a series."""
    return str(series_of_one.item())


_FIRST = np.zeros(1, dtype=np.int64)


@cache  # the tuning keeps the books several times
def loan_key(loan: int) -> str:
    """借据号 of a loan of the first replica."""
    return text_of(loan_numbers(_FIRST, ints([loan])))


@cache
def household_key(household: int) -> str:
    """户编号 in the first replica."""
    return text_of(household_numbers(_FIRST, ints([household])))


def person_key(plan: Plan, person: int) -> str:
    """人编号 in the first replica."""
    return text_of(person_numbers(plan.persons, _FIRST, ints([person])))


@dataclass(slots=True)
class Garden:
    """Loans that faults may be planted on: each household once, never one that the tuning moves."""

    plan: Plan
    rng: np.random.Generator = field(default_factory=lambda: np.random.Generator(np.random.PCG64(_SEED)))
    used: set[int] = field(default_factory=set)
    planted: list[Planted] = field(default_factory=list)
    picks: dict[str, Ints] = field(default_factory=dict)

    def pick(self, code: str, which: Flags, wanted: int) -> Ints:
        """``wanted`` loans among the flagged ones, remembered under ``code``; raises if there are too few."""
        households = self.plan.loans["household"]
        found: list[int] = []
        for loan in self.rng.permutation(np.flatnonzero(which)).tolist():
            household = int(households[loan])
            if household not in self.used:
                self.used.add(household)
                found.append(loan)
            if len(found) == wanted:
                break
        if len(found) < wanted:
            raise ValueError(f"Too few loans to plant {code} on.")
        self.picks[code] = np.sort(ints(found))
        return self.picks[code]

    def note(self, code: str, about: str, keys: dict[str, list[str]], also: tuple[str, ...] = ()) -> None:
        """Adds one fault to the list."""
        self.planted.append(Planted(code, about, keys, also))

    def note_loans(self, code: str, about: str, also: tuple[str, ...] = ()) -> None:
        """One fault for each loan picked under ``code``."""
        for loan in self.picks[code].tolist():
            household = household_key(int(self.plan.loans["household"][loan]))
            self.note(code, about, {"loan": [loan_key(loan)], "household": [household]}, also)

    @property
    def single(self) -> Flags:
        """Loans that are their household's only one."""
        loans = self.plan.loans
        loans_of = np.bincount(loans["household"], minlength=height(self.plan.households))
        return np.asarray(loans_of[loans["household"]] == 1)

    @property
    def quiet(self) -> Flags:
        """Repaid on time by the household, its only loan, running at least from mid-2017 to early 2019."""
        loans = self.plan.loans
        removed = self.plan.households["removed"][loans["household"]]
        return np.asarray(
            (loans["role"] == Role.CLOSED)
            & self.single
            & ~movable(loans)
            & (loans["origin"] == Origin.HOUSEHOLD)
            & (loans["settled"] <= loans["due"])
            & (loans["term"] == 36)
            & (removed == NONE)
            & (loans["disbursed"] >= day(2015, 11, 1))
            & (loans["disbursed"] <= day(2017, 6, 1))
            & (loans["settled"] >= day(2019, 2, 1))
        )

    @property
    def lasting(self) -> Flags:
        """Open, not overdue nor extended, the household's only loan."""
        loans = self.plan.loans
        return np.asarray((loans["role"] == Role.OPEN) & self.single)
