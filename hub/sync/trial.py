"""Try a source without writing: what it delivers, how its headings were matched, how its first rows fare."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field

from hub.catalog.registry import Catalogue
from hub.errors import ContractError, HubError
from hub.sync import contract
from hub.sync.connector import Connector, Dated, Delivery, Lacking
from hub.sync.handover import ROW, Batch, Due, Part

FIRST_ROWS = 100


@dataclass(slots=True)
class TriedPart:
    """The first rows of one dataset in one delivery; ``faults`` counts rows by field and code, never values."""

    part: Part
    unmapped: tuple[str, ...]  # optional fields the source does not give
    rows: int = 0
    accepted: int = 0
    faults: Counter[tuple[str, str, str]] = field(default_factory=Counter[tuple[str, str, str]])


@dataclass(slots=True)
class TriedDelivery:
    """One delivery; ``refusal`` is why it could not be read or matched, ``lacked`` the dataset for want of it."""

    name: str
    expected_rows: int | None = None
    parts: dict[str, TriedPart] = field(default_factory=dict[str, TriedPart])
    refusal: HubError | None = None
    lacked: str | None = None


def try_source(
    connector: Connector, catalogue: Catalogue, due: Due, first_rows: int = FIRST_ROWS
) -> Iterator[TriedDelivery]:
    """Each delivery with its first ``first_rows`` rows of each dataset checked against the contract.

    A delivery that is refused says so and the next is tried. Raises ``HubError`` where the source as a whole cannot
    be reached or read.
    """
    with closing(_generator(connector, due)) as deliveries:
        for delivery in deliveries:
            tried = TriedDelivery(delivery.name)
            try:
                _try_delivery(tried, delivery, catalogue, due, first_rows)
            except HubError as refusal:
                tried.refusal = refusal
            yield tried
            if tried.refusal is not None and is_of_all(tried.refusal):
                return
    if isinstance(connector, Lacking):
        yield from (TriedDelivery(missing, lacked=name) for name, missing in connector.lacks.items())


def is_of_all(refusal: HubError) -> bool:
    """Whether it is not one delivery that was refused, so that the others need not be tried."""
    return refusal.code == "SOURCE_UNREACHABLE" or refusal.code.startswith("SETTING_")


def _generator(connector: Connector, due: Due) -> Generator[Delivery]:
    # Closed at the end, and with it the source's connection.
    yield from connector.deliveries(due)


def _try_delivery(tried: TriedDelivery, delivery: Delivery, catalogue: Catalogue, due: Due, first_rows: int) -> None:
    tried.expected_rows = delivery.expected_rows
    if isinstance(delivery, Dated):
        _ = delivery.as_of  # refuses a delivery that should say its day and does not
    wanted = set(delivery.datasets) & set(due.datasets)
    for batch in delivery.batches():
        name = batch.part.dataset
        if name in wanted:
            _try_batch(tried, delivery.name, batch, catalogue, first_rows)
        if all(item in tried.parts and tried.parts[item].rows >= first_rows for item in wanted):
            break
    hopeless = [name for name, part in tried.parts.items() if part.rows and not part.accepted]
    if hopeless:
        raise ContractError(
            "CONTRACT_NO_ROW_PASSED",
            f"{delivery.name}: none of the first rows of {', '.join(hopeless)} passed the contract.",
            "Compare the mapping above with the source: a heading may hold something else than its name says.",
        )


def _try_batch(tried: TriedDelivery, source: str, batch: Batch, catalogue: Catalogue, first_rows: int) -> None:
    dataset = catalogue[batch.part.dataset]
    given = {column.field for column in batch.part.columns}
    part = tried.parts.setdefault(
        dataset.name, TriedPart(batch.part, tuple(name for name in dataset.field_names if name not in given))
    )
    some = Batch(batch.part, batch.rows.head(max(first_rows - part.rows, 0)))
    checked = contract.check(dataset, some, source=source)
    part.rows += checked.fetched
    part.accepted += checked.rows[ROW].len()
    part.faults.update((reject.field, reject.code, reject.reason) for reject in checked.rejects)
