"""The contract: a batch's raw text against the catalogue's entry, whole columns at a time."""

from __future__ import annotations

import difflib
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from hub.catalog.dataset import ContractMode, Dataset
from hub.catalog.field import Field, FieldType
from hub.errors import ContractError
from hub.storage.tables import column_type
from hub.sync.cells import Cells
from hub.sync.fault import Fault, fault_of
from hub.sync.handover import ROW, Batch, CheckedBatch, Column, Part, Reject
from hub.sync.normalise import read

_SUMMED = {FieldType.MONEY, FieldType.RATE, FieldType.INTEGER}
_POLARS_TYPES = {"BIGINT": pl.Int64, "INTEGER": pl.Int64, "BOOLEAN": pl.Boolean, "DATE": pl.Date}
_COMPARE: dict[str, Callable[[pl.Series, pl.Series], pl.Series]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
}


@dataclass(slots=True)
class _Trouble:
    """One thing that can be wrong with a row: where, the field and column to show for it, and the words."""

    faults: pl.Series  # UInt8 by row, 0 is none
    field: str
    column: Column | None
    reason: str | None = None  # instead of the fault's own


@dataclass(frozen=True, slots=True)
class _Read:
    """What one batch's share is of what was read of all of them together."""

    cells: Mapping[str, Cells]
    contradictions: list[_Trouble]
    totals: Mapping[str, int]


def check(dataset: Dataset, batch: Batch, *, source: str) -> CheckedBatch:
    """``check_together`` for one batch."""
    return check_together(dataset, (batch,), source=source)[0]


def check_together(dataset: Dataset, batches: Sequence[Batch], *, source: str) -> list[CheckedBatch]:
    """For each batch the rows as ``dataset`` stores them, and a reject for each row that does not fit.

    All batches have the same columns, so that many small sheets are read as one long column each.
    ``source`` is the delivery's name, for the cell a clerk is sent to. Raises ``ContractError`` where the headings do
    not fit the contract: CONTRACT_FIELD_UNKNOWN, CONTRACT_FIELD_TWICE, CONTRACT_FIELD_MISSING,
    CONTRACT_HEADING_MISSING, CONTRACT_HEADING_UNKNOWN.
    """
    columns = columns_by_field(dataset, batches[0].part)
    for batch in batches:
        _check_headings(dataset, batch, columns)
    frames = [batch.rows for batch in batches]
    cells = {item.name: _read(item, columns.get(item.name), frames) for item in dataset.fields}
    contradictions = _contradictions(dataset, columns, cells)
    totals = _totals(dataset, columns, batches)
    judged, start = [], 0
    for batch, stated in zip(batches, totals, strict=True):
        height = batch.rows.height
        own = _Read(
            {name: cell.slice(start, height) for name, cell in cells.items()},
            [replace(trouble, faults=trouble.faults.slice(start, height)) for trouble in contradictions],
            stated,
        )
        judged.append(_judge(dataset, batch, columns, own, source))
        start += height
    return judged


def _judge(dataset: Dataset, batch: Batch, columns: Mapping[str, Column], own: _Read, source: str) -> CheckedBatch:
    cells = own.cells
    sums, unread = _sums(dataset, columns, cells, batch)
    troubles = [
        _Trouble(faults, item.name, columns.get(item.name))
        for item in dataset.fields
        if (faults := cells[item.name].faults) is not None
    ]
    kept_troubles = []
    if dataset.mode is ContractMode.DISCARD_VALUE:
        kept_troubles = [trouble for trouble in troubles if not dataset.field(trouble.field).required]
        troubles = [trouble for trouble in troubles if dataset.field(trouble.field).required]
    troubles += own.contradictions
    rows = pl.DataFrame({name: cell.values for name, cell in cells.items()} | {ROW: batch.rows[ROW]})
    bad = _any(troubles, batch.rows.height)
    rejects = _rejects(batch, troubles, bad, source)
    held = rows.filter(bad).select(dataset.key) if rejects else rows.clear().select(dataset.key)
    nameless = held.select(pl.any_horizontal(pl.all().is_null())).to_series()
    rejects = [replace(reject, nameless=named) for reject, named in zip(rejects, nameless, strict=True)]
    rejects += [
        reject
        for trouble in kept_troubles
        for reject in _rejects(batch, [trouble], trouble.faults.ne(0) & ~bad, source, row_kept=True)
    ]
    return CheckedBatch(
        part=batch.part,
        rows=rows.filter(~bad) if rejects else rows,
        rejects=tuple(rejects),
        fetched=batch.rows.height,
        held=held.drop_nulls(),
        sums=sums,
        unread=unread,
        totals=own.totals,
        lengthened=_lengthened(cells, batch.rows[ROW]),
    )


def _lengthened(cells: Mapping[str, Cells], numbers: pl.Series) -> tuple[int, ...]:
    found: set[int] = set()
    for cell in cells.values():
        if cell.lengthened is not None:
            found.update(numbers.filter(cell.lengthened))
    return tuple(sorted(found))


def columns_by_field(dataset: Dataset, part: Part) -> dict[str, Column]:
    """The part's columns by our field; ``ContractError`` for one that is unknown, given twice or left out."""
    columns: dict[str, Column] = {}
    for column in part.columns:
        if column.field not in dataset.field_names:
            raise ContractError(
                "CONTRACT_FIELD_UNKNOWN",
                f"The connector maps {column.heading!r} to {dataset.name}.{column.field}, which does not exist.",
                f"Fields of {dataset.name}: {', '.join(dataset.field_names)}.",
            )
        if column.field in columns:
            raise ContractError(
                "CONTRACT_FIELD_TWICE",
                f"The connector maps two columns to {dataset.name}.{column.field}.",
                "Leave one of them out of the mapping.",
            )
        columns[column.field] = column
    missing = [item for item in dataset.fields if item.required and item.name not in columns]
    if missing:
        names = ", ".join(f"{item.name} ({item.zh})" for item in missing)
        raise ContractError(
            "CONTRACT_FIELD_MISSING",
            f"The delivery has no column for what must be given: {dataset.name}: {names}.",
            "Ask the agency for the column, or correct the mapping in the connector.",
        )
    return columns


def _check_headings(dataset: Dataset, batch: Batch, columns: Mapping[str, Column]) -> None:
    found = [name for name in batch.rows.columns if name != ROW]
    wanted = [column.heading for column in columns.values()]
    for heading in wanted:
        if heading not in found:
            near = ", ".join(difflib.get_close_matches(heading, found, n=3, cutoff=0.3)) or "none is similar"
            raise ContractError(
                "CONTRACT_HEADING_MISSING",
                f"Heading {heading!r} of {dataset.name} is not in the delivery.",
                f"Nearest headings found: {near}.",
            )
    unknown = [heading for heading in found if heading not in wanted]
    if unknown and dataset.mode is ContractMode.FREEZE:
        raise ContractError(
            "CONTRACT_HEADING_UNKNOWN",
            f"The delivery of {dataset.name} has columns nobody agreed on: {', '.join(unknown)}.",
            "Agree on them and declare them in schema/, or have the agency leave them out.",
        )


def _read(item: Field, column: Column | None, frames: Sequence[pl.DataFrame]) -> Cells:
    if column is None:
        kind = _POLARS_TYPES.get(str(column_type(item.type)), pl.String)
        return Cells(pl.Series([None], dtype=kind).new_from_index(0, sum(frame.height for frame in frames)))
    raw = [frame[column.heading] for frame in frames]
    cells = read(item, column, raw[0] if len(raw) == 1 else pl.concat(raw))
    if item.required:
        cells.mark(cells.values.is_null(), Fault.REQUIRED_EMPTY)
    if item.minimum is not None:
        cells.mark(cells.values < item.minimum, Fault.BELOW_MINIMUM)
    if item.maximum is not None:
        cells.mark(cells.values > item.maximum, Fault.ABOVE_MAXIMUM)
    return cells


def _contradictions(dataset: Dataset, columns: Mapping[str, Column], cells: Mapping[str, Cells]) -> list[_Trouble]:
    """Rows whose two fields do not compare as declared; an empty one contradicts nothing."""
    found = []
    for rule in dataset.checks:
        holds = _COMPARE[rule.operator](cells[rule.left].values, cells[rule.right].values).fill_null(value=True)
        if not holds.all():
            faults = (~holds).cast(pl.UInt8) * Fault.CHECK_FAILED.number
            found.append(_Trouble(faults, rule.left, columns.get(rule.left) or columns.get(rule.right), rule.reason))
    return found


def _any(troubles: list[_Trouble], height: int) -> pl.Series:
    bad = np.zeros(height, dtype=np.bool_)
    for trouble in troubles:
        bad |= trouble.faults.to_numpy() != 0
    return pl.Series(bad, dtype=pl.Boolean)


def _rejects(
    batch: Batch, troubles: list[_Trouble], bad: pl.Series, source: str, *, row_kept: bool = False
) -> list[Reject]:
    """One reject for each bad row, about the first thing wrong with it in the order of the fields."""
    index = bad.arg_true()
    if not len(index):
        return []
    numbers = np.stack([trouble.faults.gather(index).to_numpy() for trouble in troubles])
    first = (numbers != 0).argmax(axis=0)
    raw_rows = batch.rows[index].drop(ROW).iter_rows(named=True)
    rejects = []
    for position, (raw, row) in enumerate(zip(raw_rows, batch.rows[ROW].gather(index), strict=True)):
        trouble = troubles[first[position]]
        fault = fault_of(int(numbers[first[position], position]))
        rejects.append(
            Reject(
                part=batch.part,
                row=row,
                field=trouble.field,
                cell=batch.part.cell_name(source, trouble.column, row),
                code=fault.name,
                reason=trouble.reason or fault.value,
                raw=raw,
                row_kept=row_kept,
            )
        )
    return rejects


def _sums(
    dataset: Dataset, columns: Mapping[str, Column], cells: Mapping[str, Cells], batch: Batch
) -> tuple[dict[str, int], dict[str, int]]:
    """By heading, what every readable number adds up to, and how many cells are no number."""
    sums: dict[str, int] = {}
    unread: dict[str, int] = {}
    for item in dataset.fields:
        column = columns.get(item.name)
        if column is not None and item.type in _SUMMED:
            values = cells[item.name].values
            sums[column.heading] = int(values.sum())
            if cells[item.name].faults is not None:
                raw = batch.rows[column.heading]
                unread[column.heading] = int((values.is_null() & raw.is_not_null()).sum())
    return sums, unread


def _totals(dataset: Dataset, columns: Mapping[str, Column], batches: Sequence[Batch]) -> list[dict[str, int]]:
    """By batch, the source's own totals in stored units; a total that is no number refuses the delivery."""
    found: list[dict[str, int]] = [{} for _ in batches]
    for column in columns.values():
        item = dataset.field(column.field)
        stated = [(place, batch.control_totals.get(column.heading)) for place, batch in enumerate(batches)]
        given = [(place, raw) for place, raw in stated if raw is not None and raw.strip()]
        if not given or item.type not in _SUMMED:
            continue
        # A column of them at once: an office sends hundreds of sheets with a total each.
        values = read(item, column, pl.Series([raw for _, raw in given], dtype=pl.String)).values
        for (place, _), value in zip(given, values, strict=True):
            if value is None:
                sheet = batches[place].part.sheet
                raise ContractError(
                    "CONTRACT_TOTAL_UNREADABLE",
                    f"The total of column {column.heading!r}{f' in sheet {sheet}' if sheet else ''} is not a number.",
                    "Have the agency correct the total row and deliver again.",
                )
            found[place][column.heading] = int(value)
    return found
