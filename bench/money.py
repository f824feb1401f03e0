"""What the hub computes about money, timed on a synced data folder; nothing that is computed is kept."""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import psycopg

from bench.requests.compiled import compiled
from hub.catalog.policy import Policy
from hub.rules.compensation import CaseStandings
from hub.rules.entitlement.compute import Entitlements
from hub.rules.policy import PolicyBook, declare, lay_out, stored
from hub.rules.run import books_day
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


def measured(settings: Settings, server: DatabaseServer) -> tuple[int, str]:
    """The number of loans, and a table of times."""
    lines = ["| work | rows | seconds |", "|---|---|---|"]
    loans = 0
    with _as_rules(settings, server, POLICY) as work:
        row = work.connection.execute("select count(*) from record.loan").fetchone()
        loans = int(str(row[0])) if row else 0
        computations: tuple[Computation, ...] = (Entitlements(), CaseStandings())
        for computation in computations:
            started = time.perf_counter()
            rows = computation.compute(work)
            lines.append(f"| {computation.name} of {loans} loans, all periods | {rows} | {_since(started)} |")
        for share in (100, 1):
            rows, seconds = _some(work, share)
            lines.append(f"| entitlements after a change of 1 in {share * 100} households | {rows} | {seconds} |")
        periods = work.connection.execute(
            "select count(*) from computed.entitlement where settled_on > %s", (work.as_of - timedelta(days=365),)
        ).fetchone()
        lines.append(f"| … of them periods of the last year | {periods[0] if periods else 0} | |")
    for name, question in _ASKED.items():
        lines.append(
            f"| {name}, median and p95 of {len(_DAYS)}, in the database | 1 | {_asked(settings, server, question)} |"
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    lines.append(
        f"\nPeak memory of the computing process: {peak} MB; PostgreSQL's own is bounded by work_mem and parts."
    )
    return loans, "\n".join(lines)


@contextmanager
def _as_rules(settings: Settings, server: DatabaseServer, policy: Policy) -> Iterator[RuleWork]:
    with connect(server.conninfo(DatabaseRole.RULES)) as connection, connection.transaction(force_rollback=True):
        connection.execute("select set_config('hub.county', %s, true)", (settings.county,))
        connection.execute("select set_config('work_mem', '128MB', true)")
        declare(connection, policy, settings.county)
        book = PolicyBook(policy, stored(connection, policy, settings.county))
        lay_out(connection, book)
        note_touched(connection, CATALOGUE, settings.county)
        day = books_day(connection, settings.county)
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


def _some(work: RuleWork, share: int) -> tuple[int, str]:
    """Entitlements worked out anew for one household in ``share`` hundred."""
    work.connection.execute("truncate touched_household; truncate touched_loan")
    work.connection.execute(
        "insert into touched_household select household_id from record.household"
        " where county = %s and abs(hashtext(household_id)) %% %s = 0",
        (work.county, share * 100),
    )
    part = replace(work, whole=False)
    started = time.perf_counter()
    rows = Entitlements().compute(part)
    return rows, _since(started)


def _asked(settings: Settings, server: DatabaseServer, question: str) -> str:
    document = f"query Q($day: Date!) {{ {question.format(county=settings.county)} }}"
    sent = compiled(document, [{"day": day.isoformat()} for day in _DAYS], settings.county, 100)
    names = ("hub.county", "hub.region_from", "hub.region_to")
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


def _since(started: float) -> str:
    return f"{time.perf_counter() - started:.1f}"
