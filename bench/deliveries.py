"""Deliveries of any size: the demo's loans over and over, each with numbers and a borrower of its own."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import numpy as np
import polars as pl

from demo import world
from demo.columns import Columns, Ints
from demo.identity import identity_numbers, padded

SEPARATOR = "|"
LOANS = "借据表_20200708.txt"
REPAYMENTS = "还款流水_20200708.txt"
HOUSEHOLDS = "户表_20200708.txt"
PERSONS = "人员表_20200708.txt"
NEW_OFFICER = "新任经理"
_CHUNK = 50_000
_VILLAGES = 200
_PERSONS = 10_000  # of one replica; every loan has a borrower of its own
_FIRST_BIRTH = np.datetime64("1956-01-01")


def base_rows(folder: Path) -> pl.DataFrame:
    """The demo's own loans as the bank writes them."""
    world.prepare(folder, 1, faults=False)
    return pl.read_parquet(folder / "bank" / "loan-*.parquet")


def write(folder: Path, base: pl.DataFrame, rows: int, *, changed_every: int = 0) -> Path:
    """A file of ``rows`` loans in GB18030; of every ``changed_every``-th the officer is another."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / LOANS
    with path.open("wb") as file:
        for start in range(0, rows, _CHUNK):
            numbers = np.arange(start, min(start + _CHUNK, rows), dtype=np.int64)
            chunk = _chunk(base, numbers)
            if changed_every:
                replaced = pl.Series(numbers % changed_every == 0)
                officer = pl.when(replaced).then(pl.lit(NEW_OFFICER)).otherwise(pl.col("主客户经理"))
                chunk = chunk.with_columns(officer.alias("主客户经理"))
            _append(file, chunk, header=start == 0)
    return path


def base_repayments(folder: Path, base: pl.DataFrame) -> pl.DataFrame:
    """The demo's own repayments, each with the place of its loan in ``base``."""
    places = base.select("借据号").with_row_index("place")
    return pl.read_parquet(folder / "bank" / "repayment-*.parquet").join(places, on="借据号", how="inner")


def write_repayments(folder: Path, base: pl.DataFrame, repayments: pl.DataFrame, rows: int) -> int:
    """What came back of ``rows`` loans: each is repaid, or not, as the demo's loan it repeats; how many repayments."""
    count = 0
    with (folder / REPAYMENTS).open("wb") as file:
        for start in range(0, rows, base.height):
            numbers = repayments["place"].cast(pl.Int64).to_numpy() + start
            chunk = repayments.drop("place").filter(pl.Series(numbers < rows))
            loans = numbers[numbers < rows]
            serials = np.arange(count, count + len(loans), dtype=np.int64)
            chunk = chunk.with_columns(
                padded(serials, 10, "HKJ").alias("交易流水号"), padded(loans, 10, "XYJ").alias("借据号")
            )
            _append(file, chunk, header=start == 0)
            count += len(loans)
    return count


def write_registry(folder: Path, rows: int) -> None:
    """A household with one person for each of ``rows`` loans, so that every loan is placed in a village."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / HOUSEHOLDS).open("wb") as households, (folder / PERSONS).open("wb") as persons:
        for start in range(0, rows, _CHUNK):
            numbers = np.arange(start, min(start + _CHUNK, rows), dtype=np.int64)
            household, village = padded(numbers, 9, "5223"), _villages(numbers)
            known = {
                "姓名": pl.lit("张三"),
                "人数": pl.lit("1"),
                "属性": pl.lit("已脱贫户"),
                "日期": pl.lit("20140101"),
            }
            frame = pl.DataFrame({"户编号": household, "行政村代码": village}).with_columns(**known)
            _append(households, frame, header=start == 0)
            who = {"人员编号": padded(numbers, 9, "P"), "户编号": household, "证件号码": identity_numbers_of(numbers)}
            _append(persons, pl.DataFrame(who).with_columns(姓名=pl.lit("张三")), header=start == 0)


def _villages(numbers: Ints) -> pl.Series:
    """Ten villages to a township."""
    place = numbers % _VILLAGES
    return padded((place // 10 + 1) * 1000 + place % 10 + 1, 6, "522301")


def _append(file: BinaryIO, frame: pl.DataFrame, *, header: bool) -> None:
    file.write(frame.write_csv(include_header=header, separator=SEPARATOR, quote_style="never").encode("gb18030"))


def identity_numbers_of(numbers: Ints) -> pl.Series:
    """An identity number for each borrower, well formed and nobody's."""
    return identity_numbers(_borrowers(), numbers // _PERSONS, numbers % _PERSONS)


def _chunk(base: pl.DataFrame, numbers: Ints) -> pl.DataFrame:
    rows = base[pl.Series(numbers % base.height)]
    return rows.with_columns(
        padded(numbers, 10, "XYJ").alias("借据号"),
        padded(numbers, 9, "扶贷第").alias("合同号"),
        padded(numbers, 15, "352").alias("贷款账号"),
        padded(numbers, 12, "9905223").alias("放款账号"),
        identity_numbers_of(numbers).alias("证件号码"),
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
