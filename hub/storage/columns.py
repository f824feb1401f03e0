"""The tables' names and columns for SQL that is written by hand: SQLAlchemy, which most commands never need, is not."""

from __future__ import annotations

from hub.catalog.dataset import Dataset
from hub.catalog.registry import (
    COMPUTED_IN,
    COUNTY,
    HOUSEHOLD,
    RECORDED_IN,
    REGION,
    SOURCE_PART,
    SOURCE_ROW,
    has_household_column,
)

SCHEMAS = ("record", "history", "sync", "rollup", "computed", "rules", "audit", "identity", "access")


def record_columns(dataset: Dataset) -> tuple[str, ...]:
    """Every column of ``record.<dataset>`` in table order: county, fields, placement, source."""
    placed = (HOUSEHOLD,) if has_household_column(dataset) else ()
    return (COUNTY, *dataset.field_names, *placed, REGION, SOURCE_PART, SOURCE_ROW, RECORDED_IN)


def computed_columns(dataset: Dataset) -> tuple[str, ...]:
    """Every column of ``computed.<dataset>`` in table order: county, fields, placement, the run that wrote it."""
    placed = (HOUSEHOLD,) if has_household_column(dataset) else ()
    return (COUNTY, *dataset.field_names, *placed, *(() if dataset.is_common else (REGION,)), COMPUTED_IN)
