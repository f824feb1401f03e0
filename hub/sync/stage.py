"""Copy checked rows into temporary tables without index, typed as the record tables are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO

import polars as pl
from psycopg.sql import SQL, Identifier

from hub.catalog.dataset import Dataset
from hub.sync.handover import ROW, CheckedBatch, Reject
from hub.sync.statements import Connection, columns, held, record, staged, temporary

REJECTED = Identifier("rejected")
LENGTHENED = Identifier("lengthened_number")
_REJECT_COLUMNS = (
    "dataset", "part", "source_row", "cell", "field", "code", "reason", "raw_headings", "raw_values", "row_kept",
    "nameless",
)  # fmt: skip
_BYTES_AT_A_TIME = 1 << 20


def open_rejects(connection: Connection) -> None:
    """The temporary tables of everything that did not pass, and of rows with an identity number of 15 digits."""
    connection.execute(
        SQL('create temp table {} (dataset text collate "C", part int, source_row int) on commit drop').format(
            LENGTHENED
        )
    )
    connection.execute(
        SQL(
            'create temp table {} (dataset text collate "C", part int, source_row int, cell text collate "C",'
            ' field text collate "C", code text collate "C", reason text collate "C",'
            ' raw_headings text[] collate "C", raw_values text[] collate "C", row_kept boolean, nameless boolean)'
            " on commit drop"
        ).format(REJECTED)
    )


def open_dataset(connection: Connection, dataset: Dataset) -> None:
    """Temporary tables for the dataset's rows and for the keys of those that did not pass."""
    select = SQL("select {}, 0 as part, 0 as source_row from {}").format(
        columns(dataset.field_names), record(dataset.name)
    )
    connection.execute(temporary(staged(dataset.name), select))
    connection.execute(
        temporary(held(dataset.name), SQL("select {} from {}").format(columns(dataset.key), record(dataset.name)))
    )


@dataclass(frozen=True, slots=True)
class Encoded:
    """Checked batches of one dataset with their parts' ordinals, and the bytes of their rows as they will be copied."""

    batches: tuple[tuple[int, CheckedBatch], ...]
    rows: BytesIO
    held: BytesIO


def encode(dataset: Dataset, batches: Sequence[tuple[int, CheckedBatch]]) -> Encoded:
    """The batches as CSV. An ordinal is a part's number within the run; it is kept with every row."""
    frames = [
        checked.rows.select(*dataset.field_names, pl.lit(ordinal).alias("part"), ROW) for ordinal, checked in batches
    ]
    held = [checked.held for _, checked in batches]
    return Encoded(tuple(batches), _csv(pl.concat(frames)), _csv(pl.concat(held)))


def _csv(frame: pl.DataFrame) -> BytesIO:
    buffer = BytesIO()
    if frame.height:
        frame.write_csv(buffer, include_header=False)
    return buffer


def copy(connection: Connection, dataset: Dataset, encoded: Encoded) -> None:
    """Stage batches: their rows, the keys they hold, their rejects."""
    _copy(connection, staged(dataset.name), (*dataset.field_names, "part", "source_row"), encoded.rows)
    _copy(connection, held(dataset.name), dataset.key, encoded.held)
    for ordinal, checked in encoded.batches:
        if checked.rejects:
            copy_rejects(connection, dataset.name, checked.rejects, ordinal)
        if checked.lengthened:
            _copy_lengthened(connection, dataset.name, ordinal, checked.lengthened)


def _copy_lengthened(connection: Connection, dataset: str, ordinal: int, rows: Iterable[int]) -> None:
    statement = SQL("copy {} (dataset, part, source_row) from stdin").format(LENGTHENED)
    with connection.cursor() as cursor, cursor.copy(statement) as copying:
        for row in rows:
            copying.write_row((dataset, ordinal, row))


def _copy(connection: Connection, table: Identifier, names: Iterable[str], buffer: BytesIO) -> None:
    view = buffer.getbuffer()
    if not len(view):
        return
    statement = SQL("copy {} ({}) from stdin with (format csv)").format(table, columns(names))
    with connection.cursor() as cursor, cursor.copy(statement) as copying:
        for start in range(0, len(view), _BYTES_AT_A_TIME):
            copying.write(view[start : start + _BYTES_AT_A_TIME])


def copy_rejects(connection: Connection, dataset: str, rejects: Iterable[Reject], ordinal: int) -> None:
    """Stage rejects with their raw rows; text arrays, so not by way of a CSV."""
    statement = SQL("copy {} ({}) from stdin").format(REJECTED, columns(_REJECT_COLUMNS))
    with connection.cursor() as cursor, cursor.copy(statement) as copying:
        for reject in rejects:
            copying.write_row(
                (
                    dataset,
                    ordinal,
                    reject.row,
                    reject.cell,
                    reject.field,
                    reject.code,
                    reject.reason,
                    [_storable(heading) for heading in reject.raw],
                    [None if value is None else _storable(value) for value in reject.raw.values()],
                    reject.row_kept,
                    reject.nameless,
                )
            )


def _storable(value: str) -> str:
    """PostgreSQL's text has no NUL; the fault's code says that there was one."""
    return value.replace("\x00", "\ufffd")
