"""Write down how the data came: deliveries, their parts and headings, and what each run did to each dataset."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime

from psycopg.sql import SQL

from hub.catalog.dataset import Agency
from hub.clock import now
from hub.sync.handover import Balance
from hub.sync.stage import LENGTHENED
from hub.sync.statements import Connection, Workspace, placed, superseded
from hub.sync.tally import Tally


def record_deliveries(connection: Connection, county: str, run_id: int, agency: Agency, tally: Tally) -> list[int]:
    """Rows in ``sync.delivery`` and ``sync.source_part``; returns the part ids by ordinal."""
    delivery_ids = [
        _returned(
            connection,
            "insert into sync.delivery (county, run_id, agency, kind, name, digest, received_at, as_of, cursor)"
            " values (%s, %s, %s, %s, %s, %s, %s, %s, %s) returning delivery_id",
            (
                *(county, run_id, agency.value, delivery.kind.value),
                *(delivery.name, delivery.digest, now(), delivery.as_of, delivery.cursor),
            ),
        )
        for delivery in tally.deliveries
    ]
    return [
        _returned(
            connection,
            "insert into sync.source_part (county, delivery_id, dataset, sheet, fields, headings, cells, units,"
            " codes, rows, control_totals) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) returning part_id",
            (
                county,
                delivery_ids[part.delivery],
                part.part.dataset,
                part.part.sheet,
                [column.field for column in part.part.columns],
                [column.heading for column in part.part.columns],
                [column.cell for column in part.part.columns],
                [column.unit.value for column in part.part.columns],
                [json.dumps(dict(column.codes), ensure_ascii=False) for column in part.part.columns],
                part.rows,
                part.compared,
            ),
        )
        for part in tally.parts
    ]


def cursors(connection: Connection, county: str, agency: Agency) -> dict[str, str]:
    """By a delivery's name, where the last that was kept and said so ended."""
    rows = connection.execute(
        "select distinct on (name) name, cursor from sync.delivery where county = %s and agency = %s"
        " and cursor is not null order by name, delivery_id desc",
        (county, agency.value),
    ).fetchall()
    return {str(name): str(cursor) for name, cursor in rows}


def record_balances(work: Workspace, balances: Iterable[Balance], tally: Tally) -> None:
    """Rows in ``sync.dataset_run``."""
    statement = (
        "insert into sync.dataset_run (county, run_id, dataset, fetched, accepted, quarantined, inserted, changed,"
        " unchanged, withdrawn, late, content_digest, milliseconds, is_part)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
    )
    for item in balances:
        staged, merged = item.staged, item.merged
        work.connection.execute(
            statement,
            (
                work.county,
                work.run_id,
                staged.dataset,
                staged.fetched,
                staged.accepted,
                staged.quarantined,
                merged.inserted,
                merged.changed,
                merged.unchanged,
                merged.withdrawn,
                merged.late,
                item.content_digest,
                item.milliseconds,
                tally.datasets[staged.dataset].is_part,
            ),
        )


def note_lengthened(work: Workspace, balances: Iterable[Balance]) -> None:
    """Rows in ``sync.lengthened_number``: of what this run brought, where an identity number of 15 digits stood."""
    for item in balances:
        merged = item.merged
        if not merged.inserted and not merged.changed:
            continue
        brought = SQL("select l.part, l.source_row from {} l").format(LENGTHENED)
        if not merged.first:
            brought += SQL(" join {} p on p.source_part = (%(parts)s::bigint[])[l.part]").format(placed(merged.dataset))
            brought += SQL(" and p.source_row = l.source_row")
        work.run(
            SQL(
                "insert into sync.lengthened_number (county, source_part, source_row)"
                " select distinct %(county)s, (%(parts)s::bigint[])[b.part], b.source_row"
                " from ({} where l.dataset = {}) b on conflict do nothing"
            ).format(brought, merged.dataset)
        )


def withdrawn_with(work: Workspace, dataset: str, deliveries: Iterable[str]) -> dict[str, int]:
    """Of the records that this run withdrew, how many had come with deliveries of each of these names."""
    rows = work.connection.execute(
        SQL(
            "select d.name, count(*) from {old} o"
            " join sync.source_part p on p.county = o.county and p.part_id = o.source_part"
            " join sync.delivery d on d.county = p.county and d.delivery_id = p.delivery_id"
            " where o.superseded_by = 'WITHDRAWN' and d.name = any(%s) group by d.name order by d.name"
        ).format(old=superseded(dataset)),
        (list(deliveries),),
    ).fetchall()
    return {str(name): int(count) for name, count in rows}


def note_freshness(work: Workspace, agency: Agency, balances: Iterable[Balance], as_of: Mapping[str, datetime]) -> None:
    """Rows in ``sync.freshness``: when each dataset was read last, when it last brought something new, as of when."""
    for item in balances:
        instant = now()
        touched = item.merged.touched
        work.connection.execute(
            "insert into sync.freshness as f (county, dataset, agency, run_id, read_at, fetched, changed_at, as_of)"
            " values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict (county, dataset) do update set"
            " run_id = excluded.run_id, read_at = excluded.read_at, fetched = excluded.fetched,"
            " changed_at = coalesce(excluded.changed_at, f.changed_at), as_of = greatest(f.as_of, excluded.as_of)",
            (
                work.county,
                item.staged.dataset,
                agency.value,
                work.run_id,
                instant,
                item.staged.fetched,
                instant if touched else None,
                as_of.get(item.staged.dataset),
            ),
        )


def newest_told(connection: Connection, county: str) -> dict[str, datetime]:
    """For each dataset, the newest moment that a merged delivery told of, where one said so."""
    rows = connection.execute(
        "select dataset, as_of from sync.freshness where county = %s and as_of is not null", (county,)
    ).fetchall()
    return {str(dataset): moment for dataset, moment in rows}


def ever_delivered(connection: Connection, county: str) -> set[str]:
    """Datasets that a merged delivery held rows of."""
    rows = connection.execute(
        "select dataset from sync.freshness where county = %s and changed_at is not null", (county,)
    ).fetchall()
    return {str(dataset) for (dataset,) in rows}


def former_digests(connection: Connection, county: str) -> dict[str, str]:
    """The content digest of each dataset after the last run that read it."""
    rows = connection.execute(
        "select distinct on (dataset) dataset, content_digest from sync.dataset_run where county = %s"
        " order by dataset, run_id desc",
        (county,),
    ).fetchall()
    return {str(dataset): str(digest) for dataset, digest in rows}


def _returned(connection: Connection, statement: str, values: tuple[object, ...]) -> int:
    row = connection.execute(statement.encode(), values).fetchone()
    return int(row[0]) if row else 0
