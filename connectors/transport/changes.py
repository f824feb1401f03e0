"""Reading a table by what changed since last time: where the last reading ended, and which rows that leaves."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass

import sqlalchemy as sa

from hub.errors import SettingError
from hub.sync.handover import Due

# An offset, because not every machine knows the names of zones.
_CITY_TIME = dt.timezone(dt.timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class Changes:
    """The column of a table that holds when a row was last written: a date, or a time, Beijing's if it has no zone.

    ``lag``: the longest that a row may be committed after that moment; so much is read again each time. Rows without
    the moment are read each time. ``whole_every``: so often the whole table is read, which alone finds deleted rows.
    """

    column: str
    lag: dt.timedelta = dt.timedelta(hours=1)
    whole_every: dt.timedelta = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Cursor:
    """The newest change that was read, when the whole table was read, and a digest of what was read of it."""

    at: dt.datetime
    whole: dt.datetime
    form: str

    def written(self) -> str:
        """As the hub keeps it."""
        return json.dumps({"at": self.at.isoformat(), "whole": self.whole.isoformat(), "form": self.form})

    def condition(self, changes: Changes) -> sa.ColumnElement[bool]:
        """The rows to be read again from here."""
        column: sa.ColumnClause[dt.datetime] = sa.column(changes.column, sa.DateTime())
        return sa.or_(column >= self.at - changes.lag, column.is_(None))


def usable(text: str | None, changes: Changes, form: str, now: dt.datetime) -> Cursor | None:
    """The cursor kept as ``text``; none if it is time to read the whole table, or if other columns are wanted now."""
    if text is None:
        return None
    held = json.loads(text)
    cursor = Cursor(dt.datetime.fromisoformat(held["at"]), dt.datetime.fromisoformat(held["whole"]), held["form"])
    return cursor if cursor.form == form and now < cursor.whole + changes.whole_every else None


def following(newest: object, former: Cursor | None, started: dt.datetime, form: str, column: str) -> Cursor | None:
    """Where the next reading begins, after one whose newest change was ``newest``; None if no row says.

    A moment in the future is a mistake and would hide every row up to it: no cursor is later than ``started``.
    """
    at = None if newest is None else min(_moment(newest, column), started)
    if former is not None:
        return Cursor(max(at or former.at, former.at), former.whole, form)
    return None if at is None else Cursor(at, started, form)


def days_condition(column: str, due: Due) -> sa.ColumnElement[bool]:
    """The rows of the days a backfill is for, and those that name no day."""
    day: sa.ColumnClause[dt.date] = sa.column(column, sa.Date())
    wanted: list[sa.ColumnElement[bool]] = []
    if due.since is not None:
        wanted.append(day >= due.since)
    if due.until is not None:
        wanted.append(day < due.until + dt.timedelta(days=1))
    return sa.or_(sa.and_(*wanted), day.is_(None))


def city_time(moment: dt.datetime) -> dt.datetime:
    """Beijing time without a zone, as the tables write it."""
    return moment.astimezone(_CITY_TIME).replace(tzinfo=None)


def form_digest(words: object) -> str:
    """A short digest of what is read of a table and how."""
    return hashlib.sha256(repr(words).encode()).hexdigest()[:16]


def _moment(value: object, column: str) -> dt.datetime:
    if isinstance(value, str):
        try:
            value = dt.datetime.fromisoformat(value)
        except ValueError:
            value = None
    if isinstance(value, dt.datetime):
        return value if value.tzinfo is None else city_time(value)
    if isinstance(value, dt.date):
        return dt.datetime.combine(value, dt.time())
    raise SettingError(
        "SETTING_CHANGE_COLUMN",
        f"The change column {column} holds neither dates nor times.",
        "Declare a column of a date or time type, or none: then the whole table is read.",
    )
