"""The plan of all loans of one replica: who borrows when, how much, until when, and how it ends.

Every loan obeys the rules of the programme; planted faults come later. Chains of loans of one household are laid
out backwards from the last one, so that a loan always begins after the one before it is repaid.
"""

from enum import IntEnum

import numpy as np

from demo import amounts
from demo.columns import NONE, Columns, Flags, Ints, full, height, ints, stacked
from demo.days import FIRST_LENDING, LAST_SETTLEMENT, REFERENCE, SETTLEMENTS, day, plus_months
from demo.published import count, fen


class Role(IntEnum):
    """What is special about a loan."""

    CLOSED = 0
    OPEN = 1
    USED_EXITED = 2
    USED_REMAINING = 3
    COMPENSATED = 4
    OVERDUE = 5
    EXTENDED_OPEN = 6
    EXTENDED_CLOSED = 7
    EARLIER = 8  # repaid, and followed by another loan of the household


class Origin(IntEnum):
    """Who repaid."""

    HOUSEHOLD = 0
    ENTERPRISE = 1
    RENEWAL = 2
    COMPENSATION = 3


class Trigger(IntEnum):
    """What opened a compensation case."""

    DEATH = 0
    INCAPACITY = 1
    EXTINCT = 2
    OVERDUE = 3


HOUSEHOLDS_WITH_TWO = 774
HOUSEHOLDS_WITH_THREE = 86
_OPEN_SECOND, _OPEN_THIRD = 330, 70
_RENEWED_PAIRS = 150
_EXTENDED_OPEN = 60
_OVERDUE_DAYS = (20, 45, 100, 150)
_OVERDUE_YUAN = (40_000, 40_000, 38_100, 35_000)
_CASES = (2, 10, 5, 4)  # compensated loans by trigger: extinct, death, incapacity, overdue
COMPENSATED_PRINCIPAL = 960_000  # yuan; the rest of the published loss is interest

# Benchmark rates in force from a day on: (day, up to one year, above one year), millionths a year.
BENCHMARK = (
    (day(2014, 11, 22), 56_000, 60_000),
    (day(2015, 3, 1), 53_500, 57_500),
    (day(2015, 5, 11), 51_000, 55_000),
    (day(2015, 6, 28), 48_500, 52_500),
    (day(2015, 8, 26), 46_000, 50_000),
    (day(2015, 10, 24), 43_500, 47_500),
)


def benchmark(signed: Ints, months: Ints) -> Ints:
    """The rate in force on the day of signing, in millionths."""
    since = ints([row[0] for row in BENCHMARK])
    place = np.searchsorted(since, signed, side="right") - 1
    short, long = ints([row[1] for row in BENCHMARK]), ints([row[2] for row in BENCHMARK])
    return np.where(months <= 12, short[place], long[place])


def _loans(households: Ints, role: int, disbursed: Ints, term: Ints | int, settled: Ints | int) -> Columns:
    size = len(households)
    months = np.broadcast_to(ints(term), size).copy()
    return {
        "household": households.astype(np.int64),
        "amount": full(size, 0),
        "rate": full(size, 0),
        "term": months,
        "disbursed": disbursed.astype(np.int64),
        "due": plus_months(disbursed, months),
        "extended": full(size, NONE),
        "extension_signed": full(size, NONE),
        "settled": np.broadcast_to(ints(settled), size).copy(),
        "previous": full(size, NONE),
        "renewal": full(size, 0),
        "origin": full(size, Origin.HOUSEHOLD),
        "enterprise": full(size, NONE),
        "collected_until": full(size, NONE),  # last day whose interest was collected, if collection stopped early
        "event": full(size, NONE),
        "applied": full(size, NONE),
        "trigger": full(size, NONE),
        "role": full(size, role),
    }


def _between(rng: np.random.Generator, first: Ints | int, last: Ints | int, size: int) -> Ints:
    return ints(rng.integers(first, np.maximum(last, first) + 1, size))


def closed_singles(rng: np.random.Generator, households: Ints) -> Columns:
    """Loans of households that borrowed once: most repaid on the day, many early, some late."""
    size = len(households)
    term = ints(rng.choice([36, 24, 12], size, p=[0.90, 0.07, 0.03]))
    last = np.select([term == 36, term == 24], [day(2017, 6, 10), day(2018, 6, 10)], day(2019, 6, 10))
    share = rng.beta(1.6, 1.7, size)
    loans = _loans(households, Role.CLOSED, ints(FIRST_LENDING + share * (last - FIRST_LENDING)), term, NONE)
    due = loans["due"]
    fate = rng.random(size)
    early = due - ints(rng.beta(1.0, 2.6, size) * 0.75 * (due - loans["disbursed"]))
    late_share = np.where(due < day(2018, 6, 1), 0.18, np.where(due < day(2019, 7, 1), 0.30, 0.03))
    late = np.minimum(due + _between(rng, 5, 140, size), np.maximum(day(2019, 10, 18), due + 12))
    settled = np.where(fate < late_share, late, np.where(fate > 0.74, early, due))
    loans["settled"] = np.minimum(settled, LAST_SETTLEMENT)
    return loans


def open_loans(rng: np.random.Generator, households: Ints, role: int) -> Columns:
    """Loans that run beyond the reference day."""
    size = len(households)
    term = ints(rng.choice([36, 24, 12], size, p=[0.74, 0.18, 0.08]))
    earliest = plus_months(full(size, REFERENCE), -term) + 5
    disbursed = earliest + ints(rng.beta(0.9, 1.5, size) * (REFERENCE - 2 - earliest))
    disbursed[:3] = REFERENCE - ints([6, 5, 2])  # lending goes on in July 2020
    return _loans(households, role, disbursed, term, NONE)


def overdue_loans(households: Ints) -> Columns:
    """The four loans that are overdue on the reference day."""
    disbursed = plus_months(REFERENCE - ints(_OVERDUE_DAYS), -36)
    loans = _loans(households, Role.OVERDUE, disbursed, 36, NONE)
    loans["amount"] = ints(_OVERDUE_YUAN)
    return loans


def extended_loans(rng: np.random.Generator, still_open: Ints, repaid: Ints) -> Columns:
    """Loans extended once by six or twelve months, agreed before maturity."""
    first = _loans(
        still_open,
        Role.EXTENDED_OPEN,
        _between(rng, day(2016, 9, 1), day(2017, 6, 25), len(still_open)),
        36,
        NONE,
    )
    second = _loans(
        repaid, Role.EXTENDED_CLOSED, _between(rng, day(2015, 3, 1), day(2016, 3, 1), len(repaid)), 36, NONE
    )
    months = np.concatenate([full(len(still_open), 12), ints(rng.choice([6, 12], len(repaid)))])
    loans = stacked(first, second)
    loans["extended"] = plus_months(loans["due"], months)
    loans["extension_signed"] = loans["due"] - _between(rng, 5, 40, height(loans))
    closed = loans["role"] == Role.EXTENDED_CLOSED
    loans["settled"][closed] = (loans["extended"] - _between(rng, 0, 50, height(loans)))[closed]
    return loans


def used_loans(rng: np.random.Generator, households: Ints, enterprise: Ints, exited: Flags) -> Columns:
    """Loans whose money an enterprise used: it repays all of them within a week, or still uses all of them."""
    size, firms = len(households), int(enterprise.max()) + 1
    start = np.where(
        np.bincount(enterprise, exited, firms) > 0,
        _between(rng, day(2015, 5, 1), day(2017, 5, 1), firms),
        _between(rng, day(2017, 8, 20), day(2018, 11, 1), firms),
    )
    disbursed = start[enterprise] + _between(rng, 0, 20, size)
    loans = _loans(households, Role.USED_REMAINING, disbursed, 36, NONE)
    leaving = (start + _between(rng, 840, 1090, firms))[enterprise] + _between(rng, 0, 6, size)
    loans["settled"] = np.where(exited, np.minimum(leaving, loans["due"]), NONE)
    loans["role"] = np.where(exited, Role.USED_EXITED, Role.USED_REMAINING).astype(np.int64)
    loans["origin"] = np.where(exited, Origin.ENTERPRISE, Origin.HOUSEHOLD).astype(np.int64)
    loans["enterprise"] = enterprise.copy()
    return loans


def compensated_loans(rng: np.random.Generator, households: Ints) -> Columns:
    """Loans closed by risk compensation: after an event, or (the last four) after more than 90 days overdue.

    Interest is collected up to a settlement day; what accrues from then to the claim is the interest lost.
    """
    size = len(households)
    loans = _loans(households, Role.COMPENSATED, full(size, 0), 36, NONE)
    loans["amount"] = amounts.adding_up(rng, full(size, 46_000), COMPENSATED_PRINCIPAL, least=30_000)
    by_overdue = np.arange(size) >= size - 4
    quarter = SETTLEMENTS[_between(rng, np.where(by_overdue, 16, 12), np.where(by_overdue, 18, 19), size)]
    loans["collected_until"] = quarter
    lost = (fen("compensation", "amount") // 100 - COMPENSATED_PRINCIPAL) / size
    so_far = 0.0
    claimed = quarter.copy()
    for place in range(size):
        a_day = float(loans["amount"][place]) * 0.0475 / 360
        waited = round((lost * (place + 1) - so_far) / a_day)
        so_far += waited * a_day
        claimed[place] += 1 + waited
    # By event: claimed well before maturity. By delay: the lost interest ends at maturity, the claim comes later.
    disbursed = np.where(by_overdue, plus_months(claimed, -36), claimed - _between(rng, 350, 700, size))
    loans["disbursed"] = disbursed
    loans["due"] = plus_months(disbursed, 36)
    loans["event"] = np.where(by_overdue, NONE, quarter + _between(rng, 8, 40, size))
    loans["applied"] = np.where(by_overdue, loans["due"] + 95, claimed)
    loans["settled"] = loans["applied"] + 35
    loans["origin"] = full(size, Origin.COMPENSATION)
    loans["trigger"] = np.repeat(ints([Trigger.EXTINCT, Trigger.DEATH, Trigger.INCAPACITY, Trigger.OVERDUE]), _CASES)
    return loans


def _before(rng: np.random.Generator, later: Columns, *, renewed: Flags, room: int) -> Columns:
    """The loans the households had before ``later``; a renewed one ends on the day the later one begins."""
    size = height(later)
    gap = np.where(renewed, 0, _between(rng, 4, 120, size))
    settled = later["disbursed"] - gap
    early = np.where(rng.random(size) < 0.6, 0, _between(rng, 5, 60, size))
    term = ints(rng.choice([36, 24, 12], size, p=[0.6, 0.25, 0.15]))
    for shorter in (24, 12):
        term = np.where(plus_months(settled + early, -term) < FIRST_LENDING + room, np.minimum(term, shorter), term)
    disbursed = np.maximum(plus_months(settled + early, -term), FIRST_LENDING)
    # Months of unequal length may put the maturity before the day of repayment: begin a few days later then.
    disbursed += np.where(plus_months(disbursed, term) < settled, 3, 0)
    loans = _loans(later["household"], Role.EARLIER, disbursed, term, settled)
    loans["origin"] = np.where(renewed, Origin.RENEWAL, Origin.HOUSEHOLD).astype(np.int64)
    return loans


def _last_closed(rng: np.random.Generator, households: Ints, since: int) -> Columns:
    size = len(households)
    settled = _between(rng, since, LAST_SETTLEMENT, size)
    term = ints(rng.choice([36, 24, 12], size, p=[0.2, 0.4, 0.4]))
    early = np.where(rng.random(size) < 0.6, 0, _between(rng, 5, 50, size))
    disbursed = plus_months(settled + early, -term)
    disbursed += np.where(plus_months(disbursed, term) < settled, 3, 0)
    return _loans(households, Role.CLOSED, disbursed, term, settled)


def chains(rng: np.random.Generator, twice: Ints, thrice: Ints) -> Columns:
    """Two or three loans one after the other; in some pairs the second renews the first without repayment."""
    second = stacked(
        open_loans(rng, twice[:_OPEN_SECOND], Role.OPEN),
        _last_closed(rng, twice[_OPEN_SECOND:], day(2018, 9, 1)),
    )
    renewed = np.zeros(height(second), dtype=np.bool_)
    recent = np.flatnonzero(second["disbursed"] > day(2017, 8, 1))
    renewed[rng.permutation(recent)[:_RENEWED_PAIRS]] = True
    first = _before(rng, second, renewed=renewed, room=0)
    third = stacked(
        open_loans(rng, thrice[:_OPEN_THIRD], Role.OPEN),
        _last_closed(rng, thrice[_OPEN_THIRD:], day(2019, 6, 1)),
    )
    none = np.zeros(height(third), dtype=np.bool_)
    middle = _before(rng, third, renewed=none, room=420)
    start = _before(rng, middle, renewed=none, room=0)
    second["renewal"] = renewed.astype(np.int64)
    loans = stacked(first, second, start, middle, third)
    # Position of the loan before: the blocks lie one below the other in the order of their households.
    pairs, trios = height(second), height(third)
    loans["previous"][pairs : 2 * pairs] = np.arange(pairs)
    loans["previous"][2 * pairs + trios :] = np.arange(2 * pairs, 2 * pairs + 2 * trios)
    return loans


def with_amounts(rng: np.random.Generator, loans: Columns) -> Columns:
    """Amounts in fen that sum to the published figures in every group, a renewal carrying its first loan's."""
    yuan, role = loans["amount"], loans["role"]
    is_open = loans["settled"] == NONE

    def settle(which: Flags, total: int, *, least: int = 5_000) -> None:
        size = int(which.sum())
        yuan[which] = amounts.adding_up(rng, amounts.habitual(rng, size), total, least=least)

    settle(role == Role.USED_EXITED, fen("enterpriseUse", "exited", "amount") // 100, least=20_000)
    settle(role == Role.USED_REMAINING, fen("enterpriseUse", "remaining", "amount") // 100, least=20_000)
    settle((role == Role.EXTENDED_OPEN) | (role == Role.EXTENDED_CLOSED), fen("extensions", "amount") // 100)
    renewed = np.flatnonzero(loans["renewal"] == 1)
    yuan[renewed] = amounts.habitual(rng, len(renewed))
    yuan[loans["previous"][renewed]] = yuan[renewed]
    open_total, closed_total = fen("outstanding", "amount") // 100, fen("repaid", "amount") // 100
    settle((yuan == 0) & is_open, open_total - int(yuan[is_open].sum()))
    settle((yuan == 0) & ~is_open, closed_total - int(yuan[~is_open].sum()))
    loans["amount"] = yuan * 100
    loans["rate"] = benchmark(loans["disbursed"], loans["term"])
    return loans


def enterprise_sizes(rng: np.random.Generator) -> Ints:
    """Households per enterprise: those that left, then the seven that remain."""
    remaining = ints([18, 15, 14, 13, 12, 10, 7])
    left = count("enterpriseUse", "exited", "enterprises")
    more = count("enterpriseUse", "exited", "households") - 4 * left
    return np.concatenate([4 + ints(rng.multinomial(more, rng.dirichlet(np.full(left, 2.0)))), remaining])
