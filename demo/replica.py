"""The books of one replica of the published page; a world at scale N is N of them with other identities."""

from dataclasses import dataclass, field

from demo import awkward
from demo.books import Books, keep_books
from demo.days import BATCHES
from demo.faults_lending import plant_in_plan
from demo.faults_money import plant_in_books, quarantined
from demo.layout import SEED
from demo.plan import Plan, draw_plan
from demo.planting import Garden, Planted
from demo.tuning import tuned


@dataclass(frozen=True, slots=True)
class Replicas:
    """The first replica, which holds all faults and awkward forms, and the one that all others repeat."""

    first: Books
    others: Books
    planted: list[Planted] = field(default_factory=list)
    quarantined: list[dict[str, str]] = field(default_factory=list)
    awkward: list[dict[str, str]] = field(default_factory=list)


def clean_books() -> Books:
    """One replica without any fault."""
    return tuned(draw_plan(SEED), lambda plan: keep_books(plan, SEED))


def _faulty_books(garden: Garden) -> Books:
    plant_in_plan(garden)
    in_plan = len(garden.planted)

    def keep(plan: Plan) -> Books:
        # The tuning keeps the books several times; only the last listing counts.
        del garden.planted[in_plan:]
        books = keep_books(plan, SEED)
        plant_in_books(books, garden)
        return books

    return tuned(garden.plan, keep)


def replicas(scale: int, *, faults: bool) -> Replicas:
    """Everything that is to be written at ``scale``."""
    planted: list[Planted] = []
    refused: list[dict[str, str]] = []
    if faults:
        garden = Garden(draw_plan(SEED))
        first = _faulty_books(garden)
        planted, refused = garden.planted, quarantined(first, garden)
    else:
        first = clean_books()
    awkward.mark_subsidies(first)
    others = clean_books() if scale > 1 else first
    return Replicas(first, others, planted, refused, awkward.subsidies(first, BATCHES[5][0]))
