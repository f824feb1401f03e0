"""One rules' run after a sync: the only place that knows the order. Everything is one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

import psycopg

from hub.catalog.policy import Policy
from hub.catalog.registry import Catalogue
from hub.clock import monotonic_milliseconds, now
from hub.errors import RuleError
from hub.rules.booked import booked_until, known
from hub.rules.policy import Connection, PolicyBook, declare, lay_out, stored
from hub.rules.touched import cover, note_touched
from hub.rules.work import Computation, RuleWork
from hub.storage.refused import in_words


@dataclass(frozen=True, slots=True)
class RulesReport:
    """What a run did: rows written by computation (0 where nothing it reads had changed), and how long each took."""

    run_id: int
    as_of: date
    whole: bool
    covered: int  # sync runs
    written: Mapping[str, int]
    milliseconds: Mapping[str, int]

    def in_short(self) -> str:
        """The run in one line."""
        counts = ", ".join(f"{rows} {name}" for name, rows in self.written.items()) or "nothing to compute"
        spent = sum(self.milliseconds.values())
        return f"HUB run {self.run_id} as of {self.as_of}: {counts} ({spent} ms)"


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Everything that is worked out, in order, and a digest that changes when any of it does."""

    policy: Policy
    computations: Sequence[Computation]
    version: str = ""


def run_rules(  # noqa: PLR0913  # the composition root names each thing it hands over
    connect: Callable[[], Connection],
    *,
    catalogue: Catalogue,
    rulebook: Rulebook,
    county: str,
    as_of: date | None = None,
    anew: bool = False,
    dry_run: bool = False,
) -> RulesReport:
    """Bring every computed table to what follows from the records, in one transaction.

    ``anew`` works everything out whether or not it changed; ``dry_run`` keeps nothing.

    ``as_of`` is the day to judge by; without it, the last day on which the bank booked anything. Raises ``RuleError``
    POLICY_OVERLAP, RULES_NOTHING_BOOKED or RULES_DATABASE with nothing changed.
    """
    try:
        return _run_alone(connect, catalogue, rulebook, county, as_of, anew=anew, dry_run=dry_run)
    except psycopg.Error as error:
        raise RuleError("RULES_DATABASE", *in_words(error)) from None


def _run_alone(  # noqa: PLR0913  # as above
    connect: Callable[[], Connection],
    catalogue: Catalogue,
    rulebook: Rulebook,
    county: str,
    as_of: date | None,
    *,
    anew: bool,
    dry_run: bool,
) -> RulesReport:
    """One run at a time in a county, each in a transaction of its own."""
    with closing(connect()) as connection:
        connection.autocommit = True
        # Before the transaction, or its snapshot would be older than what the run before has written.
        connection.execute("select pg_advisory_lock(hashtextextended(%s, 0))", (f"hub.rules:{county}",))
        with connection.transaction(force_rollback=dry_run):
            connection.execute("set transaction isolation level repeatable read")
            connection.execute("select set_config('hub.county', %s, true)", (county,))
            connection.execute("select set_config('work_mem', '128MB', true)")
            # A few thousand rows of a temporary table tell the planner enough.
            connection.execute("select set_config('default_statistics_target', '10', true)")
            booked_on = booked_until(connection, county)
            report = _run(connection, catalogue, rulebook, county, as_of or known(booked_on), anew=anew)
            connection.execute(
                "update rules.run set booked_on = %s where county = %s and run_id = %s",
                (booked_on, county, report.run_id),
            )
            return report


def _run(  # what one run is made of
    connection: Connection, catalogue: Catalogue, rulebook: Rulebook, county: str, as_of: date, *, anew: bool
) -> RulesReport:
    started = now()
    declare(connection, rulebook.policy, county)
    settings = stored(connection, rulebook.policy, county)
    book = PolicyBook(rulebook.policy, settings)
    lay_out(connection, book)
    digest = sha256(repr((rulebook.version, settings)).encode()).hexdigest()
    former = connection.execute(
        "select as_of, code_digest from rules.run where county = %s order by run_id desc limit 1", (county,)
    ).fetchone()
    whole = anew or former is None or former[1] != digest
    if not whole:
        # Some loans' rows are read by index: on today's disks that is cheaper than all rows of millions.
        connection.execute("select set_config('random_page_cost', '1.1', true)")
    touched = note_touched(connection, catalogue, county, whole=whole)
    former_day = former[0] if former is not None and isinstance(former[0], date) else None
    run_id = _begin(connection, county, as_of, digest)
    work = RuleWork(connection, catalogue, book, county, run_id, as_of, former_day, whole, touched)
    written: dict[str, int] = {}
    milliseconds: dict[str, int] = {}
    for computation in rulebook.computations:
        begun = monotonic_milliseconds()
        due = whole or former_day != as_of or not touched.isdisjoint(computation.reads)
        written[computation.name] = computation.compute(work) if due else 0
        milliseconds[computation.name] = monotonic_milliseconds() - begun
    covered = cover(connection, county, run_id)
    connection.execute(
        "update rules.run set started_at = %s, finished_at = %s where county = %s and run_id = %s",
        (started, now(), county, run_id),
    )
    return RulesReport(run_id, as_of, whole, covered, written, milliseconds)


def _begin(connection: Connection, county: str, as_of: date, digest: str) -> int:
    row = connection.execute(
        "insert into rules.run (county, as_of, code_digest, started_at, finished_at) values (%s, %s, %s, %s, %s)"
        " returning run_id",
        (county, as_of, digest, now(), now()),
    ).fetchone()
    return int(str(row[0])) if row else 0
