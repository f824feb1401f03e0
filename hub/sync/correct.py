"""A person's work on the quarantine list: put a row right, try it again as it is, or set it aside.

A row goes the way every row goes: contract, merge, roll-up, in one transaction. Its record then leads to a delivery of
kind CORRECTION with the sheet, row and cells of the original; the entry keeps the raw row as it came.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl
from psycopg.sql import SQL

from hub.catalog.dataset import Agency
from hub.clock import now
from hub.errors import SyncError
from hub.sync import journal
from hub.sync.handover import ROW, Batch, Column, Due, Kind, Part, RunKind, Unit
from hub.sync.run import Errand
from hub.sync.stage import REJECTED
from hub.sync.statements import Connection

CORRECTED = "CORRECTED"
REPLAYED = "REPLAYED"
DISMISSED = "DISMISSED"


@dataclass(frozen=True, slots=True)
class Decision:
    """Who decides, and why; both are kept for good."""

    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row in quarantine: its entry, where it stood, and every cell as its source wrote it."""

    entry_id: int
    agency: Agency
    delivery: str
    part_id: int
    part: Part
    row: int
    field: str
    cell: str
    code: str
    reason: str
    raw: Mapping[str, str | None]


def open_rows(connection: Connection, county: str, entries: Sequence[int]) -> list[RawRow]:
    """The rows of open entries. Raises ``SyncError`` SYNC_ENTRY_NOT_OPEN naming those that are not."""
    with connection.transaction():
        journal.claim(connection, county)
        found = connection.execute(
            "select q.entry_id, q.agency, d.name, q.part_id, q.dataset, p.sheet, p.fields, p.headings, p.cells,"
            " p.units, p.codes, q.source_row, q.field, q.cell, q.code, q.reason, q.raw_headings,"
            " q.raw_values from sync.quarantine q"
            " join sync.source_part p on p.county = q.county and p.part_id = q.part_id"
            " join sync.delivery d on d.county = p.county and d.delivery_id = p.delivery_id"
            " where q.county = %s and q.state = 'OPEN' and q.entry_id = any(%s) order by q.entry_id",
            (county, list(entries)),
        ).fetchall()
    missing = set(entries) - {int(row[0]) for row in found}
    if missing:
        raise SyncError(
            "SYNC_ENTRY_NOT_OPEN",
            f"There is no open entry {', '.join(map(str, sorted(missing)))} in quarantine.",
            "`hub quarantine list` shows the open ones.",
            status=404,
        )
    return [_raw_row(row) for row in found]


def _raw_row(row: Sequence[object]) -> RawRow:
    entry, agency, delivery, part_id, dataset, sheet, fields, headings, cells, units, codes, *rest = row
    number, field, cell, code, reason, raw_headings, raw_values = rest
    if not units:
        raise SyncError(
            "SYNC_ENTRY_TOO_OLD",
            f"Entry {entry} was made before rows could be corrected here.",
            "Sync its agency again; the entry is then made anew.",
        )
    columns = tuple(
        Column(name, heading, letter, Unit(unit), json.loads(own))
        for name, heading, letter, unit, own in zip(
            _list(fields), _list(headings), _list(cells), _list(units), _list(codes), strict=True
        )
    )
    return RawRow(
        entry_id=int(str(entry)),
        agency=Agency(str(agency)),
        delivery=str(delivery),
        part_id=int(str(part_id)),
        part=Part(str(dataset), None if sheet is None else str(sheet), columns),
        row=int(str(number)),
        field=str(field),
        cell=str(cell),
        code=str(code),
        reason=str(reason),
        raw=dict(zip(_list(raw_headings), _values(raw_values), strict=True)),
    )


def _list(value: object) -> list[str]:
    return [str(item) for item in _values(value)]


def _values(value: object) -> list[str | None]:
    if not isinstance(value, list):
        raise TypeError
    return value


def with_cells(row: RawRow, cells: Mapping[str, str | None]) -> RawRow:
    """The row with some cells put right, named by the source's heading or by our field.

    Raises ``SyncError`` SYNC_CELL_UNKNOWN.
    """
    by_field = {column.field: column.heading for column in row.part.columns}
    raw = dict(row.raw)
    for name, value in cells.items():
        heading = name if name in raw else by_field.get(name)
        if heading is None:
            raise SyncError(
                "SYNC_CELL_UNKNOWN", f"The row has no cell {name!r}.", f"Its cells are: {', '.join(raw)}.", status=404
            )
        raw[heading] = value or None
    return replace(row, raw=raw)


@dataclass(slots=True)
class CorrectionDelivery:
    """Rows of one part of one earlier delivery, handed over again."""

    rows: Sequence[RawRow]
    kind: Kind = Kind.CORRECTION

    @property
    def name(self) -> str:
        """The delivery they came with."""
        return self.rows[0].delivery

    @property
    def datasets(self) -> tuple[str, ...]:
        """The dataset of the rows."""
        return (self.rows[0].part.dataset,)

    @property
    def expected_rows(self) -> int | None:
        """All of them."""
        return len(self.rows)

    @property
    def digest(self) -> str:
        """SHA-256 of the rows as they are handed over."""
        text = json.dumps([[row.row, *row.raw.items()] for row in self.rows], ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def batches(self) -> Iterator[Batch]:
        """One batch; the rows keep their numbers."""
        headings = list(self.rows[0].raw)
        columns = {name: pl.Series([row.raw[name] for row in self.rows], dtype=pl.String) for name in headings}
        numbers = pl.Series([row.row for row in self.rows], dtype=pl.Int64)
        yield Batch(self.rows[0].part, pl.DataFrame(columns | {ROW: numbers}))


@dataclass(frozen=True, slots=True)
class CorrectionConnector:
    """Rows of one part from quarantine, as a connector hands them over."""

    agency: Agency
    rows: Sequence[RawRow]

    def deliveries(self, due: Due) -> Iterator[CorrectionDelivery]:
        """One delivery, if its dataset is due."""
        if self.rows[0].part.dataset in due.datasets:
            yield CorrectionDelivery(self.rows)


def by_part(rows: Sequence[RawRow]) -> list[list[RawRow]]:
    """The rows in groups that one run can bring in: of the same part, and with the same headings."""
    together: dict[tuple[int, tuple[str, ...]], list[RawRow]] = {}
    for row in rows:
        together.setdefault((row.part_id, tuple(row.raw)), []).append(row)
    return list(together.values())


def errand(county: str, rows: Sequence[RawRow], decision: Decision, action: str) -> Errand:
    """The run that brings ``rows`` in. CORRECTED refuses as a whole if any row still fails; REPLAYED leaves it open."""

    def settle(connection: Connection, run_id: int) -> None:
        failed = _failed(connection)
        if action == CORRECTED and failed:
            cell, code, reason = next(iter(failed.values()))
            raise SyncError(
                "SYNC_CORRECTION_REFUSED",
                f"The row still does not pass: {cell}: {code}. {reason}",
                "Nothing was kept. Correct this cell as well.",
                status=422,
            )
        for row in rows:
            if row.row not in failed:
                _decide(connection, county, row, decision, action, run_id)

    return Errand(RunKind.CORRECTION, settle)


def _failed(connection: Connection) -> dict[int, tuple[str, str, str]]:
    """Cell, code and reason by row, of the one part that was read again."""
    query = SQL("select source_row, cell, code, reason from {} order by row_kept desc").format(REJECTED)
    return {int(row): (cell, code, reason) for row, cell, code, reason in connection.execute(query)}


def dismiss(connection: Connection, county: str, rows: Sequence[RawRow], decision: Decision) -> None:
    """Close entries without bringing their rows in; the same raw rows will not be asked about again."""
    with connection.transaction():
        journal.claim(connection, county)
        for row in rows:
            _decide(connection, county, row, decision, DISMISSED, None)


def _decide(  # a decision has as many sides
    connection: Connection, county: str, row: RawRow, decision: Decision, action: str, run_id: int | None
) -> None:
    changed = connection.execute(
        "update sync.quarantine set state = %s, closed_in = %s, closed_at = %s"
        " where county = %s and entry_id = %s and state = 'OPEN'",
        (action, run_id, now(), county, row.entry_id),
    ).rowcount
    if not changed:
        raise SyncError(
            "SYNC_ENTRY_NOT_OPEN",
            f"Entry {row.entry_id} was closed by somebody else meanwhile.",
            "Nothing was kept. `hub quarantine list` shows the open ones.",
            status=409,
        )
    connection.execute(
        "insert into sync.decision (county, entry_id, action, decided_by, reason, decided_at, run_id, raw_headings,"
        " raw_values) values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            *(county, row.entry_id, action, decision.by, decision.reason, now(), run_id),
            *(list(row.raw), list(row.raw.values())),
        ),
    )
