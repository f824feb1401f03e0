"""Rows that do not pass: kept with their reason and cell, once, until a better delivery comes."""

import pytest

from hub.catalog.dataset import Agency
from hub.errors import SyncError
from hub.sync import correct
from hub.sync.fault import Fault
from hub.sync.standing import standing
from hub.worker import in_short
from tests.support.database import COUNTY
from tests.sync.hub import Hub
from tests.sync.invented import InventedDelivery, loan, repayment


def test_a_bad_row_is_kept_with_its_raw_values_and_the_others_are_stored(hub: Hub) -> None:
    rows = [loan(1, 1), loan(2, 2, amount="five"), loan(3, 3)]
    report = hub.sync(Agency.BANK, [InventedDelivery("loan", rows, name="loan_note")])
    assert set(hub.said("loan")) == {("L0001",), ("L0003",)}
    staged = report.balances[0].staged
    assert (staged.fetched, staged.accepted, staged.quarantined) == (3, 2, 1)
    ((cell, code, advice, headings, values),) = hub.rows(
        "select cell, code, advice, raw_headings, raw_values from sync.quarantine where state = 'OPEN'"
    )
    assert (cell, code) == ("loan_note.amount row 2", "NUMBER_UNREADABLE")
    assert advice == Fault.NUMBER_UNREADABLE.advice
    assert dict(zip(headings, values, strict=True))["amount"] == "five"


def test_syncing_bad_rows_twice_leaves_the_same_open_entries(hub: Hub) -> None:
    rows = [loan(1, 1), loan(2, 2, amount="five"), loan(3, 3, due_on="2018-01-01")]
    hub.sync(Agency.BANK, [InventedDelivery("loan", rows)])
    before = hub.rows("select entry_id, state from sync.quarantine order by 1")
    hub.sync(Agency.BANK, [InventedDelivery("loan", rows)])
    assert hub.rows("select entry_id, state from sync.quarantine order by 1") == before
    assert len(before) == 2


def test_a_good_delivery_closes_the_entries_of_its_rows(hub: Hub) -> None:
    hub.sync(Agency.BANK, [InventedDelivery("loan", [loan(1, 1, amount="five")])])
    report = hub.sync(Agency.BANK, [InventedDelivery("loan", [loan(1, 1)])])
    assert hub.rows("select state, closed_in from sync.quarantine") == [("CLOSED", report.run_id)]


def test_entries_of_a_dataset_that_was_not_read_stay_open(hub: Hub) -> None:
    hub.sync(Agency.BANK, [InventedDelivery("loan", [loan(1, 1, amount="five")])])
    hub.sync(Agency.BANK, [InventedDelivery("repayment", [repayment(1, 1)])])
    assert hub.open_entries() == [("loan", 1, "amount", "NUMBER_UNREADABLE")]


def test_a_row_that_turns_bad_does_not_withdraw_its_earlier_good_version(hub: Hub) -> None:
    hub.sync(Agency.BANK, [InventedDelivery("loan", [loan(1, 1), loan(2, 2), loan(3, 3)])])
    report = hub.sync(Agency.BANK, [InventedDelivery("loan", [loan(1, 1), loan(2, 2, balance="?")])])
    assert set(hub.said("loan")) == {("L0001",), ("L0002",)}
    assert report.balances[0].merged.withdrawn == 1


def test_a_row_without_a_readable_key_may_be_any_missing_record_so_none_is_withdrawn_until_it_is_settled(
    hub: Hub,
) -> None:
    hub.sync(Agency.BANK, [InventedDelivery("loan", [loan(1, 1), loan(2, 2)])])
    rows = [loan(1, 1, balance="1"), loan(2, 2, loan_id="5.22301E+17")]
    report = hub.sync(Agency.BANK, [InventedDelivery("loan", rows)])
    assert set(hub.said("loan")) == {("L0001",), ("L0002",)}
    assert (report.balances[0].merged.changed, report.balances[0].merged.withdrawn) == (1, 0)
    assert report.nameless == {"loan": 1}
    assert in_short(report).endswith("no readable key: loan (1)")
    with hub.connect() as connection:
        connection.autocommit = True
        ((entry,),) = hub.rows("select entry_id from sync.quarantine where state = 'OPEN'")
        decision = correct.Decision("王五", "a line under the table")
        correct.dismiss(connection, COUNTY, correct.open_rows(connection, COUNTY, [entry]), decision)
    assert hub.sync(Agency.BANK, [InventedDelivery("loan", rows)]).balances[0].merged.withdrawn == 1


def test_equal_rows_count_once_and_contradicting_rows_not_at_all(hub: Hub) -> None:
    rows = [loan(1, 1), loan(2, 2), loan(1, 1, amount="50,000"), loan(2, 2, balance="7"), loan(3, 3)]
    report = hub.sync(Agency.BANK, [InventedDelivery("loan", rows, batch_rows=2)])
    assert set(hub.said("loan")) == {("L0001",), ("L0003",)}
    assert hub.open_entries() == [
        ("loan", 2, "loan_id", "CONFLICTING_KEY"),
        ("loan", 3, "loan_id", "DUPLICATE_ROW"),
        ("loan", 4, "loan_id", "CONFLICTING_KEY"),
    ]
    staged = report.balances[0].staged
    assert (staged.fetched, staged.accepted, staged.quarantined) == (5, 2, 3)


def test_control_totals_include_quarantined_rows(hub: Hub) -> None:
    rows = [loan(1, 1, amount="10000"), loan(2, 2, amount="20000", borrower_identity_number="123")]
    hub.sync(Agency.BANK, [InventedDelivery("loan", rows, totals={"amount": "30,000.00"})])
    assert hub.rows("select control_totals from sync.source_part") == [(["amount=3000000"],)]


def test_a_control_total_that_disagrees_refuses_everything_and_names_the_place(hub: Hub) -> None:
    delivery = InventedDelivery("loan", [loan(1, 1)], name="f.xlsx", sheet="明细", totals={"amount": "50000.01"})
    with pytest.raises(SyncError) as refusal:
        hub.sync(Agency.BANK, [delivery])
    assert refusal.value.code == "SYNC_TOTAL_DISAGREES"
    assert all(word in refusal.value.message for word in ("f.xlsx", "明细", "amount"))
    assert hub.said("loan") == {}
    assert hub.rows("select state, error_code, error_message, error_hint from sync.run") == [
        ("FAILED", "SYNC_TOTAL_DISAGREES", refusal.value.message, refusal.value.hint)
    ]
    with hub.connect() as connection:
        (run,) = standing(connection, COUNTY).runs
    assert run.refusal == str(refusal.value)


def test_a_total_over_an_unreadable_cell_is_noted_and_not_compared(hub: Hub) -> None:
    rows = [loan(1, 1, amount="10000"), loan(2, 2, amount="#N/A")]
    hub.sync(Agency.BANK, [InventedDelivery("loan", rows, totals={"amount": "30000"})])
    ((totals,),) = hub.rows("select control_totals from sync.source_part")
    assert "not compared" in totals[0]


def test_an_empty_delivery_does_not_withdraw_everything_unless_it_may(hub: Hub) -> None:
    hub.sync(Agency.BANK, [InventedDelivery("loan", [loan(1, 1)])])
    with pytest.raises(SyncError, match=r"SYNC_DELIVERY_EMPTY.*hub sync bank\.loan --accept-empty"):
        hub.sync(Agency.BANK, [InventedDelivery("loan", [])])
    assert len(hub.said("loan")) == 1
    hub.sync(Agency.BANK, [InventedDelivery("loan", [])], accept_empty=True)
    assert hub.said("loan") == {}


def test_a_dataset_of_another_agency_is_refused(hub: Hub) -> None:
    with pytest.raises(SyncError, match="SYNC_DATASET_OF_OTHERS"):
        hub.sync(Agency.FINANCE, [InventedDelivery("loan", [loan(1, 1)])])
