"""Syncing: one run, runs on a schedule, how they stand."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.command import command

if TYPE_CHECKING:
    from hub.settings import Settings


_DATASET_HEADINGS = (
    *("dataset", "run", "fetched", "accepted", "inserted", "changed", "withdrawn"),
    *("in quarantine", "ms", "read", "new things"),
)


@command.command()
def work(*, once: Annotated[bool, typer.Option(help="Sync what is due now, and stop.")] = False) -> None:
    """Sync every configured agency on its schedule; any number of these may run."""
    from hub.clock import now
    from hub.settings import read_settings
    from hub.worker import open_server
    from hub.worker import work as work_on

    settings = read_settings()
    with open_server(settings) as server:
        work_on(settings, server, lambda line: print(f"{now():%F %T}Z {line}", flush=True), once=once)


@command.command()
def sync(
    source: Annotated[str | None, typer.Argument(help="An agency, or agency.dataset; all agencies if empty.")] = None,
    *,
    dry_run: Annotated[bool, typer.Option(help="Show what would change, and change nothing.")] = False,
) -> None:
    """Fetch what agencies deliver and merge it: bank, finance, relief, or one dataset such as bank.loan."""
    from hub.observe.progress import TerminalWatch
    from hub.settings import read_settings
    from hub.worker import configured, in_short, open_server, parse_due
    from hub.worker import sync as sync_source

    settings = read_settings()
    dues = [parse_due(source)] if source else [parse_due(agency.lower()) for agency in configured(settings)]
    with open_server(settings) as server:
        for due in dues:
            with TerminalWatch(due.agency) as watch:
                report = sync_source(settings, server, due, watch, dry_run=dry_run)
            done = "would be" if dry_run else f"run {report.run_id}:"
            print(f"{due.agency} {done} {in_short(report)} ({report.milliseconds} ms)")


@command.command()
def status() -> None:
    """Show the last runs, what each dataset took in, and how many rows wait in quarantine."""
    from rich.console import Console

    from hub.observe.progress import print_table
    from hub.settings import read_settings
    from hub.worker import open_server
    from hub.worker import status as status_of

    settings = read_settings()
    with open_server(settings) as server:
        found = status_of(settings, server)
    # A log or a pipe has no width of its own.
    console = Console() if sys.stdout.isatty() else Console(width=140)
    print_table(
        console,
        "last runs",
        ("agency", "run", "state", "started", "finished", "reason"),
        [
            (run.agency, run.run_id, run.state, f"{run.started_at:%F %T}", _moment(run.finished_at), run.error_message)
            for run in found.runs
        ],
    )
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
                *(item.in_quarantine, item.milliseconds, _moment(item.delivered_at), _moment(item.changed_at)),
            )
            for item in found.datasets
        ],
    )
    print_table(console, "schedule", ("agency", "datasets", "cron", "due next"), _planned(settings))
    for alarm in found.alarms:
        print(f"ALARM {alarm.kind} since {_moment(alarm.raised_at)}: {alarm.message}")


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
        (item.due.agency, " ".join(item.due.datasets), item.cron, f"{item.next_due(now()):%F %H:%M %Z}")
        for item in planned
    ]


def _moment(instant: datetime | None) -> str:
    return "" if instant is None else f"{instant:%F %T}"
