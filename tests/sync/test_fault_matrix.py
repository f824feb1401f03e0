"""Every step × every fault: the run after it ends where an undisturbed run ends.

The faults are real: a process killed with SIGKILL, a connection cut by the server, a database server stopped as if its
power had gone and started again, two runners at once. HUB_FAULT_MATRIX=all tries each at every step's beginning and
end, and in the middle of reading; without it, a kill at every step and the others at some.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from hub.catalog.dataset import Agency
from hub.errors import HubError, SyncError
from hub.storage.roles import DatabaseRole
from hub.storage.server import DatabaseServer
from tests.sync.doomed import AtPoint, Point, sync_until
from tests.sync.hub import Hub
from tests.sync.invented import InventedDelivery, household, loan, person, repayment

STEPS: tuple[tuple[str, str | None], ...] = (
    ("fetch", None),
    ("duplicates", None),
    ("totals", None),
    ("lineage", None),
    ("merge", "loan"),
    ("merge", "repayment"),
    ("replace", "repayment"),
    ("quarantine", None),
    ("remember", None),
    ("balance", None),
    ("roll-up", None),
)
ALL = os.environ.get("HUB_FAULT_MATRIX") == "all"
EVERY: tuple[Point, ...] = (
    ("rows", None, False),
    *((step, dataset, at_end) for step, dataset in STEPS for at_end in (False, True)),
)
KILLED_AT = EVERY if ALL else (("rows", None, False), *((step, dataset, True) for step, dataset in STEPS))
CUT_AT = EVERY if ALL else (("fetch", None, True), ("merge", "loan", True), ("roll-up", None, True))
RESTARTED_AT = EVERY if ALL else (("merge", "repayment", True),)
RACED_AT = EVERY if ALL else (("fetch", None, False), ("balance", None, True))
DATASETS = ("household", "person", "loan", "repayment")
# The number of a run and what hangs on it differ where a run failed before; nothing else may.
_NUMBERS = {"source_part", "recorded_in", "superseded_in"}


def _first() -> list[InventedDelivery]:
    rows = [loan(1, 1), loan(2, 2), loan(3, 3, amount="?")]
    return [InventedDelivery("loan", rows), InventedDelivery("repayment", [repayment(1, 1), repayment(2, 2)])]


def _second() -> list[InventedDelivery]:
    """Inserts, changes, withdraws, rejects, repeats, moves a repayment to another household."""
    rows = [loan(1, 2, balance="1"), loan(3, 3), loan(4, 1, rate="?"), loan(5, 1), loan(5, 1)]
    payments = [repayment(1, 1), repayment(3, 5), repayment(4, 3)]
    return [InventedDelivery("loan", rows, batch_rows=2), InventedDelivery("repayment", payments)]


def prepare(hub: Hub) -> None:
    hub.empty()
    homes = InventedDelivery("household", [household(1), household(2, "522301001002"), household(3)])
    hub.sync(Agency.RELIEF, [homes, InventedDelivery("person", [person(serial, serial) for serial in (1, 2, 3)])])
    hub.sync(Agency.BANK, _first())


def end_state(hub: Hub) -> dict[str, Any]:
    """Records, history, quarantine and running totals, but for the numbers of runs and parts."""
    found: dict[str, Any] = {}
    for dataset in DATASETS:
        for where, rows in (("record", hub.records(dataset).values()), ("history", hub.history(dataset))):
            found[f"{where}.{dataset}"] = sorted(
                repr({name: value for name, value in row.items() if name not in _NUMBERS}) for row in rows
            )
    found["quarantine"] = hub.rows(
        "select dataset, source_row, field, code, state, raw_values from sync.quarantine order by 1, 2, 3, 4, 5"
    )
    found["totals"] = hub.rows("select d::text from rollup.daily d order by region, day")
    found["counts"] = hub.rows(
        "select d.dataset, fetched, accepted, quarantined, inserted, changed, unchanged, withdrawn, content_digest"
        " from sync.dataset_run d where run_id = (select max(run_id) from sync.run where state = 'DONE') order by 1"
    )
    return found


_undisturbed: list[dict[str, Any]] = []


@pytest.fixture
def undisturbed(hub: Hub) -> dict[str, Any]:
    """What an undisturbed run leaves; the database is then as it was before that run."""
    if not _undisturbed:
        prepare(hub)
        hub.sync(Agency.BANK, _second())
        _undisturbed.append(end_state(hub))
        assert any(_undisturbed[0]["history.repayment"]), "the delivery must move something"
    return _undisturbed[0]


def finish(hub: Hub, expected: dict[str, Any], failed: str | None) -> None:
    """Run again; the end must be that of an undisturbed run, and the broken run's line must say so."""
    _sync_when_the_server_has_noticed(hub)
    found = end_state(hub)
    assert {name: found[name] for name in expected if found[name] != expected[name]} == {}
    assert hub.rows("select state, error_code from sync.run order by run_id")[2:] == [
        *([("FAILED", failed)] if failed else []),
        ("DONE", None),
    ]


def _sync_when_the_server_has_noticed(hub: Hub) -> None:
    """A dead runner's lock is free as soon as the server finds its connection gone; the queue tries again later too."""
    deadline = time.monotonic() + 200
    while True:
        try:
            hub.sync(Agency.BANK, _second())
        except SyncError as refusal:
            if refusal.code != "SYNC_ALREADY_RUNNING" or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def killed(hub: Hub, point: Point) -> None:
    # Polars' threads do not survive a fork, so the child is forked from a server that never started them.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.sync.doomed"])
    child = context.Process(target=sync_until, args=(hub.database.conninfo(DatabaseRole.CONNECTOR), _second(), point))
    child.start()
    child.join(300)
    assert child.exitcode == -signal.SIGKILL, f"it was to be killed at {point}"


def test_a_runner_killed_at_any_step_leaves_nothing_behind(hub: Hub, undisturbed: dict[str, Any]) -> None:
    for point in KILLED_AT:
        prepare(hub)
        killed(hub, point)
        finish(hub, undisturbed, "SYNC_INTERRUPTED")


def test_a_connection_cut_at_any_step_leaves_nothing_behind(hub: Hub, undisturbed: dict[str, Any]) -> None:
    def cut() -> None:
        hub.rows(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where usename = 'hub_connector' and datname = current_database()"
        )

    for point in CUT_AT:
        prepare(hub)
        watch = AtPoint(point, cut)
        if point == ("roll-up", None, True):
            # Only the commit is left, and it does not go through.
            with pytest.raises((HubError, psycopg.Error)):
                hub.sync(Agency.BANK, _second(), watch=watch)
        else:
            with pytest.raises(SyncError, match="SYNC_DATABASE"):
                hub.sync(Agency.BANK, _second(), watch=watch)
        assert watch.reached, point
        finish(hub, undisturbed, "SYNC_DATABASE")


@pytest.mark.skipif("HUB_DATABASE_URL" in os.environ, reason="a named server is not ours to stop")
def test_a_database_that_loses_its_power_at_any_step_keeps_nothing_of_the_run(
    hub: Hub, undisturbed: dict[str, Any], server: DatabaseServer
) -> None:
    with hub.database.connect() as owner:
        # The tests' server may lose what was committed just before its power goes; a real one does not.
        owner.execute(
            sql.SQL("alter database {} set synchronous_commit = on").format(sql.Identifier(hub.database.name))
        )
    for point in RESTARTED_AT:
        prepare(hub)
        watch = AtPoint(point, lambda: restart(server))
        with pytest.raises((HubError, psycopg.Error)):
            hub.sync(Agency.BANK, _second(), watch=watch)
        assert watch.reached, point
        # The run's own line could not be finished while the database was away; the next run does it.
        codes = hub.rows("select coalesce(error_code, 'SYNC_INTERRUPTED') from sync.run order by run_id")
        finish(hub, undisturbed, codes[-1][0])


def restart(server: DatabaseServer) -> None:
    """Stop it at once, without a word to anybody, as a power cut does, and start it again."""
    embedded = server._embedded
    assert embedded is not None
    command = [
        str(Path(embedded.bin_path) / "pg_ctl"),
        "-D",
        str(embedded.pgdata.resolve()),
        "-l",
        str(embedded.log.resolve()),
    ]
    subprocess.run(
        [*command, "-w", "-m", "immediate", "restart"],
        check=True,
        user=embedded.system_user,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
    )


def test_of_two_runners_one_is_refused_and_the_other_ends_undisturbed(hub: Hub, undisturbed: dict[str, Any]) -> None:
    refused: list[str] = []

    def race() -> None:
        with pytest.raises(SyncError) as refusal:
            hub.sync(Agency.BANK, _second())
        refused.append(refusal.value.code)

    for point in RACED_AT:
        prepare(hub)
        watch = AtPoint(point, race)
        hub.sync(Agency.BANK, _second(), watch=watch)
        found = end_state(hub)
        assert {name: found[name] for name in found if found[name] != undisturbed[name]} == {}
    assert refused == ["SYNC_ALREADY_RUNNING"] * len(RACED_AT)
