"""Where a record comes from: every version of it, down to the cell of each field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.sql import SQL, Composed

from hub.catalog.dataset import Agency, Dataset
from hub.sync.handover import Kind
from hub.sync.statements import Connection, column, history, of_county, record


@dataclass(frozen=True, slots=True)
class CellOrigin:
    """One field's heading in the source, and its cell: a spreadsheet's ``F17``, or the heading again."""

    field: str
    heading: str
    cell: str


@dataclass(frozen=True, slots=True)
class Origin:
    """One version of a record. ``superseded_by`` is CHANGED, WITHDRAWN, REPLACED, or None while it holds."""

    agency: Agency
    kind: Kind
    delivery: str
    digest: str
    sheet: str | None
    row: int
    cells: tuple[CellOrigin, ...]
    run_id: int
    recorded_at: datetime
    superseded_at: datetime | None
    superseded_by: str | None


def trace(connection: Connection, county: str, dataset: Dataset, key: Sequence[object]) -> list[Origin]:
    """Every version of the record with ``key`` (values in the order of ``dataset.key``), the newest first.

    An unknown key gives an empty list. The transaction's claims must name the county.
    """
    values: dict[str, object] = {"county": county} | {f"key{position}": value for position, value in enumerate(key)}
    return [_origin(row) for row in connection.execute(_versions(dataset), values)]


def _versions(dataset: Dataset) -> Composed:
    own_key = SQL(" and ").join(
        SQL("{} = {}").format(column(name, "v"), SQL(f"%(key{position})s")) for position, name in enumerate(dataset.key)
    )
    return SQL(
        "select d.agency, d.kind, d.name, d.digest, p.sheet, v.source_row, p.fields, p.headings, p.cells,"
        " v.recorded_in, coalesce(made.finished_at, made.started_at),"
        " coalesce(ended.finished_at, ended.started_at), v.superseded_by"
        " from (select source_part, source_row, recorded_in, null::bigint as superseded_in, null as superseded_by"
        "  from {record} v where {county} and {key}"
        " union all select source_part, source_row, recorded_in, superseded_in, superseded_by"
        "  from {history} v where {county} and {key}) v"
        " join sync.source_part p on p.county = %(county)s and p.part_id = v.source_part"
        " join sync.delivery d on d.county = %(county)s and d.delivery_id = p.delivery_id"
        " join sync.run made on made.county = %(county)s and made.run_id = v.recorded_in"
        " left join sync.run ended on ended.county = %(county)s and ended.run_id = v.superseded_in"
        " order by v.recorded_in desc"
    ).format(record=record(dataset.name), history=history(dataset.name), county=of_county("v"), key=own_key)


def _origin(row: tuple[Any, ...]) -> Origin:
    agency, kind, delivery, digest, sheet, number, fields, headings, letters, run_id, made, ended, by = row
    return Origin(
        agency=Agency(agency),
        kind=Kind(kind),
        delivery=delivery,
        digest=digest,
        sheet=sheet,
        row=number,
        cells=tuple(
            CellOrigin(name, heading, letter if letter == heading else f"{letter}{number}")
            for name, heading, letter in zip(fields, headings, letters, strict=True)
        ),
        run_id=run_id,
        recorded_at=made,
        superseded_at=ended,
        superseded_by=by,
    )
