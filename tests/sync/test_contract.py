"""A batch against its dataset's entry: headings, modes, and what a reject says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.catalog.dataset import ContractMode
from hub.catalog.field import FieldType
from hub.errors import ContractError
from hub.sync.contract import check
from hub.sync.duplicates import _as_source
from hub.sync.fault import Fault
from hub.sync.handover import ROW, Batch, CheckedBatch, Column, Part, Unit
from hub.sync.normalise import read
from schema import CATALOGUE
from tests.sync.invented import Row, frame, loan, part_of

LOAN = CATALOGUE["loan"]


def checked(rows: Sequence[Row], mode: ContractMode = ContractMode.DISCARD_ROW) -> CheckedBatch:
    return check(
        replace(LOAN, mode=mode), Batch(part_of("loan", sheet="明细"), frame("loan", rows)), source="loan_note"
    )


def test_a_row_has_one_reject_about_its_first_fault_in_field_order() -> None:
    result = checked([loan(1, 1, amount="x", rate="y"), loan(2, 2)])
    (reject,) = result.rejects
    assert (reject.row, reject.field, reject.code, reject.cell) == (
        1,
        "amount",
        "NUMBER_UNREADABLE",
        "明细.amount row 1",
    )
    assert reject.raw["rate"] == "y"
    assert result.rows[ROW].to_list() == [2]
    assert result.held["loan_id"].to_list() == ["L0001"]


def test_an_empty_required_cell_and_a_contradiction_are_rejected_with_their_reason() -> None:
    glued = "10485390.04万元"  # 1048 households and 5390.04 万元, written without a space
    rows = [loan(1, 1, borrower_name=" "), loan(2, 2, balance="60000"), loan(3, 3, amount="0", balance="0")]
    result = checked([*rows, loan(4, 4, amount=glued)])
    assert [(reject.field, reject.code) for reject in result.rejects] == [
        ("borrower_name", "REQUIRED_EMPTY"),
        ("balance", "CHECK_FAILED"),
        ("amount", "BELOW_MINIMUM"),
        ("amount", "ABOVE_MAXIMUM"),
    ]
    assert result.rejects[1].reason == "The balance is above the amount paid out."


def test_discard_value_keeps_the_row_without_a_bad_optional_value() -> None:
    rows = [loan(1, 1, settled_on="soon"), loan(2, 2, amount="x")]
    result = checked(rows, ContractMode.DISCARD_VALUE)
    assert result.rows["loan_id"].to_list() == ["L0001"]
    assert result.rows["settled_on"].to_list() == [None]
    assert [(reject.field, reject.row_kept) for reject in result.rejects] == [("amount", False), ("settled_on", True)]


@pytest.mark.parametrize("mode", [ContractMode.EVOLVE, ContractMode.DISCARD_ROW])
def test_an_unknown_column_is_ignored_unless_the_contract_is_frozen(mode: ContractMode) -> None:
    rows = frame("loan", [loan(1, 1)]).with_columns(pl.lit("?").alias("新列"))
    batch = Batch(part_of("loan"), rows)
    assert check(replace(LOAN, mode=mode), batch, source="x").rows.height == 1
    with pytest.raises(ContractError, match="CONTRACT_HEADING_UNKNOWN") as refusal:
        check(replace(LOAN, mode=ContractMode.FREEZE), batch, source="x")
    assert "新列" in refusal.value.message


def test_a_missing_heading_is_refused_with_the_nearest_names() -> None:
    rows = frame("loan", [loan(1, 1)]).rename({"contract_number": "contract_no"})
    with pytest.raises(ContractError, match="CONTRACT_HEADING_MISSING") as refusal:
        check(LOAN, Batch(part_of("loan"), rows), source="x")
    assert "contract_no" in refusal.value.hint


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ((Column("loan_id", "loan_id", "A"),), "CONTRACT_FIELD_MISSING"),
        ((Column("colour", "loan_id", "A"),), "CONTRACT_FIELD_UNKNOWN"),
        ((Column("loan_id", "loan_id", "A"), Column("loan_id", "rate", "B")), "CONTRACT_FIELD_TWICE"),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused(columns: tuple[Column, ...], code: str) -> None:
    with pytest.raises(ContractError, match=code):
        check(LOAN, Batch(Part("loan", None, columns), frame("loan", [loan(1, 1)])), source="x")


def test_a_total_that_is_no_number_refuses_the_delivery() -> None:
    batch = Batch(part_of("loan"), frame("loan", [loan(1, 1)]), {"amount": "合计"})
    with pytest.raises(ContractError, match="CONTRACT_TOTAL_UNREADABLE"):
        check(LOAN, batch, source="x")


def test_every_fault_has_its_own_reason_and_says_what_to_do() -> None:
    assert all(fault.advice.endswith(".") for fault in Fault)
    assert len({fault.value for fault in Fault}) == len(Fault)


def test_a_batch_without_rows_is_a_batch() -> None:
    result = checked([])
    assert (result.fetched, result.rows.height, result.rejects) == (0, 0, ())


MONEY_UNITS = [(FieldType.MONEY, unit) for unit in (Unit.FEN, Unit.YUAN, Unit.TEN_THOUSAND_YUAN)]
RATE_UNITS = [(FieldType.RATE, unit) for unit in (Unit.PERCENT, Unit.PERMILLE_MONTH)]


@given(st.integers(0, 10**12), st.sampled_from(MONEY_UNITS + RATE_UNITS))
def test_a_stored_number_written_back_reads_as_itself(value: int, kind: tuple[FieldType, Unit]) -> None:
    item = next(item for item in LOAN.fields if item.type is kind[0])
    column = Column(item.name, item.name, item.name, kind[1])
    written = _as_source(item, column, value)
    assert read(item, column, pl.Series([written])).values.item() == value
