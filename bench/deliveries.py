"""A bank's delivery of any size: the demo's loans over and over, each with numbers and a borrower of its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from demo import world
from demo.columns import Columns, Ints
from demo.identity import identity_numbers, padded

FILE_PATTERN = "借据表_*.txt"
SEPARATOR = "|"
_FILE = "借据表_20200708.txt"
_CHUNK = 50_000
_PERSONS = 10_000  # of one replica; every loan has a borrower of its own
_FIRST_BIRTH = np.datetime64("1956-01-01")


def base_rows(folder: Path) -> pl.DataFrame:
    """The demo's own loans as the bank writes them."""
    world.prepare(folder, 1, faults=False)
    return pl.read_parquet(folder / "bank" / "loan-*.parquet")


def write(folder: Path, base: pl.DataFrame, rows: int, *, changed_every: int = 0) -> Path:
    """A file of ``rows`` loans in GB18030; of every ``changed_every``-th the officer is another."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / _FILE
    with path.open("wb") as file:
        for start in range(0, rows, _CHUNK):
            numbers = np.arange(start, min(start + _CHUNK, rows), dtype=np.int64)
            chunk = _chunk(base, numbers)
            if changed_every:
                replaced = pl.Series(numbers % changed_every == 0)
                officer = pl.when(replaced).then(pl.lit("新任经理")).otherwise(pl.col("主客户经理"))
                chunk = chunk.with_columns(officer.alias("主客户经理"))
            text = chunk.write_csv(include_header=start == 0, separator=SEPARATOR, quote_style="never")
            file.write(text.encode("gb18030"))
    return path


def _chunk(base: pl.DataFrame, numbers: Ints) -> pl.DataFrame:
    rows = base[pl.Series(numbers % base.height)]
    return rows.with_columns(
        padded(numbers, 10, "XYJ").alias("借据号"),
        padded(numbers, 9, "扶贷第").alias("合同号"),
        padded(numbers, 15, "352").alias("贷款账号"),
        padded(numbers, 12, "9905223").alias("放款账号"),
        identity_numbers(_borrowers(), numbers // _PERSONS, numbers % _PERSONS).alias("证件号码"),
        pl.lit("").alias("上笔借据号"),
    )


def _borrowers() -> Columns:
    """Ten thousand people born on different days, so that no two identity numbers are the same."""
    place = np.arange(_PERSONS, dtype=np.int64)
    return {
        "birth": (_FIRST_BIRTH + place).astype("datetime64[D]").astype(np.int64),
        "slot": place % 10,
        "male": place % 2,
    }
