"""The types the steps of a sync hand to each other; the name of a type tells which step made it.

Amounts of rows always add up: fetched = accepted + quarantined, and inserted + changed + unchanged = accepted.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from hub.catalog.dataset import Agency

if TYPE_CHECKING:
    import polars as pl

# The column of a batch that numbers the rows as the source shows them (a sheet's row, a table's or feed's position).
ROW = "#row"


class Kind(StrEnum):
    """What a delivery was read from."""

    FILE = "FILE"
    TABLE = "TABLE"
    ENDPOINT = "ENDPOINT"
    CORRECTION = "CORRECTION"  # rows from quarantine, put right or tried again by a person


class RunKind(StrEnum):
    """Why a run is made."""

    SYNC = "SYNC"  # everything an agency has now
    BACKFILL = "BACKFILL"  # what it delivered for some days; nothing is withdrawn
    CORRECTION = "CORRECTION"  # rows from quarantine
    LINK = "LINK"  # somebody decided whom a record is about


class Unit(StrEnum):
    """The unit a source writes a number in; the contract turns it into the catalogue's own."""

    NONE = ""
    FEN = "分"
    YUAN = "元"
    TEN_THOUSAND_YUAN = "万元"
    PERCENT = "%"
    PERMILLE_MONTH = "‰/月"


@dataclass(frozen=True, slots=True)
class Column:
    """Where one of our fields stands in a source: its heading there, its cell column, its unit, its code values.

    ``cell`` is the spreadsheet letter, or the heading again. ``codes`` maps the source's value to our code.
    """

    field: str
    heading: str
    cell: str
    unit: Unit = Unit.NONE
    codes: Mapping[str, str] = dataclasses.field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Part:
    """One sheet of a file, one table, or one endpoint, read as rows of one dataset.

    ``share``: the delivery speaks only for its own share of the dataset (a period, a township), so that it can withdraw
    what a delivery of the same name brought before, and nothing else.
    """

    dataset: str
    sheet: str | None
    columns: tuple[Column, ...]
    share: bool = False

    def cell_name(self, source: str, column: Column | None, row: int) -> str:
        """``支付明细!F17`` in a workbook, ``loan_note.apply_date row 40`` elsewhere; ``source`` names the delivery."""
        place = self.sheet or source
        if column is None:
            return f"{place} row {row}"
        if column.cell == column.heading:
            return f"{place}.{column.heading} row {row}"
        return f"{place}!{column.cell}{row}"


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of a part, bounded in number: every column ``String`` named by its heading, and ``ROW`` an Int64.

    An empty cell is null. ``control_totals`` are the raw figures of a 合计 row by heading; such a row is not data.
    """

    part: Part
    rows: pl.DataFrame
    control_totals: Mapping[str, str] = dataclasses.field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be fetched now: an agency, and which of its datasets (all, or some that were named).

    ``since`` and ``until`` bound a backfill: only what happened, or was delivered, on those days and between them.
    The run fills in ``cursors``: by a delivery's name, what its connector said of where the last one ended; and
    ``moment``: when it began. Without a moment nothing is kept of where a delivery ended.
    """

    agency: Agency
    datasets: tuple[str, ...]
    since: date | None = None
    until: date | None = None
    cursors: Mapping[str, str] = dataclasses.field(default_factory=dict[str, str])
    moment: datetime | None = None

    @property
    def is_backfill(self) -> bool:
        """Whether only some days are wanted."""
        return self.since is not None or self.until is not None

    def includes(self, day: date) -> bool:
        """Whether ``day`` is one of those wanted."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class Reject:
    """One row that did not pass the contract: where it stands, which field, why, and the whole raw row.

    The raw row is kept in quarantine for correction; it never goes into a message or a log. ``row_kept`` marks the
    other kind: an optional value was emptied and the rest of its row accepted (contract mode "discard value").
    ``nameless``: its key cannot be read, so that it may be about any record.
    """

    part: Part
    row: int
    field: str
    cell: str
    code: str
    reason: str
    raw: Mapping[str, str | None]
    row_kept: bool = False
    nameless: bool = False


@dataclass(frozen=True, slots=True)
class CheckedBatch:
    """Rows that passed the contract, typed as the table is (fen, millionths, dates), and those that did not.

    ``held`` has the key of each rejected row whose key could be read: its agency still holds that record, so an
    earlier good version of it is not withdrawn. ``sums`` add up every number of a column, of rejected rows too, in
    stored units by heading; ``unread`` counts the cells of it that are no number. ``totals`` are the source's own sums.
    ``lengthened``: the numbers of rows in which an identity number of 15 digits stood.
    """

    part: Part
    rows: pl.DataFrame  # the dataset's fields and ROW
    rejects: tuple[Reject, ...]
    fetched: int
    held: pl.DataFrame
    sums: Mapping[str, int]
    unread: Mapping[str, int]
    totals: Mapping[str, int]
    lengthened: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Staged:
    """Everything of one dataset copied into its staging table.

    ``late`` counts accepted rows that were left out because a newer delivery speaks of the same record.
    """

    dataset: str
    fetched: int
    accepted: int
    quarantined: int
    late: int = 0

    @property
    def kept(self) -> int:
        """Rows that are merged."""
        return self.accepted - self.late


@dataclass(frozen=True, slots=True)
class Merged:
    """What the merge of one dataset did to the record table.

    ``first`` means the table was empty before. ``content`` is the sum of the row hashes of what it now holds.
    """

    dataset: str
    inserted: int
    changed: int
    unchanged: int
    withdrawn: int
    first: bool
    content: int
    late: int = 0  # of the unchanged, rows that were older than what is known

    @property
    def touched(self) -> bool:
        """Whether any row of the record table is other than before."""
        return bool(self.inserted or self.changed or self.withdrawn)


@dataclass(frozen=True, slots=True)
class Balance:
    """One dataset's counts after they were found to add up, and the digest of what it now holds."""

    staged: Staged
    merged: Merged
    content_digest: str
    milliseconds: int


@dataclass(frozen=True, slots=True)
class Figure:
    """One measure of the county's ledger as of today, before a run and after it; in the measure's own unit."""

    measure: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class RunReport:
    """A finished run. ``replaced`` counts, by dataset, rows that were placed anew because others moved.

    ``rejects`` counts rows by dataset and code; ``figures`` are those of the ledger that a dry run would move.
    ``lacks``: datasets the source does without, and the table, endpoint or file it has none of. ``nameless``: datasets
    of which nothing was withdrawn, because so many rows in quarantine may be about any record.
    """

    run_id: int
    agency: Agency
    balances: tuple[Balance, ...]
    milliseconds: int
    replaced: Mapping[str, int] = dataclasses.field(default_factory=dict[str, int])
    dry_run: bool = False
    rejects: Mapping[tuple[str, str], int] = dataclasses.field(default_factory=dict[tuple[str, str], int])
    figures: tuple[Figure, ...] = ()
    lacks: Mapping[str, str] = dataclasses.field(default_factory=dict[str, str])
    nameless: Mapping[str, int] = dataclasses.field(default_factory=dict[str, int])
