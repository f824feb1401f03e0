"""The rules' run, step by step: over everything, and after a change in a share of the households.

The run over everything is kept, as after a sync. The others are rolled back, so that the bench can be repeated. They
follow a delivery of the day, in which a share of the borrowers has the latest interest, subsidy and balance of each
loan anew; or households are marked as touched, which says nothing of what changed, so that all of it is worked out.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from importlib.resources import files
from time import perf_counter
from unittest.mock import patch

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

from bench.processes import MemoryWatch
from bench.table import figure, heading, markdown
from hub.catalog.registry import Catalogue
from hub.computing import add_policy, rulebook
from hub.rules.booked import booked_until, known
from hub.rules.findings import Findings
from hub.rules.policy import Connection
from hub.rules.run import RulesReport, run_rules
from hub.rules.touched import note_touched
from hub.rules.work import Computation, RuleWork
from hub.settings import Settings
from hub.storage.columns import record_columns
from hub.storage.roles import DatabaseRole
from hub.storage.server import DatabaseServer, connect
from schema import CATALOGUE

# What a day's delivery of the three agencies changes.
_CHANGED = frozenset({"loan", "repayment", "interest_collection", "subsidy_payment", "household", "person"})
_LEAST_SHOWN = 0.005


@dataclass(slots=True)
class Pass:
    """One run: seconds and facts by step, rows by computation, the peaks of memory in MiB."""

    title: str
    steps: dict[str, float] = field(default_factory=dict[str, float])
    facts: dict[str, int] = field(default_factory=dict[str, int])
    written: dict[str, int] = field(default_factory=dict[str, int])
    seconds: float = 0
    households: int = 0
    ours: float = 0
    database: float = 0

    def tell(self, step: str, milliseconds: int, facts: int | None) -> None:
        """Add the step, of which there is one in each round, and print it."""
        self.steps[step] = self.steps.get(step, 0) + milliseconds / 1000
        if facts is not None:
            self.facts[step] = self.facts.get(step, 0) + facts
        print(f"  {step:24} {milliseconds / 1000:9.2f} s {'' if facts is None else f'{facts:9,} facts'}", flush=True)


@dataclass(frozen=True, slots=True)
class Measured:
    """All passes, and how much there is."""

    loans: int
    households: int
    open_findings: int
    evidence: int
    passes: list[Pass]


@dataclass(frozen=True, slots=True)
class _Told:
    """A computation that says how long it took."""

    inner: Computation
    into: Pass

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def reads(self) -> frozenset[str]:
        return self.inner.reads

    def compute(self, work: RuleWork) -> int:
        started = perf_counter()
        written = self.inner.compute(work)
        self.into.tell(f"all {self.name}", round((perf_counter() - started) * 1000), None)
        self.into.written[self.name] = written
        return written


def measure(settings: Settings, server: DatabaseServer, *, share: float, whole: bool) -> Measured:
    """Run everything if ``whole``, then ``share`` of the households on the same day and on the next."""
    conninfo = server.conninfo(DatabaseRole.RULES)
    passes = []
    # A demo synced by an older hub may have no policy; without one, few rules would run.
    add_policy(settings, server, files("demo").joinpath("policy.toml").read_text("utf-8"))
    if whole:
        passes.append(_measure(settings, conninfo, Pass("everything"), _Delta(), anew=True))
    part = f"{share:.2%} of the households"
    owner = make_conninfo(server.owner, options=f"-c role={DatabaseRole.RULES}")
    for days, day in ((0, "same day"), (1, "next day")):
        delta = _Delta(share, days, is_booked=True)
        passes.append(_measure(settings, owner, Pass(f"new bookings of {part}, {day}"), delta))
    passes.append(_measure(settings, conninfo, Pass(f"{part} marked, same day"), _Delta(share)))
    return Measured(*_counts(conninfo, settings.county), passes)


@dataclass(frozen=True, slots=True)
class _Delta:
    """What comes before a run: of ``share`` of the borrowers new bookings, or mere marks, and ``days`` later."""

    share: float = 0
    days: int = 0
    is_booked: bool = False


def _measure(settings: Settings, conninfo: str, into: Pass, delta: _Delta, *, anew: bool = False) -> Pass:
    print(f"{into.title} …", flush=True)
    with connect(conninfo) as connection:
        connection.execute("select set_config('hub.county', %s, false)", (settings.county,))
        day = _last_day(connection, settings.county) + timedelta(delta.days)

    def touch(connection: Connection, catalogue: Catalogue, county: str, *, whole: bool) -> frozenset[str]:
        if delta.is_booked:
            _book(connection, county, delta.share)
        fresh = note_touched(connection, catalogue, county, whole=whole)
        if delta.share and not delta.is_booked:
            _touch(connection, county, delta.share)
            fresh |= _CHANGED
        row = connection.execute("select count(*) from touched_household").fetchone()
        into.households = int(str(row[0])) if row and delta.share else 0
        return fresh

    started = perf_counter()
    with (
        MemoryWatch(os.getpid(), (settings.home / "postgres",), every=0.25) as watch,
        patch("hub.rules.run.note_touched", touch),
    ):
        report = _run(settings, conninfo, into, day, anew=anew)
    into.seconds = perf_counter() - started
    into.ours, into.database = watch.peak(started, perf_counter())
    if report.whole and not anew:
        raise RuntimeError("Everything was worked out: there is no earlier run by these rules. Run without --no-whole.")
    print(f"  {'':24} {into.seconds:9.2f} s altogether", flush=True)
    return into


def _run(settings: Settings, conninfo: str, into: Pass, day: date, *, anew: bool) -> RulesReport:
    book = rulebook(settings)
    for computation in book.computations:
        if isinstance(computation, Findings):
            computation.tell = into.tell
    return run_rules(
        lambda: connect(conninfo),
        catalogue=CATALOGUE,
        rulebook=replace(book, computations=[_Told(computation, into) for computation in book.computations]),
        county=settings.county,
        as_of=day,
        anew=anew,
        dry_run=not anew,
    )


def _last_day(connection: Connection, county: str) -> date:
    row = connection.execute(
        "select as_of from rules.run where county = %s order by run_id desc limit 1", (county,)
    ).fetchone()
    return row[0] if row and isinstance(row[0], date) else known(booked_until(connection, county))


def _book(connection: Connection, county: str, share: float) -> None:
    """As if a sync had brought the latest interest and subsidy of the loans of ``share`` of the borrowers."""
    connection.execute("set local role none")
    row = connection.execute(
        "insert into sync.run (county, agency, state, started_at) values (%s, 'BANK', 'DONE', now()) returning run_id",
        (county,),
    ).fetchone()
    values = {"county": county, "share": share, "run": row[0] if row else 0}
    connection.execute(
        "create temp table booked_loan as select loan_id from record.loan where county = %(county)s"
        " and abs(hashtext(household_id)) %% 1000000 < %(share)s * 1000000",
        values,
    )
    columns = SQL(", ").join(map(Identifier, record_columns(CATALOGUE["loan"])))
    connection.execute(
        SQL(
            "insert into history.loan ({columns}, superseded_in, superseded_by) select {columns}, %(run)s, 'CHANGED'"
            " from record.loan where county = %(county)s and loan_id in (select loan_id from booked_loan)"
        ).format(columns=columns),
        values,
    )
    connection.execute(
        "update record.loan set recorded_in = %(run)s"
        " where county = %(county)s and loan_id in (select loan_id from booked_loan)",
        values,
    )
    for table, key in (("interest_collection", "collection_id"), ("subsidy_payment", "voucher_number")):
        latest = SQL(
            "update record.{table} t set recorded_in = %(run)s from ("
            " select distinct on (r.loan_id) r.loan_id, r.{key}, r.period_from from booked_loan l join record.{table} r"
            " on r.county = %(county)s and r.loan_id = l.loan_id order by r.loan_id, r.period_from desc) n"
            " where t.county = %(county)s and t.loan_id = n.loan_id and t.{key} = n.{key}"
            " and t.period_from = n.period_from"
        )
        connection.execute(latest.format(table=Identifier(table), key=Identifier(key)), values)
    connection.execute(SQL("set local role {}").format(Identifier(DatabaseRole.RULES)))


def _touch(connection: Connection, county: str, share: float) -> None:
    """Mark ``share`` of the households that borrow, and their loans, as touched."""
    connection.execute(
        "insert into touched_household select distinct l.household_id from record.loan l"
        " where l.county = %(county)s and l.household_id is not null"
        " and abs(hashtext(l.household_id)) %% 1000000 < %(share)s * 1000000 on conflict do nothing",
        {"county": county, "share": share},
    )
    connection.execute(
        "insert into touched_loan select l.loan_id from touched_household t join record.loan l"
        " on l.county = %s and l.household_id = t.household_id on conflict do nothing",
        (county,),
    )
    connection.execute("analyze touched_household; analyze touched_loan")


def _counts(conninfo: str, county: str) -> tuple[int, int, int, int]:
    with psycopg.connect(conninfo) as connection:
        connection.execute("select set_config('hub.county', %s, false)", (county,))
        row = connection.execute(
            "select (select count(*) from record.loan where county = %(county)s),"
            " (select count(*) from record.household where county = %(county)s),"
            " (select count(*) from computed.finding where county = %(county)s and state <> 'CLOSED'),"
            " (select count(*) from computed.evidence where county = %(county)s)",
            {"county": county},
        ).fetchone()
        return (int(row[0]), int(row[1]), int(row[2]), int(row[3])) if row else (0, 0, 0, 0)


def written(found: Measured) -> str:
    """The figures as tables."""
    title = heading(f"All rules over {found.loans:,} loans of {found.households:,} households")
    about = f"{found.open_findings:,} findings are open, resting on {found.evidence:,} rows.\n\n"
    sums = markdown(
        ("run", "households changed", "seconds", "peak MiB, this process", "peak MiB, PostgreSQL", "rows written"),
        [
            (
                item.title,
                item.households or "all",
                figure(item.seconds, 2),
                figure(item.ours),
                figure(item.database),
                ", ".join(f"{rows:,} {name}" for name, rows in item.written.items()),
            )
            for item in found.passes
        ],
    )
    headings = ["step", *(f"s, {item.title}" for item in found.passes), *(f"facts, {p.title}" for p in found.passes)]
    return title + about + sums + "\n" + markdown(headings, _steps(found.passes))


def _steps(passes: list[Pass]) -> Iterator[list[str]]:
    names = sorted({name for item in passes for name in item.steps}, key=lambda name: -passes[0].steps.get(name, 0))
    for name in names:
        if max(item.steps.get(name, 0) for item in passes) >= _LEAST_SHOWN:
            yield [
                name,
                *(figure(item.steps.get(name), 2) for item in passes),
                *(figure(item.facts.get(name)) for item in passes),
            ]
