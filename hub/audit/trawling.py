"""What is unusual about who is told of whom: alarms over the log by client, person and hour, which name no household.

HOUSEHOLDS_UNUSUAL more households in an hour than five times the client's busy hours, or, for one without a habit, than
a limit; NUMBERS_IN_SEQUENCE one household after the other by consecutive numbers of households or loans; OFF_HOURS
many households told to a person outside office hours. An alarm is a fact about an hour: it is added, never changed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import pairwise
from uuid import UUID

from hub.audit.tree import Connection

HOUSEHOLDS_UNUSUAL = "HOUSEHOLDS_UNUSUAL"
NUMBERS_IN_SEQUENCE = "NUMBERS_IN_SEQUENCE"
OFF_HOURS = "OFF_HOURS"

_HOUR = timedelta(hours=1)
_REMEMBERED = timedelta(days=14)
_FEW_HOURS = 4  # a habit is known from so many busy hours on …
_LEAST = 200  # … and below this nothing is unusual
_STEP = 2  # numbers this far apart are consecutive: some are missing everywhere
_MOST_ENTRIES = 50_000  # looked at for sequences, the newest
_PEOPLE = ("city-staff", "township-staff", "village-staff", "operator")

# Numbers, in the order of each kind of number, of those households of which a pseudonym is wanted.
Numbered = Callable[[set[UUID]], Iterable[Iterable[tuple[int, UUID]]]]

_COUNTED = """
select date_trunc('hour', d.disclosed_at, 'UTC') as hour, coalesce(d.client, '') as client,
  coalesce(d.staff, '') as staff, count(distinct named.subject) as households
from audit.disclosure d cross join unnest(d.subjects) as named (subject)
where d.county = %(county)s and d.disclosed_at >= %(since)s and d.disclosed_at < %(before)s
group by 1, 2, 3
"""
_COUNT_HOURS = f"""
insert into audit.told_hour (county, hour, client, staff, households)
select %(county)s, hour, client, staff, households from ({_COUNTED}) as counted on conflict do nothing
"""  # noqa: S608  # the text above
_LAST_HOUR = "select max(hour) from audit.told_hour where county = %s"
_NOW = """
select coalesce(d.client, ''), coalesce(d.staff, ''), min(coalesce(d.role, '')), count(distinct named.subject),
  count(distinct named.subject) filter (
    where (d.disclosed_at at time zone %(zone)s)::time < %(opens)s
      or (d.disclosed_at at time zone %(zone)s)::time >= %(closes)s)
from audit.disclosure d cross join unnest(d.subjects) as named (subject)
where d.county = %(county)s and d.disclosed_at >= %(since)s and d.disclosed_at < %(before)s
group by 1, 2
"""
_HABIT = """
select client, staff, percentile_disc(0.9) within group (order by households), count(*)
from audit.told_hour where county = %s and hour >= %s group by 1, 2
"""
_SINGLE = """
select coalesce(client, ''), coalesce(staff, ''), subjects[1] from audit.disclosure
where county = %s and disclosed_at >= %s and disclosed_at < %s and cardinality(subjects) = 1
order by disclosed_at desc, entry_id desc limit %s
"""
_RAISE = """
insert into audit.log_alarm (county, kind, hour, client, staff, message) values (%s, %s, %s, %s, %s, %s)
on conflict do nothing returning raised_at
"""
_RECENT = """
select kind, hour, client, staff, message, raised_at from audit.log_alarm
where county = %s and hour >= %s order by raised_at, kind, client, staff
"""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From when on something is unusual.

    ``households``: told in an hour, of a client without a habit; ``factor``: times its busy hours, of one with one;
    ``in_sequence``: consecutive numbers; ``off_hours``: households told to a person between ``closes`` and ``opens``,
    in the time zone called ``zone``.
    """

    households: int = 10_000
    factor: int = 5
    in_sequence: int = 25
    off_hours: int = 100
    opens: time = time(7)
    closes: time = time(21)
    zone: str = "Asia/Shanghai"


@dataclass(frozen=True, slots=True)
class LogAlarm:
    """Something unusual in the hour that began at ``hour``; ``client`` and ``staff`` are empty where there is none."""

    kind: str
    hour: datetime
    client: str
    staff: str
    message: str
    raised_at: datetime

    @property
    def who(self) -> str:
        """The client and the person, as far as known."""
        return " ".join(item for item in (self.client, self.staff) if item) or "?"


_Who = tuple[str, str]  # client and person
_Found = tuple[str, _Who, str]  # kind, who, message


def watch(
    connection: Connection, county: str, instant: datetime, thresholds: Thresholds, numbered: Numbered
) -> list[LogAlarm]:
    """Look at the last hour, raise what is unusual and was not raised for this hour yet, and return that."""
    hour = instant.replace(minute=0, second=0, microsecond=0)
    raised = []
    with connection.transaction():
        _count_hours(connection, county, hour)
        found = [
            *_unusual(connection, county, instant, thresholds),
            *_in_sequence(_walks(connection, county, instant), thresholds.in_sequence, numbered),
        ]
        for kind, (client, staff), message in found:
            row = connection.execute(_RAISE, (county, kind, hour, client, staff, message)).fetchone()
            if row is not None:
                raised.append(LogAlarm(kind, hour, client, staff, message, row[0]))
    return raised


def recent_alarms(connection: Connection, county: str, since: datetime) -> list[LogAlarm]:
    """The alarms about hours from ``since`` on, oldest first."""
    return [LogAlarm(*row) for row in connection.execute(_RECENT, (county, since)).fetchall()]


def _count_hours(connection: Connection, county: str, hour: datetime) -> None:
    """Keep how many households each was told of in the hours before the last one, as far as not kept yet."""
    last = connection.execute(_LAST_HOUR, (county,)).fetchone()
    since = max(hour - _REMEMBERED, last[0] + _HOUR if last and last[0] else hour - _REMEMBERED)
    connection.execute(_COUNT_HOURS, {"county": county, "since": since, "before": hour - _HOUR})


def _unusual(connection: Connection, county: str, instant: datetime, limits: Thresholds) -> Iterator[_Found]:
    habits: dict[_Who, tuple[int, int]] = {
        (client, staff): (usual, hours)
        for client, staff, usual, hours in connection.execute(_HABIT, (county, instant - _REMEMBERED)).fetchall()
    }
    asked = {
        "county": county,
        "since": instant - _HOUR,
        "before": instant,
        "zone": limits.zone,
        "opens": limits.opens,
        "closes": limits.closes,
    }
    for client, staff, role, told, late in connection.execute(_NOW, asked).fetchall():
        usual, hours = habits.get((client, staff), (0, 0))
        name = " ".join(item for item in (client, staff) if item) or "?"
        most = max(usual * limits.factor, _LEAST) if hours >= _FEW_HOURS else limits.households
        if told > most:
            known = f"its busy hours have {usual}" if hours >= _FEW_HOURS else "it has no habit yet"
            message = f"{name} was told of {told} households in an hour; {known}, the limit is {most}."
            yield HOUSEHOLDS_UNUSUAL, (client, staff), message
        if late > limits.off_hours and role in _PEOPLE:
            span = f"{limits.closes:%H:%M} and {limits.opens:%H:%M} {limits.zone}"
            yield OFF_HOURS, (client, staff), f"{name} was told of {late} households between {span}."


def _walks(connection: Connection, county: str, instant: datetime) -> Mapping[_Who, Sequence[UUID]]:
    """One household after the other, as each client and person was told of one at a time."""
    rows = connection.execute(_SINGLE, (county, instant - _HOUR, instant, _MOST_ENTRIES)).fetchall()
    found: dict[_Who, list[UUID]] = defaultdict(list)
    for client, staff, subject in reversed(rows):
        walk = found[client, staff]
        if not walk or walk[-1] != subject:
            walk.append(subject)
    return found


def _in_sequence(walks: Mapping[_Who, Sequence[UUID]], enough: int, numbered: Numbered) -> Iterator[_Found]:
    long = {who: walk for who, walk in walks.items() if len(walk) >= enough}
    if not long:
        return
    longest = dict.fromkeys(long, 0)
    for order in numbered({subject for walk in long.values() for subject in walk}):
        places: dict[UUID, set[int]] = defaultdict(set)
        for place, subject in order:
            places[subject].add(place)
        for who, walk in long.items():
            longest[who] = max(longest[who], _longest(walk, places, 1), _longest(walk, places, -1))
    for who, length in longest.items():
        if length >= enough:
            name = " ".join(item for item in who if item) or "?"
            message = f"{name} was told of {length} households one after the other, in the order of their numbers."
            yield NUMBERS_IN_SEQUENCE, who, message


def _longest(walk: Sequence[UUID], places: Mapping[UUID, set[int]], direction: int) -> int:
    """How many households of ``walk`` stand next to each other in an order, at most, one after the other."""
    longest = length = 1
    for one, other in pairwise(walk):
        here, there = places.get(one, set()), places.get(other, set())
        is_next = any(place + direction * step in there for place in here for step in range(1, _STEP + 1))
        length = length + 1 if is_next else 1
        longest = max(longest, length)
    return longest
