"""The books of one replica of the published page; a world at scale N is N of them with other identities."""

from demo.books import Books, keep_books
from demo.plan import Plan, draw_plan
from demo.tuning import tuned

SEED = 20_200_708


def make_books(*, faults: bool) -> Books:
    """The books of one replica, with the planted faults or without any."""

    def keep(plan: Plan) -> Books:
        return keep_books(plan, SEED)

    return tuned(draw_plan(SEED), keep)


def replica_books(scale: int, *, faults: bool) -> tuple[Books, Books]:
    """(books of the first replica, books of all others): faults are planted once, whatever the scale."""
    first = make_books(faults=faults)
    return first, make_books(faults=False) if faults and scale > 1 else first
