"""The plan of one replica: its households and members, who of them borrows, the enterprises, and all loans."""

from dataclasses import dataclass

import numpy as np

from demo import lending
from demo.columns import Columns, Ints, full, height, ints, stacked
from demo.lending import Role
from demo.people import draw_households, draw_persons
from demo.places import TOWNSHIP_NAMES, VILLAGE_TOWNSHIP, VILLAGES
from demo.published import count

LISTED = 6000
BORROWERS = count("disbursed", "households")


@dataclass(slots=True)
class Plan:
    """What is fixed before anything is booked."""

    households: Columns
    persons: Columns
    enterprises: Columns
    loans: Columns  # sorted by day of disbursement


def _split(order: Ints, *sizes: int) -> list[Ints]:
    return [part.astype(np.int64) for part in np.split(order, np.cumsum(sizes))]


def _place_enterprises(rng: np.random.Generator, sizes: Ints, township: Ints, singles: Ints) -> tuple[Ints, Ints]:
    """Every enterprise's households out of one township: (households, enterprise of each)."""
    waiting = {place: list(singles[township[singles] == place]) for place in range(len(TOWNSHIP_NAMES))}
    households: list[int] = []
    for size in sizes.tolist():
        room = np.array([max(0, len(waiting[place]) - 40) * (len(waiting[place]) - 40 > size) for place in waiting])
        place = int(rng.choice(len(room), p=room / room.sum()))
        households += waiting[place][:size]
        del waiting[place][:size]
    return ints(households), np.repeat(np.arange(len(sizes), dtype=np.int64), sizes)


def _lay_out_loans(rng: np.random.Generator, village: Ints, sizes: Ints) -> tuple[Columns, Columns]:
    borrowers = ints(rng.permutation(len(village))[:BORROWERS])
    two, three = lending.HOUSEHOLDS_WITH_TWO, lending.HOUSEHOLDS_WITH_THREE
    twice, thrice, singles = _split(borrowers, two, three)
    township = VILLAGE_TOWNSHIP[village]
    firms = lending.enterprise_sizes(rng)
    alone = singles[sizes[singles] == 1][:2]  # for the two extinct households among the compensated
    singles = singles[~np.isin(singles, alone)]
    used, enterprise = _place_enterprises(rng, firms, township, singles)
    singles = singles[~np.isin(singles, used)]
    compensated, overdue, extended_open, extended_closed, plain_open, closed = _split(singles, 19, 4, 60, 33, 197)
    left = np.arange(len(firms)) < count("enterpriseUse", "exited", "enterprises")
    chains = lending.chains(rng, twice, thrice)
    blocks = (
        lending.closed_singles(rng, closed),
        lending.open_loans(rng, plain_open, Role.OPEN),
        lending.overdue_loans(overdue),
        lending.extended_loans(rng, extended_open, extended_closed),
        lending.used_loans(rng, used, enterprise, left[enterprise]),
        lending.compensated_loans(rng, np.concatenate([alone, compensated])),
    )
    loans = lending.with_amounts(rng, stacked(chains, *blocks))
    first = np.searchsorted(enterprise, np.arange(len(firms)))
    enterprises = {
        "township": township[used[first]],
        "cooperative": ints(rng.random(len(firms)) < 0.6),
        "status": ints(rng.random(len(firms)) < 0.08) * np.where(left, 1, 2),
        "name": ints(rng.permutation(len(firms))),
        "dividend": ints(rng.integers(6, 9, len(firms))),  # per cent a year of the money used
    }
    return loans, enterprises


def _sorted(loans: Columns) -> Columns:
    """By day of disbursement; positions of previous loans follow."""
    order = np.lexsort((loans["household"], loans["disbursed"]))
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    ordered = {name: column[order] for name, column in loans.items()}
    ordered["previous"] = np.where(ordered["previous"] >= 0, place[ordered["previous"]], ordered["previous"])
    return ordered


def draw_plan(seed: int) -> Plan:
    """The same plan for the same seed."""
    rng = np.random.Generator(np.random.PCG64(seed))
    weights = rng.dirichlet(np.full(VILLAGES, 6.0))
    village = np.sort(ints(rng.choice(VILLAGES, LISTED, p=weights)))
    sizes = ints(rng.choice([1, 2, 3, 4, 5], LISTED, p=[0.06, 0.22, 0.35, 0.27, 0.10]))
    loans, enterprises = _lay_out_loans(rng, village, sizes)
    loans = _sorted(loans)
    households = draw_households(rng, village, sizes, loans)
    persons = draw_persons(rng, households)
    first = np.searchsorted(persons["household"], np.arange(LISTED))
    loans["borrower"] = first[loans["household"]] + households["borrower"][loans["household"]]
    loans["number"] = np.arange(height(loans), dtype=np.int64)
    loans["paid_to"] = loans["household"].copy()  # whose card the money goes to
    loans["status_said"] = full(height(loans), -1)  # what the bank wrote instead of the true status or class
    loans["class_said"] = full(height(loans), -1)
    return Plan(households, persons, enterprises, loans)
