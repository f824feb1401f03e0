"""The composition root of syncing: connectors, catalogue and database come together here."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import psycopg

from hub.catalog.dataset import Agency
from hub.catalog.indicator import Quantity
from hub.clock import now
from hub.disclosing import note_raw_row, watch_always
from hub.errors import HubError, SettingError, SyncError
from hub.proving import sequence_always
from hub.settings import Settings
from hub.storage.migrate import require_newest
from hub.storage.roles import DatabaseRole
from hub.storage.server import DatabaseServer, connect, embedded_server, named_server
from hub.sync import alarms, rollup
from hub.sync.handover import Due, RunKind, RunReport
from hub.sync.retry import Retry
from hub.sync.schedule import Schedule, parse_schedules
from hub.sync.standing import Standing, finished, standing
from hub.sync.watch import Unwatched, Watch
from hub.sync.work_list import ListedEntry, listed
from schema import CATALOGUE
from schema.ledger import LEDGER

# What reads deliveries takes half a second to import: for commands that sync, not for all that open the database.
if TYPE_CHECKING:
    from procrastinate import App

    from hub.sync import correct
    from hub.sync.queue import Queue
    from hub.sync.suggest import Suggestion
    from hub.sync.trial import TriedDelivery

# So that a dataset stands after those it is placed through.
AGENCY_ORDER = (Agency.RELIEF, Agency.BANK, Agency.FINANCE)
# What the ledger counts, in words.
MEASURES = {measure.name: f"{measure.name} ({measure.zh})" for measure in LEDGER.measures}
MONEY_MEASURES = frozenset(measure.name for measure in LEDGER.measures if measure.quantity is Quantity.MONEY)
# How often a worker looks for what is due, for what dead workers left, and at the habits.
_ROUND_SECONDS = 20.0

Report: TypeAlias = Callable[[str], None]
# What else a working hub does as long as it lives: started with every `hub work`, cancelled at its end.
Loop: TypeAlias = Callable[[Settings, DatabaseServer, Report], Coroutine[Any, Any, None]]
LOOPS: tuple[Loop, ...] = (sequence_always, watch_always)
# Who keeps the disclosure log learns of a raw row before a person (name, purpose) sees it; if that fails, nobody does.
NoteDisclosure: TypeAlias = "Callable[[Settings, DatabaseServer, correct.RawRow, str, str], None]"
NOTE_DISCLOSURE: tuple[NoteDisclosure, ...] = (note_raw_row,)


@contextmanager
def open_server(settings: Settings) -> Iterator[DatabaseServer]:
    """The database these settings name; an embedded one is let go of at the end."""
    urls = {
        DatabaseRole.API: settings.api_database_url,
        DatabaseRole.CONNECTOR: settings.connector_database_url,
        DatabaseRole.RULES: settings.rules_database_url,
        DatabaseRole.DECISION: settings.decision_database_url,
        DatabaseRole.LOG: settings.log_database_url,
        DatabaseRole.AUDIT: settings.audit_database_url,
        DatabaseRole.IDENTITY: settings.identity_database_url,
    }
    given = {role: url.get_secret_value() for role, url in urls.items() if url is not None}
    if settings.database_url is not None or given:
        owner = None if settings.database_url is None else settings.database_url.get_secret_value()
        server = named_server(owner, given)
    else:
        server = embedded_server(settings.home)
    try:
        yield server
    finally:
        server.close()


def parse_due(what: str) -> Due:
    """``bank`` or ``bank.loan`` as a Due; ``SyncError`` SYNC_UNKNOWN_SOURCE for anything else."""
    name, _, dataset = what.partition(".")
    try:
        agency = Agency(name.upper())
    except ValueError:
        agency = Agency.HUB
    known = [item.name for item in CATALOGUE.of_agency(agency)]
    if agency is Agency.HUB:
        choices = ", ".join(item.lower() for item in AGENCY_ORDER)
        raise SyncError("SYNC_UNKNOWN_SOURCE", f"There is no agency {name!r}.", f"Choose one of: {choices}.")
    if dataset and dataset not in known:
        raise SyncError(
            "SYNC_UNKNOWN_SOURCE",
            f"{name} is not the agency of record for a dataset {dataset!r}.",
            f"Choose one of: {', '.join(known)}.",
        )
    return Due(agency, (dataset,) if dataset else tuple(known))


def sync(
    settings: Settings,
    server: DatabaseServer,
    due: Due,
    watch: Watch,
    *,
    dry_run: bool = False,
    accept_empty: bool = False,
) -> RunReport:
    """Fetch what is due and merge it, in one transaction. Raises ``HubError`` with nothing loaded.

    ``accept_empty``: a whole delivery without a row withdraws what there was.
    ``work_out`` follows, once for all sources that are synced together: what was not worked out yet, the next one does.
    """
    from connectors.registry import connect as connect_source
    from hub.sync.run import Errand, sync_agency

    conninfo = server.conninfo(DatabaseRole.CONNECTOR)
    require_newest(conninfo)
    return sync_agency(
        connect_source(due.agency, settings.source(due.agency)),
        connect=lambda: connect(conninfo),
        catalogue=CATALOGUE,
        ledger=LEDGER,
        county=settings.county,
        due=due,
        watch=watch,
        dry_run=dry_run,
        accept_empty=accept_empty,
        errand=Errand(RunKind.BACKFILL if due.is_backfill else RunKind.SYNC),
    )


def count_anew(settings: Settings, server: DatabaseServer) -> bool:
    """Count the ledger's totals from the records if another release counted them; whether it did."""
    with connect(server.conninfo(DatabaseRole.CONNECTOR)) as connection:
        connection.execute("select set_config('hub.county', %s, true)", (settings.county,))
        stale = rollup.is_stale(connection, LEDGER, settings.county)
        if stale:
            rollup.recount(connection, ledger=LEDGER, county=settings.county)
        return stale


def try_agency(settings: Settings, due: Due, first_rows: int) -> Iterator[TriedDelivery]:
    """What is due, as far as its first rows; no database is asked. Raises ``HubError`` if the source is refused."""
    from connectors.registry import connect as connect_source
    from hub.sync.trial import try_source

    return try_source(connect_source(due.agency, settings.source(due.agency)), CATALOGUE, due, first_rows)


def quarantine_list(settings: Settings, server: DatabaseServer, **conditions: Any) -> list[ListedEntry]:
    """Entries by ``dataset``, ``code``, ``state`` and at ``most`` so many."""
    with _as_connector(server) as connection:
        return listed(connection, settings.county, **conditions)


def quarantine_show(
    settings: Settings, server: DatabaseServer, entry: int, who: str, purpose: str
) -> tuple[correct.RawRow, list[Suggestion]]:
    """One open entry with its raw row, after the disclosure was noted."""
    from hub.sync import correct
    from hub.sync.suggest import suggest

    with _as_connector(server) as connection:
        (row,) = correct.open_rows(connection, settings.county, [entry])
        for note in NOTE_DISCLOSURE:
            note(settings, server, row, who, purpose)
        return row, suggest(connection, settings.county, CATALOGUE, row)


def quarantine_correct(
    settings: Settings, server: DatabaseServer, entry: int, cells: Mapping[str, str], decided: tuple[str, str]
) -> RunReport:
    """Bring one row in with some cells put right. ``decided``: by whom, and why."""
    from hub.sync import correct

    with _as_connector(server) as connection:
        (row,) = correct.open_rows(connection, settings.county, [entry])
    return _bring_in(settings, server, [correct.with_cells(row, cells)], decided, correct.CORRECTED)


def quarantine_replay(
    settings: Settings, server: DatabaseServer, entries: Sequence[int], decided: tuple[str, str]
) -> Iterator[RunReport]:
    """Try rows again as they are, a run for each part they came with; those that fail again stay open."""
    from hub.sync import correct

    with _as_connector(server) as connection:
        rows = correct.open_rows(connection, settings.county, entries)
    for group in correct.by_part(rows):
        yield _bring_in(settings, server, group, decided, correct.REPLAYED)


def _bring_in(
    settings: Settings,
    server: DatabaseServer,
    rows: Sequence[correct.RawRow],
    decided: tuple[str, str],
    action: str,
) -> RunReport:
    from hub.computing import work_out
    from hub.sync import correct
    from hub.sync.run import sync_agency

    agency = rows[0].agency
    report = sync_agency(
        correct.CorrectionConnector(agency, rows),
        connect=lambda: connect(server.conninfo(DatabaseRole.CONNECTOR)),
        catalogue=CATALOGUE,
        ledger=LEDGER,
        county=settings.county,
        due=Due(agency, (rows[0].part.dataset,)),
        errand=correct.errand(settings.county, rows, correct.Decision(*decided), action),
    )
    work_out(settings, server)
    return report


def quarantine_dismiss(
    settings: Settings, server: DatabaseServer, entries: Sequence[int], decided: tuple[str, str]
) -> None:
    """Close entries without bringing their rows in."""
    from hub.sync import correct

    with _as_connector(server) as connection:
        rows = correct.open_rows(connection, settings.county, entries)
        correct.dismiss(connection, settings.county, rows, correct.Decision(*decided))


@contextmanager
def _as_connector(server: DatabaseServer) -> Iterator[psycopg.Connection[Any]]:
    conninfo = server.conninfo(DatabaseRole.CONNECTOR)
    require_newest(conninfo)
    with connect(conninfo, autocommit=True) as connection:
        yield connection


def finished_agencies(settings: Settings, server: DatabaseServer) -> set[Agency]:
    """The agencies of which at least one run has been done."""
    with connect(server.conninfo(DatabaseRole.CONNECTOR)) as connection:
        return finished(connection, settings.county)


def status(settings: Settings, server: DatabaseServer) -> Standing:
    """How the syncs of the county stand."""
    conninfo = server.conninfo(DatabaseRole.CONNECTOR)
    require_newest(conninfo)
    with connect(conninfo) as connection:
        return standing(connection, settings.county)


def open_alarms(settings: Settings, server: DatabaseServer) -> list[tuple[alarms.Alarm, datetime]]:
    """What is not as usual, and since when: seen now, so that a worker which died is missed too."""
    planned = schedules(settings) if any(settings.source(agency) for agency in AGENCY_ORDER) else ()
    with _as_connector(server) as connection:
        grace = timedelta(minutes=settings.late_after_minutes)
        return alarms.seen(connection, settings.county, planned, now(), grace)


def configured(settings: Settings) -> tuple[Agency, ...]:
    """The agencies with at least one setting, in the order in which they are synced."""
    found = tuple(agency for agency in AGENCY_ORDER if settings.source(agency))
    if not found:
        raise SettingError(
            "SETTING_MISSING",
            "No agency's source is configured.",
            "Set HUB_BANK_URL, HUB_FINANCE_FOLDER or HUB_RELIEF_URL; docs/settings.md says how.",
        )
    return found


def schedules(settings: Settings) -> tuple[Schedule, ...]:
    """The schedules of every configured agency. Raises ``SettingError`` for one that cannot be read."""
    return tuple(
        schedule
        for agency in configured(settings)
        for schedule in parse_schedules(settings.schedule_of(agency), agency, CATALOGUE, settings.time_zone)
    )


def work(settings: Settings, server: DatabaseServer, report: Report, *, once: bool = False) -> None:
    """Queue what is due, sync what is queued and watch the habits, until it is stopped; ``once``: until it is done.

    Any number may work on the same database; ``report`` gets a line for everything that happens.
    """
    require_newest(server.conninfo(DatabaseRole.CONNECTOR))
    asyncio.run(_work(settings, server, report, once=once))


async def _work(settings: Settings, server: DatabaseServer, report: Report, *, once: bool) -> None:
    from hub.sync.queue import Queue

    def run(due: Due) -> None:
        _sync_reported(settings, server, due, report)

    planned = schedules(settings)
    queue = Queue(server.conninfo(DatabaseRole.CONNECTOR), settings.county, run, Retry())
    app = queue.app()

    async def make_round() -> None:
        await _round(settings, server, queue, app, planned, report)

    async with app.open_async():
        await make_round()
        loops: list[Callable[[], Awaitable[None]]] = []
        if not once:
            kept = (partial(loop, settings, server, report) for loop in LOOPS)
            loops = [partial(_again_and_again, make_round, report), *kept]
        beside = [asyncio.create_task(keep_going(loop, report)) for loop in loops]
        try:
            await queue.work(app, at_once=settings.work_at_once, report=report, wait=not once)
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
        if once:
            await make_round()


async def keep_going(
    begin: Callable[[], Awaitable[None]], report: Report, pause_seconds: float = _ROUND_SECONDS
) -> None:
    """What ``begin`` begins, and again when it breaks down: a worker must not go on without a part of it unnoticed."""
    while True:
        try:
            await begin()
        except Exception as error:  # noqa: BLE001  # whatever it is, the next round may go well
            report(f"A part of the worker broke down ({type(error).__name__}); it is begun again.")
            await asyncio.sleep(pause_seconds)
        else:
            return


async def _again_and_again(make_round: Callable[[], Awaitable[None]], report: Report) -> None:
    from hub.sync.queue import DatabaseAway

    while True:
        await asyncio.sleep(_ROUND_SECONDS)
        try:
            await make_round()
        except (*DatabaseAway, HubError) as error:
            report(f"A round was missed ({type(error).__name__}).")


async def _round(  # what one round needs
    settings: Settings,
    server: DatabaseServer,
    queue: Queue,
    app: App,
    planned: Sequence[Schedule],
    report: Report,
) -> None:
    """Take back what dead workers left, queue what is due, look at the habits."""
    stalled = await queue.take_back_stalled(app)
    if stalled:
        report(f"{stalled} jobs of dead workers are queued again.")
    for schedule in await queue.defer_due(app, planned, now()):
        report(f"{schedule.due.agency}: due, next at {schedule.next_due(now()):%F %H:%M %Z}")
    await queue.forget_old(app)
    changes = await asyncio.to_thread(_look_at_habits, settings, server, planned)
    for alarm in changes.raised:
        report(f"ALARM {alarm.kind}: {alarm.message}")
    for alarm in changes.cleared:
        report(f"over {alarm.kind}: {alarm.message}")


def _look_at_habits(settings: Settings, server: DatabaseServer, planned: Sequence[Schedule]) -> alarms.Changes:
    with connect(server.conninfo(DatabaseRole.CONNECTOR), autocommit=True) as connection:
        grace = timedelta(minutes=settings.late_after_minutes)
        return alarms.look(connection, settings.county, planned, now(), grace)


def _sync_reported(settings: Settings, server: DatabaseServer, due: Due, report: Report) -> None:
    """One job. What it raises decides whether it is tried again."""
    from hub.computing import work_out

    try:
        done = sync(settings, server, due, Unwatched())
        report(f"{due.agency}: run {done.run_id} done in {done.milliseconds} ms, {in_short(done)}")
        worked_out = work_out(settings, server)
    except HubError as error:
        report(f"{due.agency}: {error}")
        raise
    except Exception as error:
        report(f"{due.agency}: the run ended with {type(error).__name__}")
        raise
    if worked_out is not None:
        report(worked_out.in_short())


def in_short(report: RunReport) -> str:
    """A run's counts in one line."""
    names = ("inserted", "changed", "unchanged", "withdrawn")
    counts = {name: sum(getattr(balance.merged, name) for balance in report.balances) for name in names}
    if late := sum(balance.merged.late for balance in report.balances):
        counts["late"] = late
    counts["quarantined"] = sum(balance.staged.quarantined for balance in report.balances)
    told = ", ".join(f"{count} {name}" for name, count in counts.items())
    lacks = ", ".join(f"{name} (no {place})" for name, place in report.lacks.items())
    nameless = ", ".join(f"{name} ({count})" for name, count in report.nameless.items())
    return "; ".join(
        [
            told,
            *([f"the source lacks {lacks}"] if lacks else []),
            *([f"nothing was withdrawn where rows in quarantine have no readable key: {nameless}"] if nameless else []),
        ]
    )
