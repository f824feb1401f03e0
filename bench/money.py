"""What the hub computes about money, timed on a synced data folder; nothing that is computed is kept."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import psycopg

from bench.processes import MemoryWatch
from bench.requests.compiled import compiled
from bench.table import figure
from hub.catalog.policy import Policy
from hub.rules.booked import booked_until, known
from hub.rules.compensation import CaseStandings
from hub.rules.entitlement.compute import Entitlements
from hub.rules.policy import PolicyBook, declare, lay_out, stored
from hub.rules.touched import note_touched
from hub.rules.work import Computation, RuleWork
from hub.settings import Settings
from hub.storage.roles import DatabaseRole
from hub.storage.server import DatabaseServer, connect
from schema import CATALOGUE
from schema.policy import POLICY

_ASKED = {
    "ledger at any date": 'ledger(region: "{county}", asOf: $day) {{ outstanding {{ amount }} overdue {{ rate }} }}',
    "indicator at any date": 'indicator(name: OVERDUE_RATE_BY_AMOUNT, region: "{county}", asOf: $day) {{ value }}',
}
_DAYS = [date(2015, 1, 1) + timedelta(days=10 * number) for number in range(200)]


def measured(settings: Settings, server: DatabaseServer, *, whole: bool) -> tuple[int, str]:
    """The number of loans, and a table of times; all periods of all loans only if ``whole``.

    Of what comes out as it was nothing is written, so rows are counted apart from those that were.
    """
    lines = ["| work | periods | seconds | peak MiB, this process | peak MiB, PostgreSQL |", "|---|---|---|---|---|"]
    with _as_rules(settings, server, POLICY) as work, _watched(settings) as peaks:
        row = work.connection.execute("select count(*) from record.loan").fetchone()
        loans = int(str(row[0])) if row else 0
        # The first day of the period in which the day a year ago lies.
        since = work.connection.execute(
            "select (min(settled_on) - interval '3 months')::date + 1 from computed.entitlement where settled_on > %s",
            (work.as_of - timedelta(days=365),),
        ).fetchone()
        year = since[0] if since and isinstance(since[0], date) else work.as_of
        passes: list[tuple[str, Computation, RuleWork, date]] = [
            (f"entitlement of a year, since {year}, of {loans} loans", Entitlements(since=year), work, year),
            ("all cases of compensation", CaseStandings(), work, date.max),
        ]
        if whole:
            passes.append((f"entitlement of {loans} loans, all periods", Entitlements(), work, date.min))
        for title, computation, how, first in passes:
            started = time.perf_counter()
            computation.compute(how)
            ended = time.perf_counter()
            lines.append(f"| {title} | {_periods(work, first)} | {ended - started:.1f} | {peaks(started, ended)} |")
        work.connection.execute("select set_config('random_page_cost', '1.1', true)")
        for share in (100, 1):
            households = _touch(work, share)
            started = time.perf_counter()
            Entitlements().compute(replace(work, whole=False))
            ended = time.perf_counter()
            title = f"entitlement of the loans of {households} households, 1 in {share * 100}, all periods"
            lines.append(f"| {title} | | {ended - started:.1f} | {peaks(started, ended)} |")
    for name, question in _ASKED.items():
        lines.append(
            f"| {name}, median and p95 of {len(_DAYS)}, in database | 1 | {_asked(settings, server, question)} | | |"
        )
    return loans, "\n".join(lines)


@contextmanager
def _as_rules(settings: Settings, server: DatabaseServer, policy: Policy) -> Iterator[RuleWork]:
    with connect(server.conninfo(DatabaseRole.RULES)) as connection, connection.transaction(force_rollback=True):
        connection.execute("select set_config('hub.county', %s, true)", (settings.county,))
        connection.execute("select set_config('work_mem', '128MB', true)")
        connection.execute("select set_config('default_statistics_target', '10', true)")
        declare(connection, policy, settings.county)
        book = PolicyBook(policy, stored(connection, policy, settings.county))
        lay_out(connection, book)
        note_touched(connection, CATALOGUE, settings.county, whole=True)
        day = known(booked_until(connection, settings.county))
        yield RuleWork(
            connection,
            CATALOGUE,
            book,
            settings.county,
            run_id=0,
            as_of=day,
            former_as_of=day,
            whole=True,
            touched=frozenset(),
        )


@contextmanager
def _watched(settings: Settings) -> Iterator[Callable[[float, float], str]]:
    """What tells the peaks of memory between two moments, as two cells of the table."""
    with MemoryWatch(os.getpid(), (settings.home / "postgres",), every=0.25) as watch:

        def peaks(started: float, ended: float) -> str:
            ours, database = watch.peak(started, ended)
            return f"{figure(ours)} | {figure(database)}"

        yield peaks


def _periods(work: RuleWork, since: date) -> int:
    row = work.connection.execute(
        "select count(*) from computed.entitlement where period_from >= %s", (since,)
    ).fetchone()
    return int(str(row[0])) if row else 0


def _touch(work: RuleWork, share: int) -> int:
    """Mark one household in ``share`` hundred; how many borrow."""
    work.connection.execute("truncate touched_household; truncate touched_loan")
    return work.connection.execute(
        "insert into touched_household select distinct household_id from record.loan"
        " where county = %s and abs(hashtext(household_id)) %% %s = 0",
        (work.county, share * 100),
    ).rowcount


def _asked(settings: Settings, server: DatabaseServer, question: str) -> str:
    document = f"query Q($day: Date!) {{ {question.format(county=settings.county)} }}"
    sent = compiled(document, [{"day": day.isoformat()} for day in _DAYS], settings.county, 100)
    names = ("hub.county", "hub.region_from", "hub.region_to", "hub.datasets", "role")
    times: list[float] = []
    with connect(server.conninfo(DatabaseRole.API)) as connection:
        for name, claim in zip(names, sent.claims, strict=True):
            connection.execute("select set_config(%s, %s, false)", (name, claim))
        cursor: Any = psycopg.RawCursor(connection)
        for values in sent.values:
            started = time.perf_counter()
            cursor.execute(sent.text, values, prepare=True)
            cursor.fetchone()
            times.append(time.perf_counter() - started)
    p95 = statistics.quantiles(times, n=20)[-1]
    return f"{statistics.median(times) * 1000:.2f} ms, {p95 * 1000:.2f} ms"
