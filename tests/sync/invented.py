"""Invented agencies for the tests of the sync: rows in memory, handed over as a real connector would."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from hub.catalog.dataset import Agency, Dataset
from hub.catalog.field import FieldType
from hub.sync.handover import ROW, Batch, Column, Due, Kind, Part, Unit
from schema import CATALOGUE

_UNITS = {FieldType.MONEY: Unit.YUAN, FieldType.RATE: Unit.PERCENT}

Row = Mapping[str, str | None]

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def identity_number(serial: int) -> str:
    """A valid number with an area code that was never assigned; written apart from the hub's own check."""
    first17 = f"529999{1950 + serial % 50:04d}{serial % 12 + 1:02d}{serial % 28 + 1:02d}{serial % 999 + 1:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(first17, _WEIGHTS, strict=True))
    return first17 + "10X98765432"[total % 11]


def part_of(dataset: str, *, sheet: str | None = None) -> Part:
    """Every field of the dataset under its own name as heading."""
    return Part(
        dataset,
        sheet,
        tuple(
            Column(item.name, item.name, item.name, _UNITS.get(item.type, Unit.NONE))
            for item in CATALOGUE[dataset].fields
        ),
    )


def complete(dataset: Dataset, row: Row) -> dict[str, str | None]:
    """``row`` with an empty cell for each field it leaves out."""
    return {name: row.get(name) for name in dataset.field_names}


def frame(dataset: str, rows: Sequence[Row], first_row: int = 1) -> pl.DataFrame:
    """Rows as a batch holds them."""
    names = CATALOGUE[dataset].field_names
    columns = {name: pl.Series([row.get(name) for row in rows], dtype=pl.String) for name in names}
    return pl.DataFrame(columns | {ROW: pl.Series(range(first_row, first_row + len(rows)), dtype=pl.Int64)})


@dataclass
class InventedDelivery:
    """Some rows of one dataset."""

    dataset: str
    rows: Sequence[Row]
    name: str = ""
    totals: Mapping[str, str] = field(default_factory=dict[str, str])
    sheet: str | None = None
    batch_rows: int = 1000
    kind: Kind = Kind.TABLE

    def __post_init__(self) -> None:
        self.name = self.name or self.dataset

    @property
    def datasets(self) -> tuple[str, ...]:
        return (self.dataset,)

    @property
    def expected_rows(self) -> int | None:
        return len(self.rows)

    @property
    def digest(self) -> str:
        return hashlib.sha256(repr([sorted(row.items()) for row in self.rows]).encode()).hexdigest()

    def batches(self) -> Iterator[Batch]:
        part = part_of(self.dataset, sheet=self.sheet)
        for start in range(0, len(self.rows), self.batch_rows):
            some = self.rows[start : start + self.batch_rows]
            last = start + self.batch_rows >= len(self.rows)
            yield Batch(part, frame(self.dataset, some, start + 1), self.totals if last else {})


@dataclass
class InventedAgency:
    """A connector over deliveries in memory."""

    agency: Agency
    given: Sequence[InventedDelivery]

    def deliveries(self, due: Due) -> Iterator[InventedDelivery]:
        yield from self.given


def household(serial: int, village: str = "522301001001", **others: str | None) -> dict[str, str | None]:
    return {
        "household_id": f"H{serial:04d}",
        "region_code": village,
        "head_name": "张三",
        "size_declared": "3",
        "poverty_status": "LIFTED",
        "registered_on": "2016-01-01",
    } | others


def person(serial: int, of_household: int, **others: str | None) -> dict[str, str | None]:
    return {
        "person_id": f"P{serial:04d}",
        "household_id": f"H{of_household:04d}",
        "name": "张三",
        "identity_number": identity_number(serial),
    } | others


def loan(serial: int, of_person: int, **others: str | None) -> dict[str, str | None]:
    return {
        "loan_id": f"L{serial:04d}",
        "contract_number": f"C{serial:04d}",
        "borrower_name": "张三",
        "borrower_identity_number": identity_number(of_person),
        "amount": "50000.00",
        "balance": "50000",
        "rate": "4.75",
        "disbursed_on": "2019-01-05",
        "due_on": "2022-01-05",
        "issue_type": "NEW",
        "classification": "正常",
        "status": "OPEN",
    } | others


def repayment(serial: int, of_loan: int, **others: str | None) -> dict[str, str | None]:
    return {
        "repayment_id": f"R{serial:04d}",
        "loan_id": f"L{of_loan:04d}",
        "paid_on": "2020-01-05",
        "principal": "1,000.00",
        "penalty": "0",
        "origin": "HOUSEHOLD",
    } | others
