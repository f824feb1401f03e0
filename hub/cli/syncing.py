"""Syncing: one run, runs on a schedule, how they stand."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.command import command

if TYPE_CHECKING:
    from hub.settings import Settings
    from hub.storage.server import DatabaseServer
    from hub.sync.handover import Due, RunReport


@command.command()
def work(*, once: Annotated[bool, typer.Option(help="Sync what is due now, and stop.")] = False) -> None:
    """Sync every configured agency on its schedule; any number of these may run."""
    from hub.cli.moment import moment
    from hub.clock import now
    from hub.observe.notes import noted
    from hub.settings import read_settings
    from hub.worker import open_server
    from hub.worker import work as work_on

    settings = read_settings()

    def report(line: str) -> None:
        print(f"{moment(settings, now())} {line}", flush=True)

    with open_server(settings) as server, noted(lambda line: report(f"note: {line}")):
        work_on(settings, server, report, once=once)


@command.command()
def sync(
    source: Annotated[str | None, typer.Argument(help="An agency, or agency.dataset; all agencies if empty.")] = None,
    *,
    dry_run: Annotated[bool, typer.Option(help="Show what would change, and change nothing.")] = False,
    since: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="Fill in from this day on only.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Fill in up to this day only.")
    ] = None,
    accept_empty: Annotated[
        bool, typer.Option(help="Take a delivery without a row: its agency really holds none any more.")
    ] = False,
) -> None:
    """Fetch what agencies deliver and merge it: bank, finance, relief, or one dataset such as bank.loan.

    With --from or --to it fills in what happened, or was delivered, on those days; nothing is withdrawn then.
    An agency that is refused does not keep the others back; the exit code is 1 then.
    """
    import dataclasses

    from hub.errors import ContractError, SourceError, SyncError
    from hub.settings import read_settings
    from hub.worker import configured, open_server, parse_due

    if since and until and until < since:
        raise typer.BadParameter("The last day is before the first.", param_hint="--to")
    settings = read_settings()
    dues = [parse_due(source)] if source else [parse_due(agency.lower()) for agency in configured(settings)]
    first, last = since.date() if since else None, until.date() if until else None
    refused = False
    with open_server(settings) as server:
        try:
            for due in dues:
                asked = dataclasses.replace(due, since=first, until=last)
                try:
                    _sync_shown(settings, server, asked, dry_run=dry_run, accept_empty=accept_empty)
                except (SourceError, ContractError, SyncError) as refusal:
                    if len(dues) == 1:
                        raise
                    refused = True
                    print(f"{due.agency}: error {refusal}", file=sys.stderr)
        finally:
            # Also when a source failed: what the others brought in has consequences.
            if not dry_run:
                _work_out_shown(settings, server)
    if refused:
        sys.exit(1)


def _sync_shown(settings: Settings, server: DatabaseServer, due: Due, *, dry_run: bool, accept_empty: bool) -> None:
    from hub.observe.notes import noted
    from hub.observe.progress import TerminalWatch
    from hub.worker import in_short
    from hub.worker import sync as sync_source

    notes: list[str] = []
    with _shown_after(notes), noted(notes.append), TerminalWatch(due.agency) as watch:
        report = sync_source(settings, server, due, watch, dry_run=dry_run, accept_empty=accept_empty)
    done = "would be" if dry_run else f"run {report.run_id}:"
    print(f"{due.agency} {done} {in_short(report)} ({report.milliseconds} ms)")
    if dry_run:
        _print_effect(report)


@contextmanager
def _shown_after(notes: list[str]) -> Iterator[None]:
    """Below the bar, not through it; each once, though a source may have been read twice."""
    try:
        yield
    finally:
        for note in dict.fromkeys(notes):
            print(f"note: {note}", file=sys.stderr)


def _work_out_shown(settings: Settings, server: DatabaseServer) -> None:
    from hub.computing import work_out

    report = work_out(settings, server)
    if report is not None:
        print(report.in_short())


def _print_effect(report: RunReport) -> None:
    """What a dry run found: by dataset, by reason of rejection, by figure of the ledger."""
    from rich.console import Console

    from hub.observe.progress import print_table
    from hub.worker import MEASURES, MONEY_MEASURES

    console = Console() if sys.stdout.isatty() else Console(width=200)
    merged = [(item.staged, item.merged) for item in report.balances]
    print_table(
        console,
        "what would change",
        ("dataset", "fetched", "inserted", "changed", "unchanged", "withdrawn", "late", "rejected", "placed anew"),
        [
            (
                *(done.dataset, staged.fetched, done.inserted, done.changed, done.unchanged, done.withdrawn),
                *(done.late, staged.quarantined, report.replaced.get(done.dataset, 0)),
            )
            for staged, done in merged
        ],
    )
    if report.rejects:
        rows = [(dataset, code, count) for (dataset, code), count in report.rejects.items()]
        print_table(console, "what would be rejected", ("dataset", "reason", "rows"), rows)
    if not report.figures:
        print("No figure of the ledger would move; nothing was kept.")
        return
    print_table(
        console,
        "figures of the ledger that would move (county, today; amounts in 元)",
        ("measure", "before", "after", "by"),
        [
            (
                MEASURES[item.measure],
                *(
                    f"{figure / 100:,.2f}" if item.measure in MONEY_MEASURES else figure
                    for figure in (item.before, item.after, item.after - item.before)
                ),
            )
            for item in report.figures
        ],
    )
    print("Nothing was kept.")


@command.command()
def status() -> None:
    """Show the last runs, what each dataset took in, and how many rows wait in quarantine."""
    from rich.console import Console

    from hub.cli.auditing import show_log
    from hub.cli.moment import moment
    from hub.disclosing import recent_log_alarms
    from hub.observe.progress import print_table
    from hub.proving import standing_of_log
    from hub.settings import read_settings
    from hub.worker import open_alarms, open_server
    from hub.worker import status as status_of

    settings = read_settings()
    with open_server(settings) as server:
        found = status_of(settings, server)
        alarms = open_alarms(settings, server)
        log = standing_of_log(settings, server)
        unusual = recent_log_alarms(settings, server)
    # A log or a pipe has no width of its own.
    console = Console() if sys.stdout.isatty() else Console(width=200)
    print_table(
        console,
        "last runs",
        ("agency", "run", "state", "started", "finished", "reason"),
        [
            (
                run.agency,
                run.run_id,
                run.state,
                *(moment(settings, at) for at in (run.started_at, run.finished_at)),
                run.error_code,
            )
            for run in found.runs
        ],
    )
    for run in found.runs:
        if run.refusal is not None:
            print(f"{run.agency} run {run.run_id}: {run.refusal}")
    print_table(
        console,
        "datasets",
        (
            "dataset",
            "run",
            "fetched",
            "accepted",
            "inserted",
            "changed",
            "withdrawn",
            "in quarantine",
            "ms",
            "read",
            "new things",
        ),
        [
            (
                *(item.dataset, item.run_id, item.fetched, item.accepted, item.inserted, item.changed, item.withdrawn),
                *(item.in_quarantine, item.milliseconds),
                *(moment(settings, at) for at in (item.delivered_at, item.changed_at)),
            )
            for item in found.datasets
        ],
    )
    print_table(console, "schedule", ("agency", "datasets", "cron", "due next"), _planned(settings))
    show_log(settings, log)
    for raised in unusual:
        print(f"ALARM {raised.kind} in the hour from {moment(settings, raised.hour)}: {raised.message}")
    for alarm, since in alarms:
        print(f"ALARM {alarm.kind} since {moment(settings, since)}: {alarm.message}")


def _planned(settings: Settings) -> list[tuple[str, ...]]:
    """What `hub work` will do next; nothing where no agency is configured."""
    from hub.clock import now
    from hub.errors import SettingError
    from hub.worker import schedules

    try:
        planned = schedules(settings)
    except SettingError as error:
        if error.code == "SETTING_MISSING":
            return []
        raise
    return [
        (item.due.agency, _datasets(item.due), item.cron, f"{item.next_due(now()):%F %H:%M %Z}") for item in planned
    ]


def _datasets(due: Due) -> str:
    from hub.worker import parse_due

    return "all" if due.datasets == parse_due(due.agency.lower()).datasets else " ".join(due.datasets)
