"""Alarms over the log: each is raised for what it is about, once, and not by ordinary use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from hub import disclosing
from hub.actor import Actor, Purpose, Role
from hub.audit.figures import alarm_figures
from hub.audit.pseudonyms import pseudonyms
from hub.audit.trawling import (
    HOUSEHOLDS_UNUSUAL,
    NUMBERS_IN_SEQUENCE,
    OFF_HOURS,
    LogAlarm,
    Thresholds,
    recent_alarms,
    watch,
)
from hub.audit.tree import open_log
from hub.clock import now
from hub.proving import keys_folder
from hub.settings import Settings
from hub.storage.roles import DatabaseRole
from hub.storage.server import DatabaseServer
from tests.audit.written import invented, reading, write
from tests.support.county import County
from tests.support.database import COUNTY, Database

NOW = datetime(2026, 9, 21, 6, 30, tzinfo=UTC)  # half past two in the afternoon
NIGHT = datetime(2026, 9, 21, 15, 30, tzinfo=UTC)  # half past eleven at night
LIMITS = Thresholds()
HOUR = timedelta(hours=1)


def told(database: Database, moment: datetime, households: int, **other: Any) -> None:
    """One answer about some households."""
    milliseconds = int(moment.timestamp() * 1000)
    entry = invented(milliseconds, subjects=tuple(uuid4() for _ in range(households)), **other)
    with database.connect(DatabaseRole.LOG) as connection, connection.transaction():
        write(connection, [entry])


def one_by_one(database: Database, subjects: list[UUID], **other: Any) -> None:
    begin = int((NOW - HOUR / 2).timestamp() * 1000)
    with database.connect(DatabaseRole.LOG) as connection, connection.transaction():
        write(connection, [invented(begin + place, subjects=(name,), **other) for place, name in enumerate(subjects)])


def looked(database: Database, instant: datetime = NOW, limits: Thresholds = LIMITS) -> list[LogAlarm]:
    def numbered(_wanted: set[UUID]) -> Iterator[list[tuple[int, UUID]]]:
        yield from ()

    with reading(database) as connection:
        return watch(connection, COUNTY, instant, limits, numbered)


def test_many_more_households_than_a_client_s_busy_hours_have_are_an_alarm_once(database: Database) -> None:
    for hour in range(2, 10):
        told(database, NOW - hour * HOUR, 60, client="bank-system")
    told(database, NOW - HOUR / 2, 299, client="bank-system")
    assert looked(database) == []
    told(database, NOW - HOUR / 3, 2, client="bank-system")
    (alarm,) = looked(database)
    assert (alarm.kind, alarm.client, alarm.staff) == (HOUSEHOLDS_UNUSUAL, "bank-system", "")
    assert "301 households" in alarm.message
    assert "60" in alarm.message
    assert looked(database) == []
    with reading(database) as connection:
        assert recent_alarms(connection, COUNTY, NOW - HOUR) == [alarm]


def test_a_client_without_a_habit_has_a_limit(database: Database) -> None:
    limits = Thresholds(households=400)
    told(database, NOW - HOUR / 2, 400, client="new-system")
    assert looked(database, limits=limits) == []
    told(database, NOW - HOUR / 3, 1, client="new-system")
    (alarm,) = looked(database, limits=limits)
    assert "no habit" in alarm.message


def test_alarms_are_counted_for_whoever_watches_the_hub(database: Database) -> None:
    limits = Thresholds(households=400, off_hours=1_000)  # whenever this runs
    told(database, now() - HOUR / 2, 401, client="new-system")
    looked(database, now(), limits)
    with closing(open_log(database.conninfo(DatabaseRole.API), COUNTY, serving=True)) as connection:
        (family,) = alarm_figures(connection, COUNTY)
    assert list(family.samples) == [((HOUSEHOLDS_UNUSUAL,), 1.0)]


def test_many_households_told_to_a_person_at_night_are_an_alarm_and_to_a_system_not(database: Database) -> None:
    told(database, NIGHT - HOUR / 2, 101, client="console", staff="wang", role="township-staff")
    told(database, NIGHT - HOUR / 2, 150, client="bank-system", role="agency-system")
    (alarm,) = looked(database, NIGHT)
    assert (alarm.kind, alarm.who) == (OFF_HOURS, "console wang")
    assert "101 households" in alarm.message


@pytest.fixture
def desk(county: County, tmp_path: Path) -> tuple[Settings, DatabaseServer]:
    return Settings(home=tmp_path, county=COUNTY, alarm_in_sequence=6), DatabaseServer(
        county.database.owner, county.database.roles
    )


@pytest.mark.parametrize("order", ["households", "loans", "households backwards"])
def test_a_walk_along_the_numbers_of_households_or_loans_is_an_alarm(
    county: County, desk: tuple[Settings, DatabaseServer], order: str
) -> None:
    settings, server = desk
    known = pseudonyms(keys_folder(settings), COUNTY)
    with county.database.connect(DatabaseRole.CONNECTOR) as connection:
        text = {
            "households": "select household_id from record.household order by household_id",
            "loans": "select household_id from record.loan where household_id is not null order by loan_id",
            "households backwards": "select household_id from record.household order by household_id desc",
        }[order]
        households = [str(name) for (name,) in connection.execute(text.encode()).fetchall()]
    one_by_one(county.database, [UUID(bytes=known.of(name)) for name in households[:8]], client="walker")
    shuffled = [households[place] for place in (0, 4, 1, 6, 3, 0, 5, 2)]
    one_by_one(county.database, [UUID(bytes=known.of(name)) for name in shuffled], client="worker")
    (alarm,) = disclosing.watch_once(settings, server, NOW)
    assert (alarm.kind, alarm.client) == (NUMBERS_IN_SEQUENCE, "walker")
    assert not any(name in alarm.message for name in households)


def test_what_the_demo_is_asked_raises_none(county: County, desk: tuple[Settings, DatabaseServer]) -> None:
    officer = Actor("city-officer", Role.CITY_STAFF, COUNTY, Purpose.LOAN_REVIEW)
    for document in (
        "{ loans(first: 50) { nodes { loanId amount household { headName } } } }",
        '{ household(householdId: "H003") { headName } }',
        '{ household(householdId: "H001") { headName } }',
        '{ ledger(region: "522301", asOf: "2020-07-08") { disbursed { loans } } }',
    ):
        assert "errors" not in county.ask(document, {}, officer)
    settings, server = desk
    assert disclosing.watch_once(settings.model_copy(update={"alarm_in_sequence": 25}), server) == []
