"""Findings: how the rules stand, what they would find, running them anew."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import typer

from hub.cli.command import command

findings = typer.Typer(no_args_is_help=True, help="What the rules find: run them, try them, see how they stand.")
command.add_typer(findings, name="findings")

_DAY = ["%Y-%m-%d"]


@findings.command("run")
def run_findings(
    rule: Annotated[list[str] | None, typer.Option(help="Only this rule; with --dry-run. May be given again.")] = None,
    *,
    dry_run: Annotated[bool, typer.Option(help="Say what each rule would open and close, and keep nothing.")] = False,
    as_of: Annotated[datetime | None, typer.Option(formats=_DAY, help="Judge by this day.")] = None,
) -> None:
    """Run the rules over every household; `hub sync` runs them over what it changed."""
    from rich.console import Console

    from hub.computing import compute, try_rules
    from hub.errors import RuleError
    from hub.observe.progress import print_table
    from hub.settings import read_settings
    from hub.worker import open_server

    settings = read_settings()
    day: date | None = as_of.date() if as_of else None
    if rule and not dry_run:
        raise RuleError(
            "RULES_ONE_ALONE",
            "One rule alone would leave the others behind.",
            "Leave out --rule, or add --dry-run to see what it finds.",
            status=400,
        )
    with open_server(settings) as server:
        if not dry_run:
            print(compute(settings, server, as_of=day, anew=True).in_short())
            return
        tried = try_rules(settings, server, frozenset(rule or ()), as_of=day)
    rows = []
    for judged in tried.judged:
        if rule and judged.rule.code not in rule:
            continue
        change = tried.changes.get(judged.rule.code)
        counts = (change.opened, change.reopened, change.closed) if change else ("", "", "")
        rows.append(
            (judged.rule.code, judged.rule.zh, judged.standing.value, *counts, judged.milliseconds, judged.lacks)
        )
    print_table(
        Console(width=170),
        "what the rules would do (nothing was kept)",
        ("rule", "规则", "standing", "would open", "reopen", "close", "ms", "lacks"),
        rows,
    )


@findings.command("rules")
def list_rules() -> None:
    """Show every rule as it stands here: whether it runs, what it lacks, how many findings are open."""
    from rich.console import Console

    from hub.computing import rules_here
    from hub.observe.progress import print_table
    from hub.settings import read_settings
    from hub.worker import open_server

    settings = read_settings()
    with open_server(settings) as server:
        rows = rules_here(settings, server)
    print_table(
        Console(width=170), "rules", ("rule", "规则", "standing", "lacks", "last run", "open"), [tuple(r) for r in rows]
    )
