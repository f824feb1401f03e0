"""Of a delivery without a date of its own, only what happened on the days a backfill is for."""

from __future__ import annotations

import dataclasses

import polars as pl

from hub.catalog.dataset import Dataset
from hub.errors import SyncError
from hub.sync.handover import CheckedBatch, Due


def only_days(dataset: Dataset, batch: CheckedBatch, due: Due) -> CheckedBatch:
    """The batch without rows of other days; rows that name no day stay, and so do those that did not pass.

    Raises ``SyncError`` SYNC_BACKFILL_UNDATED for a dataset whose rows have no day.
    """
    if not dataset.happened_on:
        raise SyncError(
            "SYNC_BACKFILL_UNDATED",
            f"{dataset.name} ({dataset.zh}) tells of a state and not of days, so no days of it can be chosen.",
            "Sync it as a whole, or name the datasets to fill.",
        )
    day = pl.col(dataset.happened_on)
    wanted = pl.lit(value=True)
    if due.since is not None:
        wanted &= day.is_null() | (day >= due.since)
    if due.until is not None:
        wanted &= day.is_null() | (day <= due.until)
    rows = batch.rows.filter(wanted)
    return dataclasses.replace(batch, rows=rows, fetched=batch.fetched - (batch.rows.height - rows.height))
