"""A person's work on the quarantine: rows put right, tried again or set aside, and what later deliveries make of it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from hub.catalog.dataset import Agency
from hub.errors import SyncError
from hub.sync import correct
from hub.sync.handover import Due, RunReport
from hub.sync.run import sync_agency
from hub.sync.suggest import suggest
from hub.sync.trace import trace
from hub.sync.work_list import listed
from schema import CATALOGUE
from schema.ledger import LEDGER
from tests.support.database import COUNTY
from tests.sync.hub import Hub
from tests.sync.invented import InventedDelivery, household, identity_number, loan, person

DECISION = correct.Decision("王五", "asked the branch")


def bring_in(hub: Hub, entry: int, action: str, cells: Mapping[str, str] | None = None) -> RunReport:
    with hub.connect() as connection:
        connection.autocommit = True
        (row,) = correct.open_rows(connection, COUNTY, [entry])
    rows = [correct.with_cells(row, cells or {})]
    return sync_agency(
        correct.CorrectionConnector(row.agency, rows),
        connect=hub.connect,
        catalogue=CATALOGUE,
        ledger=LEDGER,
        county=COUNTY,
        due=Due(row.agency, (row.part.dataset,)),
        errand=correct.errand(COUNTY, rows, DECISION, action),
    )


def entry_of(hub: Hub) -> int:
    ((entry,),) = hub.rows("select entry_id from sync.quarantine where state = 'OPEN'")
    return int(entry)


def loans(hub: Hub, *rows: Mapping[str, str | None]) -> RunReport:
    return hub.sync(Agency.BANK, [InventedDelivery("loan", rows, name="loan_note")])


def test_a_corrected_row_is_stored_with_its_source_and_both_raw_rows_are_kept(hub: Hub) -> None:
    loans(hub, loan(1, 1), loan(2, 2, amount="five"))
    entry = entry_of(hub)
    report = bring_in(hub, entry, correct.CORRECTED, {"amount": "5000", "balance": "5000"})
    assert hub.said("loan")[("L0002",)]["amount"] == 500_000
    assert set(hub.said("loan")) == {("L0001",), ("L0002",)}, "a correction withdraws nothing"
    with hub.connect() as connection:
        connection.execute("select set_config('hub.county', %s, false)", (COUNTY,))
        (origin,) = trace(connection, COUNTY, CATALOGUE["loan"], ["L0002"])
    assert (origin.kind, origin.delivery, origin.row) == ("CORRECTION", "loan_note", 2)
    assert hub.rows("select state, closed_in from sync.quarantine") == [("CORRECTED", report.run_id)]
    ((by, reason, run, before, after),) = hub.rows(
        "select d.decided_by, d.reason, d.run_id, q.raw_values, d.raw_values from sync.decision d"
        " join sync.quarantine q using (county, entry_id)"
    )
    assert (by, reason, run) == ("王五", "asked the branch", report.run_id)
    assert "five" in before
    assert "five" not in after
    assert "5000" in after


def test_a_correction_that_does_not_pass_is_refused_and_changes_nothing(hub: Hub) -> None:
    loans(hub, loan(1, 1, amount="five", due_on="2018-01-01"))
    with pytest.raises(SyncError, match=r"SYNC_CORRECTION_REFUSED.*due before it is paid out"):
        bring_in(hub, entry_of(hub), correct.CORRECTED, {"amount": "50000"})
    assert hub.said("loan") == {}
    assert len(hub.open_entries()) == 1
    assert hub.rows("select count(*) from sync.decision") == [(0,)]


def test_the_same_bad_row_delivered_again_neither_reopens_the_entry_nor_undoes_the_correction(hub: Hub) -> None:
    bad = loan(1, 1, loan_id=None)  # its key cannot be read, so only the correction says which record it is
    loans(hub, bad, loan(2, 2))
    bring_in(hub, entry_of(hub), correct.CORRECTED, {"loan_id": "L0001"})
    before = hub.records("loan")
    loans(hub, loan(3, 3), bad, loan(2, 2))  # and one row further down
    after = hub.records("loan")
    assert {key: after[key] for key in before} == before
    assert hub.open_entries() == []


def test_a_good_row_from_the_agency_takes_the_place_of_the_corrected_one(hub: Hub) -> None:
    loans(hub, loan(1, 1, amount="five"))
    bring_in(hub, entry_of(hub), correct.CORRECTED, {"amount": "50000"})
    loans(hub, loan(1, 1, amount="40000", balance="40000"))
    assert hub.said("loan")[("L0001",)]["amount"] == 4_000_000
    assert [row["amount"] for row in hub.history("loan")] == [5_000_000]


def test_a_corrected_row_that_its_agency_no_longer_delivers_is_withdrawn(hub: Hub) -> None:
    loans(hub, loan(1, 1, amount="five"), loan(2, 2))
    bring_in(hub, entry_of(hub), correct.CORRECTED, {"amount": "50000"})
    loans(hub, loan(2, 2))
    assert set(hub.said("loan")) == {("L0002",)}


def test_of_two_contradicting_rows_one_is_replayed_and_one_dismissed_for_good(hub: Hub) -> None:
    rows = (loan(1, 1), loan(1, 1, balance="7"))
    loans(hub, *rows)
    (right,), (wrong,) = hub.rows("select entry_id from sync.quarantine order by source_row")
    bring_in(hub, right, correct.REPLAYED)
    with hub.connect() as connection:
        connection.autocommit = True
        correct.dismiss(connection, COUNTY, correct.open_rows(connection, COUNTY, [wrong]), DECISION)
    loans(hub, *rows)
    assert hub.said("loan")[("L0001",)]["balance"] == 5_000_000
    assert hub.open_entries() == []


def test_a_replayed_row_that_fails_again_stays_open(hub: Hub) -> None:
    loans(hub, loan(1, 1, amount="five"))
    entry = entry_of(hub)
    bring_in(hub, entry, correct.REPLAYED)
    assert entry_of(hub) == entry
    assert hub.said("loan") == {}


def test_an_entry_is_decided_about_once(hub: Hub) -> None:
    loans(hub, loan(1, 1, amount="five"))
    entry = entry_of(hub)
    bring_in(hub, entry, correct.CORRECTED, {"amount": "50000"})
    with pytest.raises(SyncError, match="SYNC_ENTRY_NOT_OPEN"):
        bring_in(hub, entry, correct.CORRECTED, {"amount": "50000"})


def test_the_ledger_moves_with_a_correction(hub: Hub) -> None:
    hub.sync(Agency.RELIEF, [InventedDelivery("household", [household(1)]), InventedDelivery("person", [person(1, 1)])])
    loans(hub, loan(1, 1, amount="five"))
    bring_in(hub, entry_of(hub), correct.CORRECTED, {"amount": "50000"})
    newest = "select disbursed_amount from rollup.daily where region = '522301001001' order by day desc limit 1"
    assert hub.rows(newest) == [(5_000_000,)]


def test_the_list_names_the_cell_and_holds_no_value(hub: Hub) -> None:
    loans(hub, loan(1, 1, amount="five"))
    with hub.connect() as connection:
        connection.autocommit = True
        (item,) = listed(connection, COUNTY, dataset="loan")
        assert listed(connection, COUNTY, code="CODE_UNKNOWN") == []
    assert (item.delivery, item.cell, item.code) == ("loan_note", "loan_note.amount row 1", "NUMBER_UNREADABLE")
    assert "five" not in repr(item)


def test_suggestions_name_the_nearest_code_the_check_character_and_a_registered_person(hub: Hub) -> None:
    hub.sync(Agency.RELIEF, [InventedDelivery("person", [person(7, 1)])])
    right = identity_number(7)
    wrong = right[:-1] + ("0" if right[-1] != "0" else "1")
    loans(
        hub,
        loan(1, 1, classification="正长"),
        loan(2, 7, borrower_identity_number=wrong),
        loan(3, 7, borrower_identity_number=right[:15] + "000"),
        loan(4, 1, classification="?"),
    )
    with hub.connect() as connection:
        connection.autocommit = True
        rows = correct.open_rows(connection, COUNTY, [item.entry_id for item in listed(connection, COUNTY)])
        values = [[item.value for item in suggest(connection, COUNTY, CATALOGUE, row)] for row in rows]
    assert values[0][0] == "正常"
    assert values[1] == [right, right]
    assert right in values[2]
    assert values[3] == ["正常", "关注", "次级", "可疑", "损失"]
