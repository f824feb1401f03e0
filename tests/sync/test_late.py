"""Deliveries that come late, out of order, again, or for some days only; and what a dry run shows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import pytest

from hub.catalog.dataset import Agency
from hub.errors import SyncError
from hub.sync.handover import Due, RunKind, RunReport
from hub.sync.run import Errand, sync_agency
from schema import CATALOGUE
from schema.ledger import LEDGER
from tests.support.database import COUNTY
from tests.sync.hub import Hub
from tests.sync.invented import InventedAgency, InventedDelivery, household, loan, person, repayment


@dataclass
class DatedDelivery(InventedDelivery):
    as_of: datetime | None = None


def dated(day: int, *rows: dict[str, str | None], dataset: str = "loan") -> DatedDelivery:
    return DatedDelivery(dataset, rows, name=f"{dataset}_{day:02d}.csv", as_of=datetime(2020, 7, day, 1, tzinfo=UTC))


def sync(hub: Hub, *deliveries: InventedDelivery) -> RunReport:
    return hub.sync(Agency.BANK, deliveries)


def fill(hub: Hub, first: date | None, last: date | None, *deliveries: InventedDelivery) -> RunReport:
    names = tuple({delivery.dataset for delivery in deliveries})
    return sync_agency(
        InventedAgency(Agency.BANK, deliveries),
        connect=hub.connect,
        catalogue=CATALOGUE,
        ledger=LEDGER,
        county=COUNTY,
        due=Due(Agency.BANK, names, first, last),
        errand=Errand(RunKind.BACKFILL),
    )


def balances(hub: Hub) -> dict[str, int]:
    return {key[0]: row["balance"] // 100 for key, row in hub.said("loan").items()}


def test_a_late_delivery_changes_nothing_and_is_counted(hub: Hub) -> None:
    sync(hub, dated(8, loan(1, 1, balance="8"), loan(2, 2)))
    sync(hub, dated(9, loan(1, 1, balance="9")))
    before = hub.records("loan"), hub.history("loan")
    report = sync(hub, dated(7, loan(1, 1, balance="7"), loan(2, 2), loan(3, 3)))
    assert (hub.records("loan"), hub.history("loan")) == before
    (merged,) = (item.merged for item in report.balances)
    assert (merged.inserted, merged.changed, merged.unchanged, merged.withdrawn, merged.late) == (0, 0, 3, 0, 3)
    assert hub.rows("select late from sync.dataset_run order by run_id") == [(0,), (0,), (3,)]
    sync(hub, dated(10, loan(1, 1, balance="10")))
    assert balances(hub) == {"L0001": 10}


def test_a_late_delivery_does_not_close_what_a_newer_one_left_open(hub: Hub) -> None:
    sync(hub, dated(9, loan(1, 1), loan(2, 2, amount="?")))
    sync(hub, dated(7, loan(1, 1), loan(2, 2)))
    assert hub.open_entries() == [("loan", 2, "amount", "NUMBER_UNREADABLE")]


def test_of_one_runs_deliveries_the_newest_that_names_a_record_is_believed_in_any_order(hub: Hub) -> None:
    old, new = dated(7, loan(1, 1, balance="7"), loan(2, 2)), dated(8, loan(1, 1, balance="8"), loan(3, 3))
    report = sync(hub, new, old)
    assert balances(hub) == {"L0001": 8, "L0002": 50_000, "L0003": 50_000}
    assert hub.open_entries() == []
    assert [item.merged.late for item in report.balances] == [1]
    again = sync(hub, old, new)
    assert [(item.merged.changed, item.merged.unchanged, item.merged.withdrawn) for item in again.balances] == [
        (0, 4, 0)
    ]


def test_a_delivery_repeated_changes_nothing(hub: Hub) -> None:
    deliveries = [dated(7, loan(1, 1), loan(2, 2)), dated(7, repayment(1, 1), dataset="repayment")]
    sync(hub, *deliveries)
    before = hub.records("loan"), hub.records("repayment"), hub.rows("select region, day from rollup.daily")
    sync(hub, *deliveries)
    assert (hub.records("loan"), hub.records("repayment"), hub.rows("select region, day from rollup.daily")) == before


def test_a_row_that_vanished_is_marked_and_kept_and_may_come_back(hub: Hub) -> None:
    sync(hub, dated(7, loan(1, 1), loan(2, 2)))
    gone = sync(hub, dated(8, loan(1, 1)))
    assert [(row["loan_id"], row["superseded_by"], row["superseded_in"]) for row in hub.history("loan")] == [
        ("L0002", "WITHDRAWN", gone.run_id)
    ]
    sync(hub, dated(9, loan(1, 1), loan(2, 2)))
    assert set(balances(hub)) == {"L0001", "L0002"}


def test_a_backfill_brings_only_its_days_and_withdraws_nothing(hub: Hub) -> None:
    sync(hub, InventedDelivery("repayment", [repayment(1, 1, paid_on="2020-03-01")]))
    rows = [repayment(serial, 1, paid_on=f"2020-{serial:02d}-15") for serial in range(2, 8)]
    report = fill(hub, date(2020, 3, 15), date(2020, 5, 15), InventedDelivery("repayment", rows))
    assert set(hub.said("repayment")) == {("R0001",), ("R0003",), ("R0004",), ("R0005",)}
    assert report.balances[0].staged.fetched == 3
    assert hub.rows("select kind from sync.run order by run_id") == [("SYNC",), ("BACKFILL",)]
    again = fill(hub, date(2020, 3, 15), date(2020, 5, 15), InventedDelivery("repayment", rows))
    assert again.balances[0].merged.unchanged == 3


def test_a_backfill_of_dated_deliveries_takes_those_of_its_days_and_never_overwrites_newer_facts(hub: Hub) -> None:
    sync(hub, dated(5, loan(2, 2)))
    sync(hub, dated(9, loan(1, 1, balance="9")))  # loan 2 was withdrawn by then
    fill(
        hub,
        date(2020, 7, 6),
        date(2020, 7, 8),
        dated(4, loan(4, 4)),
        dated(7, loan(1, 1, balance="7"), loan(2, 2), loan(3, 3, balance="3")),
    )
    assert balances(hub) == {"L0001": 9, "L0003": 3}


def test_a_backfill_of_what_has_no_days_is_refused(hub: Hub) -> None:
    delivery = InventedDelivery("person", [person(1, 1)])
    with pytest.raises(SyncError, match="SYNC_BACKFILL_UNDATED"):
        sync_agency(
            InventedAgency(Agency.RELIEF, [delivery]),
            connect=hub.connect,
            catalogue=CATALOGUE,
            ledger=LEDGER,
            county=COUNTY,
            due=Due(Agency.RELIEF, ("person",), date(2020, 1, 1)),
            errand=Errand(RunKind.BACKFILL),
        )


def test_a_dry_run_shows_changes_rejects_and_the_figures_that_would_move_and_keeps_nothing(hub: Hub) -> None:
    hub.sync(Agency.RELIEF, [InventedDelivery("household", [household(1)]), InventedDelivery("person", [person(1, 1)])])
    sync(hub, InventedDelivery("loan", [loan(1, 1)]))
    deliveries = [
        InventedDelivery("loan", [loan(1, 1), loan(2, 1, amount="10000", balance="10000"), loan(3, 1, rate="?")])
    ]
    before = hub.records("loan")
    report = hub.sync(Agency.BANK, deliveries, dry_run=True)
    assert hub.records("loan") == before
    assert report.rejects == {("loan", "NUMBER_UNREADABLE"): 1}
    figures = {item.measure: (item.before, item.after) for item in report.figures}
    assert figures["disbursed_amount"] == (5_000_000, 6_000_000)
    assert figures["disbursed_loans"] == (1, 2)
    assert "repaid_amount" not in figures
    real = hub.sync(Agency.BANK, deliveries)
    assert replace(real.balances[0].merged) == replace(report.balances[0].merged)
