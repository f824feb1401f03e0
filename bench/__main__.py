"""``python -m bench``: one sub-command for each bench."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bench.places import WORK

command = typer.Typer(add_completion=False, pretty_exceptions_enable=False, help=__doc__)
_Home = Annotated[
    Path, typer.Option(help="Data folder of a synced demo; made with the demo at scale 1 if it is not there.")
]
_HOME = WORK / "bench" / "home"


@command.command()
def install() -> None:
    """Install what the comparisons need: wrk, and the other systems into .work/peers."""
    from bench.install import install as install_all

    install_all()


@command.command()
def requests(  # noqa: PLR0913  # options of a command
    *,
    home: _Home = _HOME,
    quick: Annotated[bool, typer.Option("--quick", help="Point and list at 16 connections: two minutes.")] = False,
    questions: Annotated[str, typer.Option(help="Which, separated by commas.")] = "point,list,deep,ledger,groups,rows",
    connections: Annotated[str, typer.Option(help="How many at once, separated by commas.")] = "1,16,64",
    rounds: Annotated[int, typer.Option(min=1)] = 3,
    seconds: Annotated[float, typer.Option(min=1, help="Of load for each system in each round.")] = 3,
    warm: Annotated[float, typer.Option(min=1, help="Seconds of load before a question is timed.")] = 6,
    database_connections: Annotated[int, typer.Option(min=1, help="Of each system's pool.")] = 8,
) -> None:
    """The same questions to the hub, PostGraphile, Mercurius, Strawberry's resolvers and pgbench."""
    from bench.install import install as install_all
    from bench.places import result
    from bench.requests.report import written
    from bench.requests.run import Plan, run
    from bench.table import show
    from hub.settings import Settings
    from hub.worker import open_server

    install_all()
    if quick:
        questions, connections = "point,list", "16"
    wanted = Plan(
        tuple(questions.split(",")),
        tuple(int(number) for number in connections.split(",")),
        rounds,
        seconds,
        min(warm, 4) if quick else warm,
        database_connections,
    )
    settings = Settings(home=home.resolve())
    with open_server(settings) as server:
        findings = run(settings, server, wanted)
    show(result(f"requests-{findings.loans}.md"), written(findings, wanted))


if __name__ == "__main__":
    command()
