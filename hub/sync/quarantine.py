"""Keep what did not pass as a work list; what the same delivery no longer brings is closed."""

from __future__ import annotations

from collections.abc import Collection

from psycopg.sql import SQL, Composed, Literal

from hub.catalog.dataset import Agency, Dataset
from hub.clock import now
from hub.sync.fault import FAULTS
from hub.sync.stage import REJECTED
from hub.sync.statements import Connection, Workspace, columns, held, of_county, record

# Two entries are the same if the same cell of the same delivery has the same fault and its row the same raw values.
_SAME = SQL(
    "q.dataset = j.dataset and q.source_row = j.source_row and q.cell = j.cell and q.field = j.field"
    " and q.code = j.code and q.raw_headings = j.raw_headings and q.raw_values is not distinct from j.raw_values"
    " and d.name = n.name"
)
# What a person decided about a row holds for the same raw row wherever it comes again.
DECIDED = ("CORRECTED", "REPLAYED", "DISMISSED")
_SAME_ROW = SQL(
    "q.dataset = j.dataset and q.field = j.field and q.code = j.code and q.raw_headings = j.raw_headings"
    " and q.raw_values is not distinct from j.raw_values"
)
# The name of each part's delivery, by ordinal.
_NAMES = SQL("unnest(%(parts)s::bigint[], %(names)s::text[]) with ordinality n (part_id, name, part)")


def write(work: Workspace, agency: Agency, names: Collection[str], *, whole: Collection[str]) -> None:
    """Turn the run's rejects into open entries, and close those that are settled.

    ``names`` are the deliveries of the parts, by ordinal. An open entry is settled if a ``whole`` dataset was read
    again, or its very delivery was, and the same fault did not come again; one that did come again stays as it is, so
    that syncing twice leaves the list unchanged. A row that a person decided about is not asked about again.
    """
    values = work.values | {
        "names": list(names),
        "whole": list(whole),
        "agency": agency.value,
        "decided": list(DECIDED),
        "codes": [fault.name for fault in FAULTS],
        "advice": [fault.advice for fault in FAULTS],
        "now": now(),
    }
    work.connection.execute(_close(), values)
    work.connection.execute(_open(), values)


def hold_corrected(work: Workspace, dataset: Dataset) -> None:
    """Keep a record that a person put right while its agency still delivers the row that was wrong.

    The wrong row's own key may be what could not be read, so nothing else says that the agency still holds it.
    """
    work.run(
        SQL(
            "insert into {held} ({key}) select {theirs} from {record} r"
            " join sync.source_part p on p.county = r.county and p.part_id = r.source_part"
            " join sync.delivery d on d.county = p.county and d.delivery_id = p.delivery_id and d.kind = 'CORRECTION'"
            " where {of_county} and exists (select from sync.quarantine q join {rejected} j on {same_row}"
            "  where q.county = r.county and q.closed_in = d.run_id and q.source_row = r.source_row"
            "  and q.dataset = {name})"
        ).format(
            held=held(dataset.name),
            key=columns(dataset.key),
            theirs=columns(dataset.key, "r"),
            record=record(dataset.name),
            of_county=of_county("r"),
            rejected=REJECTED,
            same_row=_SAME_ROW,
            name=dataset.name,
        )
    )


def nameless(work: Workspace, dataset: Dataset) -> int:
    """How many rows of the run may be about any record: their key cannot be read, and nobody decided about them."""
    return work.number(
        SQL(
            "select count(*) from {rejected} j where j.dataset = {name} and j.nameless and not exists ("
            " select from sync.quarantine q where q.county = %(county)s and q.state in ({decided}) and {same_row})"
        ).format(
            rejected=REJECTED,
            name=dataset.name,
            decided=SQL(", ").join(map(Literal, DECIDED)),
            same_row=_SAME_ROW,
        )
    )


def count(connection: Connection) -> dict[tuple[str, str], int]:
    """How many rows of the run did not pass, by dataset and code."""
    query = SQL("select dataset, code, count(*) from {} group by dataset, code order by dataset, code").format(REJECTED)
    return {(str(dataset), str(code)): int(rows) for dataset, code, rows in connection.execute(query)}


def _close() -> Composed:
    return SQL(
        "update sync.quarantine q set state = 'CLOSED', closed_in = %(run)s, closed_at = %(now)s"
        " from sync.source_part p join sync.delivery d on d.county = p.county and d.delivery_id = p.delivery_id"
        " where q.county = %(county)s and q.state = 'OPEN' and q.agency = %(agency)s"
        " and p.county = q.county and p.part_id = q.part_id"
        " and (q.dataset = any(%(whole)s) or exists ("
        "  select from sync.source_part again join {names} on n.part_id = again.part_id"
        "  where again.county = q.county and again.dataset = q.dataset and n.name = d.name))"
        " and not exists (select from {rejected} j join {names} using (part) where {same})"
    ).format(names=_NAMES, rejected=REJECTED, same=_SAME)


def _open() -> Composed:
    return SQL(
        "insert into sync.quarantine (county, run_id, agency, dataset, part_id, source_row, cell, field, code, reason,"
        " raw_headings, raw_values, state, delivery, opened_at, advice)"
        " select %(county)s, %(run)s, %(agency)s, j.dataset, n.part_id, j.source_row, j.cell, j.field, j.code,"
        " j.reason, j.raw_headings, j.raw_values, 'OPEN', n.name, %(now)s, a.advice"
        " from {rejected} j join {names} using (part)"
        " left join unnest(%(codes)s::text[], %(advice)s::text[]) a (code, advice) on a.code = j.code"
        " where not exists ("
        "  select from sync.quarantine q"
        "  join sync.source_part p on p.county = q.county and p.part_id = q.part_id"
        "  join sync.delivery d on d.county = p.county and d.delivery_id = p.delivery_id"
        "  where q.county = %(county)s and q.state = 'OPEN' and q.agency = %(agency)s and {same})"
        " and not exists ("
        "  select from sync.quarantine q where q.county = %(county)s and q.agency = %(agency)s"
        "  and q.state = any(%(decided)s) and {same_row})"
        " order by j.part, j.source_row, j.field"
    ).format(names=_NAMES, rejected=REJECTED, same=_SAME, same_row=_SAME_ROW)
