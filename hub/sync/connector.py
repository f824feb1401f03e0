"""What a connector is: it reads one agency's system and hands over deliveries; it never touches the hub's database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Protocol, runtime_checkable

from hub.catalog.dataset import Agency
from hub.sync.handover import Batch, Due, Kind


class Delivery(Protocol):
    """One file, table or endpoint of an agency. It is read once, in bounded batches.

    Reading raises ``SourceError`` (unreachable, unreadable, half-written) or ``ContractError`` (headings that do not
    match); either ends the run with nothing loaded.
    """

    @property
    def kind(self) -> Kind:
        """File, table or endpoint."""
        ...

    @property
    def name(self) -> str:
        """The file's name, the table's name, or the endpoint's path; no host, no secret."""
        ...

    @property
    def datasets(self) -> tuple[str, ...]:
        """Datasets its batches may belong to (one row of a source can feed several)."""
        ...

    def batches(self) -> Iterator[Batch]:
        """The rows; parts may alternate."""
        ...

    @property
    def expected_rows(self) -> int | None:
        """How many source rows there will be, where the source can say so cheaply; for the progress bar."""
        ...

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of what was read; to be asked when the batches are exhausted."""
        ...


@runtime_checkable
class Dated(Protocol):
    """A delivery that says which moment's state it tells; one that does not is taken to tell the state at reading."""

    @property
    def as_of(self) -> datetime | None:
        """The moment, with its time zone; None if this one does not say."""
        ...


@runtime_checkable
class Incremental(Protocol):
    """A delivery that may bring only what changed since the last of its name; then it withdraws nothing."""

    @property
    def is_part(self) -> bool:
        """Whether it brings only changes; to be asked before its batches."""
        ...

    @property
    def cursor(self) -> str | None:
        """Where it ended, for the next one, in words of its connector's own; asked when the batches are exhausted."""
        ...


@runtime_checkable
class Lacking(Protocol):
    """A connector whose system may do without some of its datasets."""

    @property
    def lacks(self) -> Mapping[str, str]:
        """By dataset, what the source has no such thing as; asked when the deliveries are exhausted."""
        ...


class Connector(Protocol):
    """One agency's system."""

    @property
    def agency(self) -> Agency:
        """Whose system it is."""
        ...

    def deliveries(self, due: Due) -> Iterator[Delivery]:
        """What there is to read now for ``due``; in an order that places datasets before those that need them."""
        ...
