"""Merge one dataset's staged rows into its record table; what no longer holds goes into history."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime

from psycopg.sql import SQL

from hub.catalog.dataset import Dataset
from hub.sync import merge_sql
from hub.sync.handover import Merged, Staged
from hub.sync.placement_sql import placement_sql
from hub.sync.remembered import Memory
from hub.sync.statements import Workspace, content, of_county, placed, record, staged, superseded

# From about this many rows on, building a table's indexes anew is quicker than keeping them while it fills.
_WORTH_REBUILDING = 50_000


def merge(  # noqa: PLR0913  # what is known of the delivery, each by its name
    work: Workspace,
    batch: Staged,
    memory: Memory,
    *,
    whole: bool,
    withdraws: bool,
    former_content: int | None,
    as_of: datetime | None = None,
    shares: Sequence[str] = (),
) -> Merged:
    """Bring ``record.<dataset>`` to what was delivered.

    ``batch`` counts the rows that ``memory`` knew as well. ``whole``: the run read every record of the dataset, so a
    record that is missing was withdrawn; not without ``withdraws``, as long as it cannot be told which are missing.
    ``former_content`` is the sum of row hashes before, if it is known. ``as_of``
    is given where the delivery is late, that is, older than another that was merged: a late whole delivery changes
    nothing; a late part adds what is not known and changes what came with deliveries that are no newer. ``shares``
    names the run's deliveries where each speaks only for its own share of the dataset: what came with others is not
    missing.
    """
    dataset = work.catalogue[batch.dataset]
    work.analyze(staged(dataset.name))
    if work.number(merge_sql.is_empty(dataset)):
        return _first_load(work, dataset, batch)
    if former_content is None:
        former_content = work.number(
            SQL("select {} from {} r where {}").format(content(dataset, "r"), record(dataset.name), of_county("r"))
        )
    if as_of is not None and whole:
        unchanged = batch.accepted
        return Merged(dataset.name, 0, 0, unchanged, 0, first=False, content=former_content, late=batch.accepted)
    if as_of is not None:
        late = work.run(merge_sql.leave_out_newer_known(dataset), as_of=as_of)
        batch = dataclasses.replace(batch, late=batch.late + late)
        whole = False
    whole = whole and withdraws
    return _apply_changes(work, dataset, batch, memory, whole=whole, former_content=former_content, shares=shares)


def _first_load(work: Workspace, dataset: Dataset, batch: Staged) -> Merged:
    """Nothing to compare with: place and insert everything."""
    placement = placement_sql(work, dataset, "s", rows=batch.kept)
    is_large = batch.kept >= _WORTH_REBUILDING
    # None are taken down where rows of a run that failed are not vacuumed yet.
    taken = work.number(SQL("select sync.take_down_indexes({})").format(dataset.name)) if is_large else 0
    inserted = work.run(merge_sql.insert_all(dataset, placement))
    if taken:
        work.number(SQL("select sync.put_up_indexes({})").format(dataset.name))
    if is_large:
        work.analyze_records(dataset.name)
    total = work.number(SQL("select {} from {} s").format(content(dataset, "s"), staged(dataset.name)))
    return Merged(dataset.name, inserted, 0, batch.late, 0, first=True, content=total, late=batch.late)


def _apply_changes(  # noqa: PLR0913  # as merge
    work: Workspace,
    dataset: Dataset,
    batch: Staged,
    memory: Memory,
    *,
    whole: bool,
    former_content: int,
    shares: Sequence[str],
) -> Merged:
    """Find what differs, then touch only that."""
    shape, changes = merge_sql.find_changes(dataset)
    work.run(shape)
    differing = work.run(changes)
    shape, rows = merge_sql.place_changes(dataset, placement_sql(work, dataset, "s", rows=differing))
    work.run(shape)
    work.run(rows)
    work.analyze(placed(dataset.name))
    work.run(merge_sql.open_superseded(dataset))
    changed = work.run(merge_sql.note_changed(dataset))
    # Every row that is not new has met its record; only if there are more records can one be missing.
    missing = work.number(merge_sql.count(dataset)) - (batch.kept - work.number(merge_sql.count_new(dataset)))
    withdrawn = 0
    if whole and missing:
        memory.open_met(work.connection)
        withdrawn = work.run(merge_sql.note_withdrawn(dataset, shares=bool(shares)), shares=list(shares))
    work.run(merge_sql.keep_history(dataset))
    if withdrawn:
        work.run(merge_sql.delete_withdrawn(dataset))
    work.run(merge_sql.update_changed(dataset))
    inserted = work.run(merge_sql.insert_new(dataset))
    return Merged(
        dataset.name,
        inserted,
        changed,
        batch.accepted - inserted - changed,
        withdrawn,
        first=False,
        content=former_content + _content_moved(work, dataset),
        late=batch.late,
    )


def _content_moved(work: Workspace, dataset: Dataset) -> int:
    """What the run's changes add to the sum of row hashes."""
    return work.number(
        SQL("select (select {} from {} p) - (select {} from {} o)").format(
            content(dataset, "p"), placed(dataset.name), content(dataset, "o"), superseded(dataset.name)
        )
    )
