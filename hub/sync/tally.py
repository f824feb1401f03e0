"""What is counted while a run reads: rows by dataset and part, the numbers of each column, the source's totals."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from hub.sync.connector import Delivery
from hub.sync.handover import CheckedBatch, Kind, Part, Staged


@dataclass(slots=True)
class PartTally:
    """One part of one delivery; ``ordinal`` counts from 1 through the whole run and is staged with its rows."""

    ordinal: int
    delivery: int
    source: str
    part: Part
    rows: int = 0
    sums: Counter[str] = field(default_factory=Counter[str])
    unread: Counter[str] = field(default_factory=Counter[str])
    totals: dict[str, int] = field(default_factory=dict[str, int])
    skipped: int = 0  # rows that came before as they are
    compared: list[str] = field(default_factory=list[str])  # "heading=total" as it will be kept

    def add(self, checked: CheckedBatch) -> None:
        """Count one batch."""
        self.rows += checked.fetched
        self.sums.update(checked.sums)
        self.unread.update(checked.unread)
        self.totals.update(checked.totals)


@dataclass(slots=True)
class DeliveryTally:
    """One delivery that was read to its end."""

    kind: Kind
    name: str
    digest: str
    as_of: datetime | None = None
    cursor: str | None = None


@dataclass(slots=True)
class DatasetTally:
    """Rows of one dataset over all deliveries."""

    fetched: int = 0
    accepted: int = 0
    quarantined: int = 0
    late: int = 0
    is_part: bool = False  # some delivery brought only changes


@dataclass(slots=True)
class Tally:
    """The whole run."""

    deliveries: list[DeliveryTally] = field(default_factory=list[DeliveryTally])
    parts: list[PartTally] = field(default_factory=list[PartTally])
    datasets: dict[str, DatasetTally] = field(default_factory=dict[str, DatasetTally])

    def part(self, delivery: Delivery, part: Part) -> PartTally:
        """The tally of ``part`` within the delivery that is being read now."""
        current = len(self.deliveries)
        for known in reversed(self.parts):
            if known.delivery != current:
                break
            if known.part is part or known.part == part:
                return known
        self.parts.append(PartTally(len(self.parts) + 1, current, delivery.name, part))
        return self.parts[-1]

    def shares(self, dataset: str) -> list[str]:
        """The deliveries that brought something of ``dataset``, if each speaks only for its own share of it."""
        parts = [part for part in self.parts if part.part.dataset == dataset]
        return sorted({part.source for part in parts}) if any(part.part.share for part in parts) else []

    def silent(self, dataset: str) -> list[str]:
        """The deliveries of this run that held no row of ``dataset``."""
        told = {part.source for part in self.parts if part.part.dataset == dataset and part.rows}
        return sorted({delivery.name for delivery in self.deliveries} - told)

    def add(self, part: PartTally, checked: CheckedBatch) -> None:
        """Count one batch of ``part``."""
        part.add(checked)
        dataset = self.datasets[checked.part.dataset]
        dataset.fetched += checked.fetched
        dataset.accepted += checked.rows.height
        dataset.quarantined += checked.fetched - checked.rows.height

    def skip(self, part: PartTally, rows: int) -> None:
        """Count rows of ``part`` that are known to be accepted and unchanged."""
        part.rows += rows
        part.skipped += rows
        dataset = self.datasets[part.part.dataset]
        dataset.fetched += rows
        dataset.accepted += rows

    def must_be_read_whole(self, dataset: str) -> bool:
        """Whether a control total is to be compared, or deliveries of different moments name the same records."""
        has_totals = any(part.totals for part in self.parts if part.part.dataset == dataset)
        return has_totals or len(set(self.ages(dataset)) - {0}) > 1

    def as_of(self) -> dict[str, datetime]:
        """The newest moment that a delivery of each dataset tells of, where one says so."""
        found: dict[str, datetime] = {}
        for part in self.parts:
            moment = self.deliveries[part.delivery].as_of
            if moment is not None:
                found[part.part.dataset] = max(moment, found.get(part.part.dataset, moment))
        return found

    def ages(self, dataset: str) -> list[int]:
        """For each part by ordinal, how new what it tells is: parts with a larger number win. Other datasets' are 0.

        A part that does not say counts as newest: it tells the state at reading.
        """
        moments = {
            part.ordinal: self.deliveries[part.delivery].as_of for part in self.parts if part.part.dataset == dataset
        }
        known = sorted({moment for moment in moments.values() if moment is not None})
        rank = {moment: position for position, moment in enumerate(known, start=1)}
        newest = len(known) + 1
        return [
            (newest if (moment := moments[part.ordinal]) is None else rank[moment]) if part.ordinal in moments else 0
            for part in self.parts
        ]

    def staged(self, dataset: str) -> Staged:
        """The counts of one dataset, once everything is read."""
        counts = self.datasets[dataset]
        return Staged(dataset, counts.fetched, counts.accepted, counts.quarantined, counts.late)
