"""A table is read by what changed since last time, and no row is lost for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from connectors.mapping import Mapping, take
from connectors.transport.changes import Changes
from connectors.transport.sql import SqlConnector, TableForm
from hub.catalog.dataset import Agency
from hub.clock import CITY_TIME, now
from hub.sync.connector import Incremental
from hub.sync.handover import Due, Unit

RECOVERY = Mapping(
    "recovery",
    (
        take("recovery_id", "流水号"),
        take("loan_id", "借据号"),
        take("recovered_on", "追回日期"),
        take("amount", "金额", unit=Unit.YUAN),
    ),
    ignored=("更新时间",),
)


def at_the_bank() -> dt.datetime:
    """The moment as the bank's clock shows it."""
    return now().astimezone(CITY_TIME).replace(tzinfo=None, microsecond=0)


TODAY = at_the_bank()
MINUTE = dt.timedelta(minutes=1)


class Bank:
    """A table with a change column, and the cursor that its readings hand on."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.cursors: dict[str, str] = {}
        metadata = sa.MetaData()
        self.table = sa.Table(
            "追回",
            metadata,
            sa.Column("流水号", sa.String(20), primary_key=True),
            sa.Column("借据号", sa.String(20)),
            sa.Column("追回日期", sa.Date()),
            sa.Column("金额", sa.Integer()),
            sa.Column("更新时间", sa.DateTime()),
        )
        with self.writing() as connection:
            metadata.create_all(connection)

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        engine = sa.create_engine(self.url.replace("postgresql:", "postgresql+psycopg:"), poolclass=sa.NullPool)
        with engine.begin() as connection:
            yield connection

    def write(self, key: str, changed: dt.datetime | None, day: dt.date = dt.date(2020, 7, 8)) -> None:
        row = {"流水号": key, "借据号": "L1", "追回日期": day, "金额": 5, "更新时间": changed}
        with self.writing() as connection:
            connection.execute(self.table.delete().where(self.table.c["流水号"] == key))
            connection.execute(self.table.insert(), [row])

    def read(self, changes: Changes | None = None, due: Due | None = None) -> tuple[bool, list[str]]:
        """Whether it was a part, and the keys."""
        how = changes or Changes("更新时间", lag=10 * MINUTE)
        form = TableForm("追回", ("流水号",), (RECOVERY,), how, day="追回日期")
        given = due or Due(Agency.BANK, ("recovery",), cursors=self.cursors, moment=now())
        (delivery,) = SqlConnector(Agency.BANK, self.url, (form,)).deliveries(given)
        assert isinstance(delivery, Incremental)
        keys = [key for batch in delivery.batches() for key in batch.rows["流水号"]]
        if delivery.cursor is not None:
            self.cursors = {"追回": delivery.cursor}
        return delivery.is_part, keys


@pytest.fixture(params=["postgresql", "sqlite"])
def changing(request: pytest.FixtureRequest, tmp_path: Path) -> Bank:
    sqlite = request.param == "sqlite"
    return Bank(f"sqlite:///{tmp_path / 'bank.db'}" if sqlite else str(request.getfixturevalue("bank")))


def test_after_the_first_reading_only_changes_and_the_lag_are_read(changing: Bank) -> None:
    changing.write("old", TODAY - 60 * MINUTE)
    changing.write("newest", TODAY - 30 * MINUTE)
    assert changing.read() == (False, ["newest", "old"])
    changing.write("new", TODAY - 5 * MINUTE)
    assert changing.read() == (True, ["new", "newest"])
    assert changing.read() == (True, ["new"])


def test_a_row_that_was_committed_late_is_read_within_the_lag(changing: Bank) -> None:
    changing.write("newest", TODAY - 30 * MINUTE)
    changing.read()
    changing.write("late", TODAY - 39 * MINUTE)
    assert changing.read() == (True, ["late", "newest"])


def test_a_row_without_the_moment_is_read_each_time(changing: Bank) -> None:
    changing.write("dated", TODAY - 30 * MINUTE)
    changing.write("undated", None)
    changing.read()
    assert changing.read() == (True, ["dated", "undated"])


def test_a_moment_in_the_future_hides_no_later_change(changing: Bank) -> None:
    changing.write("mistaken", TODAY + dt.timedelta(days=4000))
    changing.read()
    changing.write("after", at_the_bank())
    assert changing.read() == (True, ["after", "mistaken"])


def test_the_whole_table_is_read_in_its_time_and_when_the_form_changes(changing: Bank) -> None:
    changing.write("a", TODAY - 60 * MINUTE)
    changing.write("b", TODAY - 30 * MINUTE)
    changing.read()
    assert changing.read() == (True, ["b"])
    assert changing.read(Changes("更新时间", lag=MINUTE)) == (False, ["a", "b"])
    always = Changes("更新时间", lag=10 * MINUTE, whole_every=dt.timedelta(0))
    changing.read(always)
    assert changing.read(always) == (False, ["a", "b"])


def test_a_backfill_asks_for_its_days_and_leaves_the_cursor(changing: Bank) -> None:
    for day in (7, 8, 9):
        changing.write(f"d{day}", TODAY - 30 * MINUTE, dt.date(2020, 7, day))
    wanted = dt.date(2020, 7, 8)
    due = Due(Agency.BANK, ("recovery",), since=wanted, until=wanted, moment=now())
    assert changing.read(due=due) == (False, ["d8"])
    assert not changing.cursors
