"""A run that fails anywhere leaves no trace but its own line, and the next one is as if it had never been."""

from __future__ import annotations

import threading
from typing import Any

import psycopg
import pytest

from hub.catalog.dataset import Agency
from hub.errors import SyncError
from tests.sync.hub import Hub
from tests.sync.invented import InventedDelivery, household, loan, person, repayment

STEPS = (
    ("fetch", None),
    ("duplicates", None),
    ("totals", None),
    ("lineage", None),
    ("merge", "loan"),
    ("merge", "repayment"),
    ("quarantine", None),
    ("balance", None),
    ("roll-up", None),
)
KEPT = ("loan", "repayment", "person", "household")


class SabotageError(Exception):
    """Raised where a step begins or ends."""


class Saboteur:
    """Watches, and stops the run at one point."""

    def __init__(self, step: str, dataset: str | None, *, at_end: bool) -> None:
        self.point = (step, dataset, at_end)
        self.struck = False

    def delivery_started(self, name: str, expected_rows: int | None) -> None:
        pass

    def rows_fetched(self, name: str, rows: int) -> None:
        pass

    def step_started(self, step: str, dataset: str | None) -> None:
        self._strike(step, dataset, at_end=False)

    def step_finished(self, step: str, dataset: str | None, milliseconds: int) -> None:
        self._strike(step, dataset, at_end=True)

    def _strike(self, step: str, dataset: str | None, *, at_end: bool) -> None:
        if self.point == (step, dataset, at_end):
            self.struck = True
            raise SabotageError


def state(hub: Hub) -> dict[str, Any]:
    """All that a run may change, but for the runs' own lines."""
    found: dict[str, Any] = {name: (hub.records(name), hub.history(name)) for name in KEPT}
    found["quarantine"] = hub.rows("select entry_id, state, closed_in from sync.quarantine order by 1")
    found["parts"] = hub.rows("select part_id from sync.source_part order by 1")
    found["totals"] = hub.rows("select region, day from rollup.daily order by 1, 2")
    return found


def prepare(hub: Hub) -> list[InventedDelivery]:
    """A hub with data, and a delivery that inserts, changes, withdraws and rejects."""
    hub.sync(Agency.RELIEF, [InventedDelivery("household", [household(1)]), InventedDelivery("person", [person(1, 1)])])
    hub.sync(
        Agency.BANK,
        [
            InventedDelivery("loan", [loan(1, 1), loan(2, 2), loan(3, 3, amount="?")]),
            InventedDelivery("repayment", [repayment(1, 1), repayment(2, 2)]),
        ],
    )
    return [
        InventedDelivery("loan", [loan(1, 1, balance="1"), loan(3, 3), loan(4, 1, rate="?"), loan(5, 1)]),
        InventedDelivery("repayment", [repayment(1, 5), repayment(3, 3)]),
    ]


@pytest.mark.parametrize("at_end", [False, True])
def test_an_error_at_any_step_leaves_everything_as_it_was(hub: Hub, at_end: bool) -> None:  # noqa: FBT001
    deliveries = prepare(hub)
    before = state(hub)
    for step, dataset in STEPS:
        saboteur = Saboteur(step, dataset, at_end=at_end)
        with pytest.raises(SabotageError):
            hub.sync(Agency.BANK, deliveries, watch=saboteur)
        assert saboteur.struck
        assert state(hub) == before, step
        last = hub.rows("select state, error_code, error_message from sync.run order by run_id desc limit 1")
        assert last == [("FAILED", "SYNC_CRASHED", "The run ended with SabotageError.")]


def test_a_run_after_a_failed_one_ends_as_if_nothing_had_happened(hub: Hub) -> None:
    deliveries = prepare(hub)
    with pytest.raises(SabotageError):
        hub.sync(Agency.BANK, deliveries, watch=Saboteur("merge", "loan", at_end=True))
    report = hub.sync(Agency.BANK, deliveries)
    merged = {item.merged.dataset: item.merged for item in report.balances}
    loans = merged["loan"]
    assert (loans.inserted, loans.changed, loans.unchanged, loans.withdrawn) == (2, 1, 0, 1)
    assert hub.open_entries() == [("loan", 3, "rate", "NUMBER_UNREADABLE")]


def test_a_database_that_goes_away_is_named_without_its_words(hub: Hub) -> None:
    class Killer(Saboteur):
        def _strike(self, step: str, dataset: str | None, *, at_end: bool) -> None:
            if (step, at_end) == ("totals", True):
                hub.rows(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where usename = 'hub_connector' and datname = current_database()"
                )

    with pytest.raises(SyncError, match="SYNC_DATABASE"):
        hub.sync(Agency.BANK, [InventedDelivery("loan", [loan(1, 1)])], watch=Killer("", None, at_end=True))
    assert hub.rows("select state, error_code from sync.run") == [("FAILED", "SYNC_DATABASE")]


def test_a_dry_run_tells_what_the_database_refused_without_its_words(hub: Hub) -> None:
    class Teller(Saboteur):
        def _strike(self, step: str, dataset: str | None, *, at_end: bool) -> None:
            if step == "merge":
                raise psycopg.errors.UniqueViolation("Key (name)=(张三) already exists.")

    with pytest.raises(SyncError, match="SYNC_DATABASE") as refusal:
        hub.sync(
            Agency.BANK, [InventedDelivery("loan", [loan(1, 1)])], watch=Teller("", None, at_end=True), dry_run=True
        )
    assert "张三" not in str(refusal.value)
    assert refusal.value.__cause__ is None
    assert hub.rows("select state from sync.run") == []


def test_a_runner_that_died_is_marked_by_the_next(hub: Hub) -> None:
    hub.rows(
        "insert into sync.run (county, agency, state, started_at) values ('522301', 'BANK', 'RUNNING', now())"
        " returning run_id"
    )
    hub.sync(Agency.BANK, [InventedDelivery("loan", [loan(1, 1)])])
    assert hub.rows("select state, error_code from sync.run order by run_id") == [
        ("FAILED", "SYNC_INTERRUPTED"),
        ("DONE", None),
    ]


def test_a_second_runner_of_the_same_agency_is_refused(hub: Hub) -> None:
    class Waiter(Saboteur):
        def __init__(self) -> None:
            super().__init__("", None, at_end=False)
            self.inside, self.go_on = threading.Event(), threading.Event()

        def step_started(self, step: str, dataset: str | None) -> None:
            if step == "merge":
                self.inside.set()
                self.go_on.wait(200)

    waiter = Waiter()
    delivery = InventedDelivery("loan", [loan(1, 1)])
    first = threading.Thread(target=lambda: hub.sync(Agency.BANK, [delivery], watch=waiter))
    first.start()
    assert waiter.inside.wait(200)
    with pytest.raises(SyncError, match="SYNC_ALREADY_RUNNING"):
        hub.sync(Agency.BANK, [delivery])
    waiter.go_on.set()
    first.join(200)
    assert [row[0] for row in hub.rows("select state from sync.run")] == ["DONE"]


def test_two_agencies_at_the_same_time_end_as_one_after_the_other(hub: Hub) -> None:
    both_read = threading.Barrier(2, timeout=200)

    class Together(Saboteur):
        def step_finished(self, step: str, dataset: str | None, milliseconds: int) -> None:
            if step == "totals":
                both_read.wait()

    def relief() -> None:
        homes = [InventedDelivery("household", [household(1)]), InventedDelivery("person", [person(1, 1)])]
        hub.sync(Agency.RELIEF, homes, watch=Together("", None, at_end=False))

    other = threading.Thread(target=relief)
    other.start()
    hub.sync(Agency.BANK, [InventedDelivery("loan", [loan(1, 1)])], watch=Together("", None, at_end=False))
    other.join(200)
    assert hub.said("loan")[("L0001",)]["household_id"] == "H0001"
