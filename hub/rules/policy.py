"""The policy in force: of several levels the one nearest to the county wins; as Python, and as a table for SQL."""

# ruff: noqa: S608 -- column names are ours, values only as parameters

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeAlias

import psycopg

from hub.catalog.policy import Level, NotConfigured, Policy, Setting, ValueKind, first_overlap
from hub.errors import RuleError

Connection: TypeAlias = psycopg.Connection[tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Period:
    """One value in force from a day on until another (not included; None: until further notice)."""

    name: str
    valid_from: date
    valid_until: date | None
    value: int | str
    level: Level

    def holds_on(self, day: date) -> bool:
        """Whether it is in force on ``day``."""
        return self.valid_from <= day and (self.valid_until is None or day < self.valid_until)


class PolicyBook:
    """Every parameter's value on every day. Raises ``RuleError`` POLICY_OVERLAP for two values of one level."""

    def __init__(self, policy: Policy, settings: Iterable[Setting]) -> None:
        settings = tuple(settings)
        if overlap := first_overlap(settings):
            raise overlapping(*overlap)
        self._policy = policy
        self._periods: dict[str, list[Period]] = {parameter.name: [] for parameter in policy}
        for name in self._periods:
            usable = [item for item in settings if item.name == name and usable_for(policy, item)]
            self._periods[name] = list(_flattened(name, usable))

    def at(self, name: str, day: date) -> int | str | NotConfigured:
        """The value of ``name`` in force on ``day``, in stored units; ``KeyError`` for a name nobody declared."""
        for period in self._periods[name]:
            if period.holds_on(day):
                return period.value
        return NotConfigured(name, day)

    def number(self, name: str, day: date) -> int | NotConfigured:
        """``at``, for a parameter that is no code."""
        found = self.at(name, day)
        if isinstance(found, str):
            raise TypeError(f"{name} is a code.")
        return found

    def periods_of(self, name: str) -> tuple[Period, ...]:
        """The values of ``name`` in order of time."""
        return tuple(self._periods[name])

    def periods(self) -> Iterator[Period]:
        """Every value in force, by name and day."""
        for periods in self._periods.values():
            yield from periods

    @property
    def declared(self) -> Policy:
        """The parameters themselves."""
        return self._policy


def usable_for(policy: Policy, setting: Setting) -> bool:
    """Whether a setting may be used: where money is moved, neither unverified ones nor the hub's own are."""
    return not policy[setting.name].moves_money or (setting.is_verified and setting.level is not Level.HUB)


def overlapping(earlier: Setting, later: Setting) -> RuleError:
    """The refusal of two values for one day."""
    return RuleError(
        "POLICY_OVERLAP",
        f"{earlier.name} ({earlier.level.name}) has two values on {later.valid_from}: one since {earlier.valid_from}, "
        f"one since {later.valid_from}.",
        "End the earlier one the day before: give it valid_to, in the same file or with `hub policy add`.",
        status=400,
    )


def _flattened(name: str, settings: list[Setting]) -> Iterator[Period]:
    """Periods that do not overlap; neighbours with one value and level are one."""
    edges = {item.valid_from for item in settings}
    edges |= {item.valid_to + timedelta(days=1) for item in settings if item.valid_to is not None}
    days = sorted(edges)
    held: Period | None = None
    for place, start in enumerate(days):
        until = days[place + 1] if place + 1 < len(days) else None
        inside = [item for item in settings if item.holds_on(start)]
        best = max(inside, key=lambda item: item.level) if inside else None
        if best is not None and held is not None and (held.value, held.level) == (best.value, best.level):
            held = Period(name, held.valid_from, until, best.value, best.level)
            continue
        if held is not None:
            yield held
        held = None if best is None else Period(name, start, until, best.value, best.level)
    if held is not None:
        yield held


_KINDS: Mapping[ValueKind, str] = {
    ValueKind.MONEY: "money",
    ValueKind.SHARE: "rate",
    ValueKind.NUMBER: "number",
    ValueKind.CODE: "code",
}
_COLUMNS = (
    "name, level, valid_from, valid_to, document, document_number, is_verified, approved_by_finance,"
    " approved_by_partner, approved_on, note"
)


def stored(connection: Connection, policy: Policy, county: str) -> list[Setting]:
    """The settings in ``computed.policy_parameter`` whose name is still declared."""
    rows = connection.execute(
        f"select {_COLUMNS}, coalesce(money, rate, number), code from computed.policy_parameter"
        " where county = %s order by name, level, valid_from",
        (county,),
    ).fetchall()
    return [_setting(row) for row in rows if str(row[0]) in policy]


def _setting(row: tuple[object, ...]) -> Setting:
    (name, level, since, until, document, number, verified, finance, partner, approved, note, value, code) = row
    if not isinstance(since, date) or not (until is None or isinstance(until, date)):
        raise TypeError("A policy's dates are no dates.")
    return Setting(
        name=str(name),
        value=str(code) if code is not None else int(str(value)),
        valid_from=since,
        valid_to=until,
        level=Level[str(level)],
        document=str(document),
        document_number=str(number),
        is_verified=bool(verified),
        approved_by_finance=str(finance or ""),
        approved_by_partner=str(partner or ""),
        approved_on=approved if isinstance(approved, date) else None,
        note=str(note or ""),
    )


def store(connection: Connection, policy: Policy, county: str, settings: Iterable[Setting]) -> int:
    """Insert or change settings by (name, level, valid_from); how many rows are other than before."""
    changed = 0
    for item in settings:
        column = _KINDS[policy[item.name].kind]
        values = {
            "county": county,
            "name": item.name,
            "level": item.level.name,
            "valid_from": item.valid_from,
            "valid_to": item.valid_to,
            "value": item.value,
            "document": item.document,
            "document_number": item.document_number,
            "is_verified": item.is_verified,
            "approved_by_finance": item.approved_by_finance or None,
            "approved_by_partner": item.approved_by_partner or None,
            "approved_on": item.approved_on,
            "note": item.note or None,
        }
        text = (
            f"insert into computed.policy_parameter as p (county, {_COLUMNS}, {column}, region, computed_in) values"
            " (%(county)s, %(name)s, %(level)s, %(valid_from)s, %(valid_to)s, %(document)s, %(document_number)s,"
            " %(is_verified)s, %(approved_by_finance)s, %(approved_by_partner)s, %(approved_on)s, %(note)s, %(value)s,"
            " %(county)s, 0) on conflict (county, name, level, valid_from) do update set"
            f" ({_CHANGEABLE}, {column}) = row({_EXCLUDED}, excluded.{column})"
            f" where row({_STANDING}, p.{column}) is distinct from row({_EXCLUDED}, excluded.{column})"
        )
        changed += connection.execute(text.encode(), values).rowcount
    return changed


def declare(connection: Connection, policy: Policy, county: str) -> None:
    """Bring the values that come with the hub to what is declared; those of the city are left alone."""
    keys = [f"{item.name} {item.level.name} {item.valid_from}" for item in policy.settings]
    connection.execute(
        "delete from computed.policy_parameter where county = %s and level in ('HUB', 'NATIONAL')"
        " and name || ' ' || level || ' ' || valid_from <> all(%s)",
        (county, keys),
    )
    store(connection, policy, county, policy.settings)


_CHANGEABLE = _COLUMNS.removeprefix("name, level, valid_from, ")
_EXCLUDED = ", ".join(f"excluded.{name}" for name in _CHANGEABLE.split(", "))
_STANDING = ", ".join(f"p.{name}" for name in _CHANGEABLE.split(", "))


def lay_out(connection: Connection, book: PolicyBook) -> None:
    """Make the temporary table ``policy_period (name, valid_from, valid_until, value, code)``.

    ``valid_until`` is the first day it no longer holds, ``infinity`` if there is none; a parameter without a row for a
    day is not configured on it. ``value`` is in stored units; for a code it is null.
    """
    connection.execute(
        'create temp table policy_period (name text collate "C", valid_from date, valid_until date, value bigint,'
        ' code text collate "C") on commit drop'
    )
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into policy_period values (%s, %s, coalesce(%s::date, 'infinity'), %s, %s)",
            [
                (
                    period.name,
                    period.valid_from,
                    period.valid_until,
                    None if isinstance(period.value, str) else period.value,
                    period.value if isinstance(period.value, str) else None,
                )
                for period in book.periods()
            ],
        )
    connection.execute("analyze policy_period")
