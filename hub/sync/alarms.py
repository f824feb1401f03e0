"""What is not as it usually is: a run that did not come, a delivery that stays away or shrinks against its habit.

An alarm is raised once, stays while its reason lasts, and is cleared by itself. Kinds:
RUN_LATE no run has gone well since its schedule was due, or none for all of its datasets;
RUN_REFUSED the last run failed for a reason that does not pass by itself; DELIVERY_LATE a dataset has brought nothing
new for longer than it ever did lately; DELIVERY_SHRUNK the last delivery held less than half the rows of those before.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import TypeAlias

from hub.sync import journal
from hub.sync.retry import is_passing_code
from hub.sync.schedule import Schedule
from hub.sync.statements import Connection

RUN_LATE = "RUN_LATE"
RUN_REFUSED = "RUN_REFUSED"
DELIVERY_LATE = "DELIVERY_LATE"
DELIVERY_SHRUNK = "DELIVERY_SHRUNK"

# A habit is known from this many times on; older ones than the last dozen no longer count.
_FEW = 4
_REMEMBERED = 12
# So much longer than the longest silence of late, and never before a day has passed.
_SILENCE_FACTOR = 1.5
_SHORTEST_SILENCE = timedelta(days=1)
_SHRUNK_TO = 0.5

_Subject: TypeAlias = tuple[str, str, str | None]


@dataclass(frozen=True, slots=True)
class Alarm:
    """One thing that is not as usual. ``message`` names agencies, datasets, counts and times only."""

    kind: str
    agency: str
    dataset: str | None
    message: str

    @property
    def subject(self) -> _Subject:
        """The same alarm has the same subject, whatever its message says now."""
        return self.kind, self.agency, self.dataset


@dataclass(frozen=True, slots=True)
class Changes:
    """What a look at the habits changed."""

    raised: tuple[Alarm, ...]
    cleared: tuple[Alarm, ...]


def look(
    connection: Connection, county: str, schedules: Iterable[Schedule], instant: datetime, grace: timedelta
) -> Changes:
    """Raise and clear alarms in one transaction. ``grace``: how long after its due moment a run may still be under way.

    Two workers may look at the same time: the second waits for the first and finds nothing left to change.
    """
    with connection.transaction():
        journal.claim(connection, county)
        connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"hub.alarm:{county}",))
        found = _found(connection, county, schedules, instant, grace)
        known = _open(connection, county)
        raised = tuple(alarm for subject, alarm in found.items() if subject not in known)
        gone = {subject: held for subject, held in known.items() if subject not in found}
        for alarm in raised:
            connection.execute(
                "insert into sync.alarm (county, agency, dataset, kind, message, raised_at)"
                " values (%s, %s, %s, %s, %s, %s)",
                (county, alarm.agency, alarm.dataset, alarm.kind, alarm.message, instant),
            )
        for number, _, _ in gone.values():
            connection.execute(
                "update sync.alarm set cleared_at = %s where county = %s and alarm_id = %s", (instant, county, number)
            )
    return Changes(raised, tuple(alarm for _, alarm, _ in gone.values()))


def seen(
    connection: Connection, county: str, schedules: Iterable[Schedule], instant: datetime, grace: timedelta
) -> list[tuple[Alarm, datetime]]:
    """What is not as usual now, and since when it is known; changes nothing, and needs no worker that looked.

    An agency whose schedule is not known here may be late all the same, if a worker said so.
    """
    planned = tuple(schedules)
    here = {schedule.due.agency.value for schedule in planned}
    with connection.transaction():
        journal.claim(connection, county)
        found = _found(connection, county, planned, instant, grace)
        known = _open(connection, county)
    elsewhere = {
        subject: alarm
        for subject, (_, alarm, _) in known.items()
        if alarm.kind == RUN_LATE and alarm.agency not in here
    }
    since = {subject: raised_at for subject, (_, _, raised_at) in known.items()}
    listed = [(alarm, since.get(subject, instant)) for subject, alarm in (elsewhere | found).items()]
    return sorted(listed, key=lambda item: item[1])


def _found(
    connection: Connection, county: str, schedules: Iterable[Schedule], instant: datetime, grace: timedelta
) -> dict[_Subject, Alarm]:
    return {
        alarm.subject: alarm
        for alarm in (
            *_late_runs(connection, county, schedules, instant, grace),
            *_refused(connection, county),
            *_silent(connection, county, instant),
            *_shrunk(connection, county),
        )
    }


def _open(connection: Connection, county: str) -> dict[_Subject, tuple[int, Alarm, datetime]]:
    rows = connection.execute(
        "select alarm_id, kind, agency, dataset, message, raised_at from sync.alarm"
        " where county = %s and cleared_at is null",
        (county,),
    ).fetchall()
    alarms = [(int(row[0]), Alarm(row[1], row[2], row[3], row[4]), row[5]) for row in rows]
    return {alarm.subject: (number, alarm, raised_at) for number, alarm, raised_at in alarms}


def _late_runs(
    connection: Connection, county: str, schedules: Iterable[Schedule], instant: datetime, grace: timedelta
) -> list[Alarm]:
    """What was due was not done, or not all of it, and the time for it is over."""
    found: list[Alarm] = []
    for schedule in schedules:
        due = schedule.last_due(instant - grace)
        agency = schedule.due.agency.value
        (row,) = connection.execute(
            "select exists (select from sync.run where county = %s and agency = %s and kind = 'SYNC'"
            " and state = 'DONE' and finished_at >= %s)",
            (county, agency, due),
        ).fetchall()
        unread = _not_read_since(connection, county, schedule, due) if row[0] else []
        if not row[0] or unread:
            which = f"has read {', '.join(unread)}" if unread else "has gone well"
            message = f"{agency} was due at {due:%Y-%m-%d %H:%M %Z} and no run {which} since. Is a `hub work` running?"
            found.append(Alarm(RUN_LATE, agency, None, message))
    return found


def _not_read_since(connection: Connection, county: str, schedule: Schedule, due: datetime) -> list[str]:
    """Of its datasets, those left out by runs for others: an hourly run of one must not hide that the nightly fails."""
    rows = connection.execute(
        "select dataset from sync.freshness where county = %s and dataset = any(%s) and changed_at is not null"
        " and read_at < %s order by dataset",
        (county, list(schedule.due.datasets), due),
    ).fetchall()
    return [str(dataset) for (dataset,) in rows]


def _refused(connection: Connection, county: str) -> list[Alarm]:
    """The last run failed, and trying again alone will not help."""
    rows = connection.execute(
        "select distinct on (agency) agency, run_id, state, coalesce(error_code, '') from sync.run"
        " where county = %s and kind = 'SYNC' and state <> 'RUNNING' order by agency, run_id desc",
        (county,),
    ).fetchall()
    return [
        Alarm(RUN_REFUSED, agency, None, f"Run {number} of {agency} was refused: {code}. `hub status` says why.")
        for agency, number, state, code in rows
        if state == "FAILED" and not is_passing_code(code)
    ]


def _silent(connection: Connection, county: str, instant: datetime) -> list[Alarm]:
    """Nothing new for longer than its longest silence of late."""
    rows = connection.execute(
        "select dataset, min(agency), array_agg(finished_at order by finished_at desc) from ("
        " select d.dataset, r.agency, r.finished_at,"
        "  row_number() over (partition by d.dataset order by d.run_id desc) as position"
        " from sync.dataset_run d join sync.run r on r.county = d.county and r.run_id = d.run_id"
        " where d.county = %s and r.kind = 'SYNC' and d.inserted + d.changed + d.withdrawn > 0"
        ") news where position <= %s group by dataset",
        (county, _REMEMBERED),
    ).fetchall()
    found = []
    for dataset, agency, times in rows:
        gaps = [later - earlier for later, earlier in pairwise(times)]
        if len(gaps) < _FEW:
            continue
        patience = max(max(gaps) * _SILENCE_FACTOR, _SHORTEST_SILENCE)
        if instant - times[0] > patience:
            message = (
                f"{dataset} has brought nothing new since {times[0]:%Y-%m-%d %H:%M};"
                f" lately it was never silent for more than {_in_words(max(gaps))}."
            )
            found.append(Alarm(DELIVERY_LATE, agency, dataset, message))
    return found


def _shrunk(connection: Connection, county: str) -> list[Alarm]:
    """The last delivery held less than half of what the ones before it held."""
    rows = connection.execute(
        "select dataset, min(agency), array_agg(fetched order by run_id desc) from ("
        " select d.dataset, r.agency, d.run_id, d.fetched,"
        "  row_number() over (partition by d.dataset order by d.run_id desc) as position"
        " from sync.dataset_run d join sync.run r on r.county = d.county and r.run_id = d.run_id"
        " where d.county = %s and r.kind = 'SYNC' and not d.is_part) counts where position <= %s group by dataset",
        (county, _REMEMBERED),
    ).fetchall()
    found = []
    for dataset, agency, counts in rows:
        last, before = counts[0], counts[1:]
        if len(before) >= _FEW - 1 and last < median(before) * _SHRUNK_TO:
            message = f"The last delivery of {dataset} held {last} rows; those before it about {int(median(before))}."
            found.append(Alarm(DELIVERY_SHRUNK, agency, dataset, message))
    return found


def _in_words(span: timedelta) -> str:
    hours = span.total_seconds() / 3600
    return f"{hours / 24:.1f} days" if hours >= 48 else f"{hours:.1f} hours"
