"""What a sync leaves in the record tables and in history."""

import pytest

from hub.catalog.dataset import Agency
from hub.sync import merge
from tests.sync.hub import Hub
from tests.sync.invented import InventedDelivery, household, loan, person, repayment


def test_a_first_delivery_is_stored_typed_and_placed(hub: Hub) -> None:
    hub.sync(
        Agency.RELIEF,
        [InventedDelivery("household", [household(1)]), InventedDelivery("person", [person(1, 1)])],
    )
    report = hub.sync(Agency.BANK, [InventedDelivery("loan", [loan(1, 1), loan(2, 99)])])
    placed, unplaced = hub.said("loan")[("L0001",)], hub.said("loan")[("L0002",)]
    assert placed["amount"] == 5_000_000
    assert placed["rate"] == 47_500
    assert (placed["household_id"], placed["region"]) == ("H0001", "522301001001")
    assert (unplaced["household_id"], unplaced["region"]) == (None, "522301")
    (balance,) = report.balances
    assert (balance.staged.fetched, balance.staged.accepted, balance.merged.inserted) == (2, 2, 2)


def test_a_large_first_delivery_can_follow_one_that_was_not_kept(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merge, "_WORTH_REBUILDING", 2)
    rows = [InventedDelivery("loan", [loan(1, 1), loan(2, 2)])]
    hub.sync(Agency.BANK, rows, dry_run=True)  # its rows lie in the table's file until they are vacuumed
    assert hub.sync(Agency.BANK, rows).balances[0].merged.inserted == 2


def test_the_same_delivery_again_changes_nothing(hub: Hub) -> None:
    rows = [loan(serial, serial) for serial in range(1, 6)]
    first = hub.sync(Agency.BANK, [InventedDelivery("loan", rows)])
    before = hub.records("loan")
    again = hub.sync(Agency.BANK, [InventedDelivery("loan", rows)])
    merged = again.balances[0].merged
    assert (merged.inserted, merged.changed, merged.unchanged, merged.withdrawn) == (0, 0, 5, 0)
    assert hub.records("loan") == before
    assert hub.history("loan") == []
    assert again.balances[0].content_digest == first.balances[0].content_digest


def test_a_changed_row_leaves_its_former_version_in_history(hub: Hub) -> None:
    hub.sync(Agency.BANK, [InventedDelivery("loan", [loan(1, 1), loan(2, 2)])])
    report = hub.sync(Agency.BANK, [InventedDelivery("loan", [loan(1, 1), loan(2, 2, balance="20000.5")])])
    (former,) = hub.history("loan")
    assert (former["loan_id"], former["balance"], former["superseded_by"]) == ("L0002", 5_000_000, "CHANGED")
    assert former["superseded_in"] == report.run_id
    records = hub.records("loan")
    assert records[("L0002",)]["balance"] == 2_000_050
    assert records[("L0002",)]["recorded_in"] == report.run_id
    assert records[("L0001",)]["recorded_in"] != report.run_id


def test_a_row_missing_from_a_full_delivery_is_withdrawn(hub: Hub) -> None:
    hub.sync(Agency.BANK, [InventedDelivery("loan", [loan(1, 1), loan(2, 2)])])
    report = hub.sync(Agency.BANK, [InventedDelivery("loan", [loan(1, 1)])])
    assert report.balances[0].merged.withdrawn == 1
    assert set(hub.said("loan")) == {("L0001",)}
    assert [row["superseded_by"] for row in hub.history("loan")] == ["WITHDRAWN"]


def test_a_household_that_moves_takes_its_loans_and_repayments_along(hub: Hub) -> None:
    hub.sync(Agency.RELIEF, [InventedDelivery("household", [household(1)]), InventedDelivery("person", [person(1, 1)])])
    hub.sync(Agency.BANK, [InventedDelivery("loan", [loan(1, 1)]), InventedDelivery("repayment", [repayment(1, 1)])])
    report = hub.sync(Agency.RELIEF, [InventedDelivery("household", [household(1, "522301002002")])])
    assert report.replaced == {"person": 1, "loan": 1, "repayment": 1}
    assert hub.said("repayment")[("R0001",)]["region"] == "522301002002"
    (former,) = hub.history("repayment")
    assert (former["region"], former["superseded_by"]) == ("522301001001", "REPLACED")


def test_relief_data_that_arrives_after_the_banks_places_the_loans(hub: Hub) -> None:
    hub.sync(Agency.BANK, [InventedDelivery("loan", [loan(1, 1)]), InventedDelivery("repayment", [repayment(1, 1)])])
    hub.sync(Agency.RELIEF, [InventedDelivery("household", [household(1)]), InventedDelivery("person", [person(1, 1)])])
    assert hub.said("loan")[("L0001",)]["household_id"] == "H0001"
    assert hub.said("repayment")[("R0001",)]["household_id"] == "H0001"


def test_of_two_persons_with_one_number_the_smallest_person_decides(hub: Hub) -> None:
    twins = [person(2, 2), person(1, 1) | {"identity_number": person(2, 2)["identity_number"]}]
    hub.sync(
        Agency.RELIEF,
        [InventedDelivery("household", [household(1), household(2)]), InventedDelivery("person", twins)],
    )
    hub.sync(Agency.BANK, [InventedDelivery("loan", [loan(1, 2)])])
    assert hub.said("loan")[("L0001",)]["household_id"] == "H0001"


def test_a_dry_run_counts_and_keeps_nothing(hub: Hub) -> None:
    report = hub.sync(Agency.BANK, [InventedDelivery("loan", [loan(1, 1)])], dry_run=True)
    assert report.balances[0].merged.inserted == 1
    assert hub.said("loan") == {}
    assert hub.rows("select state from sync.run") == []
