"""PostgreSQL's own way out: COPY makes the server write every value as text; whole columns are cut from its bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import polars as pl
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection

# COPY's text form: a tab between values, a line end after each row, and these for what would be mistaken for them.
_NULL = "\\N"
_ESCAPES = {"\\\\": "\\", "\\t": "\t", "\\n": "\n", "\\r": "\r", "\\b": "\b", "\\f": "\f", "\\v": "\v"}


def copied_frames(
    connection: Connection,
    table: sa.TableClause,
    labels: Sequence[str],
    chosen: sa.Select[tuple[()]],
    size: int,
    sha: hashlib._Hash,
) -> Iterator[pl.DataFrame]:
    """The columns ``labels`` of the rows ``chosen`` in their order, at most ``size`` rows each; ``sha`` sees all."""
    texts = [sa.cast(table.c[name], sa.Text()) for name in labels]
    query = chosen.with_only_columns(*texts)
    # A parameter style without percent signs: COPY takes no parameters, and column names may hold such signs.
    dialect = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]
    statement = f"copy ({query.compile(dialect=dialect, compile_kwargs={'literal_binds': True})}) to stdout"
    driver = connection.connection.driver_connection
    assert driver is not None  # noqa: S101 -- a checked-out connection has one; the type does not say so
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        text, rows = bytearray(), 0
        for line in copy:
            text += line
            rows += 1
            if rows == size:
                yield _frame(bytes(text), rows, labels, sha)
                text, rows = bytearray(), 0
        if rows:
            yield _frame(bytes(text), rows, labels, sha)


def _frame(text: bytes, rows: int, labels: Sequence[str], sha: hashlib._Hash) -> pl.DataFrame:
    sha.update(text)
    frame = pl.read_csv(
        text,
        separator="\t",
        quote_char=None,
        has_header=False,
        infer_schema=False,
        new_columns=list(labels),
        null_values=_NULL,
        empty_string_is_null=False,
    )
    if frame.height != rows:
        raise pl.exceptions.ShapeError
    if text.count(b"\\") > text.count(b"\\N"):
        escaped = [name for name in labels if frame[name].str.contains("\\", literal=True).any()]
        frame = frame.with_columns(pl.col(escaped).str.replace_many(_ESCAPES))
    return frame
