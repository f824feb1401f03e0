"""What is not as it usually is raises one alarm, which clears itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hub.catalog.dataset import Agency
from hub.errors import SyncError
from hub.sync.alarms import look, seen
from hub.sync.schedule import Schedule, parse_schedules
from schema import CATALOGUE
from tests.support.database import COUNTY
from tests.sync.hub import Hub
from tests.sync.invented import InventedDelivery, loan, repayment
from tests.sync.test_part import Changed

GRACE = timedelta(hours=1)
DAILY = parse_schedules("0 12 * * *", Agency.BANK, CATALOGUE, "UTC")


def kinds(hub: Hub, instant: datetime) -> tuple[list[str], list[str]]:
    with hub.connect() as connection:
        connection.autocommit = True
        changes = look(connection, COUNTY, DAILY, instant, GRACE)
    return [alarm.kind for alarm in changes.raised], [alarm.kind for alarm in changes.cleared]


def loans(hub: Hub, count: int, *, finished: datetime | None = None, balance: str = "50000") -> None:
    report = hub.sync(
        Agency.BANK, [InventedDelivery("loan", [loan(serial, 1, balance=balance) for serial in range(1, count + 1)])]
    )
    if finished is not None:
        hub.rows("update sync.run set finished_at = %s where run_id = %s returning 1", finished, report.run_id)


def test_a_run_that_does_not_come_is_late_once_until_one_goes_well(hub: Hub) -> None:
    now = datetime.now(UTC)
    assert kinds(hub, now) == (["RUN_LATE"], [])
    assert kinds(hub, now) == ([], [])
    loans(hub, 1)
    assert kinds(hub, now) == ([], ["RUN_LATE"])
    assert kinds(hub, now + timedelta(days=2)) == (["RUN_LATE"], [])


def test_runs_for_one_dataset_do_not_hide_that_the_others_are_not_read(hub: Hub) -> None:
    loans(hub, 1)
    hub.sync(Agency.BANK, [InventedDelivery("repayment", [repayment(1, 1)])])
    tomorrow = datetime.now(UTC) + timedelta(days=2)
    hub.rows(
        "update sync.run set finished_at = %s where run_id = (select max(run_id) from sync.run) returning 1", tomorrow
    )
    hub.rows("update sync.freshness set read_at = %s where dataset = 'repayment' returning 1", tomorrow)
    with hub.connect() as connection:
        connection.autocommit = True
        (alarm,) = look(connection, COUNTY, DAILY, tomorrow, GRACE).raised
    assert (alarm.kind, "no run has read loan since" in alarm.message) == ("RUN_LATE", True)
    hub.rows("update sync.freshness set read_at = %s returning 1", tomorrow)
    assert kinds(hub, tomorrow) == ([], ["RUN_LATE"])


def test_a_refused_run_raises_an_alarm_and_a_good_one_clears_it(hub: Hub) -> None:
    now = datetime.now(UTC)
    loans(hub, 1)
    with pytest.raises(SyncError):
        loans(hub, 0)
    assert kinds(hub, now) == (["RUN_REFUSED"], [])
    loans(hub, 1)
    assert kinds(hub, now) == ([], ["RUN_REFUSED"])


def test_what_is_seen_without_a_worker_is_what_one_would_raise_and_no_longer_what_is_over(hub: Hub) -> None:
    def seen_at(instant: datetime, schedules: tuple[Schedule, ...] = DAILY) -> list[tuple[str, datetime]]:
        with hub.connect() as connection:
            return [(alarm.kind, since) for alarm, since in seen(connection, COUNTY, schedules, instant, GRACE)]

    now = datetime.now(UTC)
    later = now + timedelta(minutes=5)
    assert seen_at(now) == [("RUN_LATE", now)]
    assert kinds(hub, now) == (["RUN_LATE"], [])
    assert seen_at(later) == [("RUN_LATE", now)]
    assert seen_at(later, ()) == [("RUN_LATE", now)], "another host knows when it was due"
    loans(hub, 1)
    assert seen_at(later) == []
    assert kinds(hub, later) == ([], ["RUN_LATE"])


def test_a_delivery_is_late_or_small_only_against_its_habit(hub: Hub) -> None:
    now = datetime.now(UTC)
    for days in range(10, 5, -1):
        loans(hub, 6, finished=now - timedelta(days=days), balance=str(days))
    assert "DELIVERY_LATE" not in kinds(hub, now - timedelta(days=5))[0]
    assert "DELIVERY_LATE" in kinds(hub, now - timedelta(days=3))[0]
    loans(hub, 2)
    raised, cleared = kinds(hub, now)
    assert raised == ["DELIVERY_SHRUNK"]
    assert "DELIVERY_LATE" in cleared
    loans(hub, 6)
    hub.sync(Agency.BANK, [Changed("loan", [loan(1, 1)])])  # what brings only changes says nothing of the size
    assert kinds(hub, now) == ([], ["DELIVERY_SHRUNK"])
