"""Rows from any database driver as exact text, column by column."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import Connection

# By kind, the narrower kind first: a bool is an int, a datetime a date.
_WRITTEN: tuple[tuple[type, Callable[[Any], str]], ...] = (
    (bool, lambda value: "true" if value else "false"),
    (Decimal, lambda value: format(value, "f")),
    (dt.datetime, lambda value: value.isoformat(sep=" ")),
    (dt.date, dt.date.isoformat),
    (dt.time, dt.time.isoformat),
    (bytes, bytes.hex),
)


def selected_frames(
    connection: Connection,
    table: sa.TableClause,
    labels: Sequence[str],
    chosen: sa.Select[tuple[()]],
    size: int,
    sha: hashlib._Hash,
) -> Iterator[pl.DataFrame]:
    """The columns ``labels`` of the rows ``chosen`` in their order, at most ``size`` rows each; ``sha`` sees all."""
    # The table's columns carry no type: the driver's values arrive as they are, no numeric passes through a float.
    query = chosen.with_only_columns(*(table.c[name] for name in labels))
    # Without a size the whole result would be buffered first.
    streamed = connection.execution_options(stream_results=True, max_row_buffer=size).execute(query)
    for rows in streamed.partitions(size):
        frame = pl.DataFrame(
            [_texts(name, values) for name, values in zip(labels, zip(*rows, strict=True), strict=True)]
        )
        sha.update(frame.write_csv(include_header=False).encode())
        yield frame


def _texts(name: str, values: Sequence[object]) -> pl.Series:
    if set(map(type, values)) <= {str, type(None)}:
        return pl.Series(name, values, dtype=pl.String)
    return pl.Series(name, [_text(value) for value in values], dtype=pl.String)


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    written = next((write for kind, write in _WRITTEN if isinstance(value, kind)), str)
    return written(value)
