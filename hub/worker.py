"""The composition root of syncing: connectors, catalogue and database come together here."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from connectors.registry import connect as connect_source
from hub.catalog.dataset import Agency
from hub.errors import HubError, SettingError, SyncError
from hub.settings import Settings
from hub.storage.migrate import require_newest
from hub.storage.roles import DatabaseRole
from hub.storage.server import DatabaseServer, connect, embedded_server, named_server
from hub.sync.handover import Due, RunReport
from hub.sync.run import sync_agency
from hub.sync.standing import Standing, finished, standing
from hub.sync.trial import TriedDelivery, try_source
from hub.sync.watch import Unwatched, Watch
from schema import CATALOGUE
from schema.ledger import LEDGER

# So that a dataset stands after those it is placed through.
AGENCY_ORDER = (Agency.RELIEF, Agency.BANK, Agency.FINANCE)


@contextmanager
def open_server(settings: Settings) -> Iterator[DatabaseServer]:
    """The database these settings name; an embedded one is let go of at the end."""
    urls = {
        DatabaseRole.API: settings.api_database_url,
        DatabaseRole.CONNECTOR: settings.connector_database_url,
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


def sync(settings: Settings, server: DatabaseServer, due: Due, watch: Watch, *, dry_run: bool = False) -> RunReport:
    """Fetch what is due and merge it, in one transaction. Raises ``HubError`` with nothing loaded."""
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
    )


def try_agency(settings: Settings, due: Due, first_rows: int) -> Iterator[TriedDelivery]:
    """What is due, as far as its first rows; no database is asked. Raises ``HubError`` if the source is refused."""
    return try_source(connect_source(due.agency, settings.source(due.agency)), CATALOGUE, due, first_rows)


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


def work(settings: Settings, server: DatabaseServer, report: Callable[[str], None]) -> None:
    """Sync every configured agency, again and again, until it is stopped; a failed run waits for the next round."""
    while True:
        for agency in configured(settings):
            try:
                done = sync(settings, server, parse_due(agency.lower()), Unwatched())
            except HubError as error:
                report(f"{agency}: {error}")
            else:
                report(f"{agency}: run {done.run_id} done in {done.milliseconds} ms, {in_short(done)}")
        time.sleep(settings.sync_every_minutes * 60)


def in_short(report: RunReport) -> str:
    """A run's counts in one line."""
    names = ("inserted", "changed", "unchanged", "withdrawn")
    counts = {name: sum(getattr(balance.merged, name) for balance in report.balances) for name in names}
    counts["quarantined"] = sum(balance.staged.quarantined for balance in report.balances)
    return ", ".join(f"{count} {name}" for name, count in counts.items())
