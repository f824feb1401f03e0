"""``python -m bench``: one sub-command for each bench."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bench.places import RESULTS
from hub.settings import Settings, read_settings

command = typer.Typer(add_completion=False, pretty_exceptions_enable=False, help=__doc__)
_Home = Annotated[
    Path, typer.Option(help="Data folder of a synced demo; made with the demo at scale 1 if it is not there.")
]
_HOME = RESULTS / "home"


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
    from hub.storage.migrate import migrate
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
    settings = _settings(home)
    with open_server(settings) as server:
        migrate(server.owner)
        findings = run(settings, server, wanted)
    show(result(f"requests-{findings.loans}.md"), written(findings, wanted))


@command.command()
def money(
    *,
    home: _Home = _HOME,
    whole: Annotated[bool, typer.Option(help="All periods of all loans too, not only a year of them.")] = True,
) -> None:
    """Entitlement of every loan, compensation, the ledger and an indicator at any date, on a synced data folder."""
    from bench.money import measured
    from bench.places import result
    from bench.table import show
    from hub.storage.migrate import migrate
    from hub.worker import open_server

    settings = _settings(home)
    with open_server(settings) as server:
        migrate(server.owner)
        loans, text = measured(settings, server, whole=whole)
    show(result(f"money-{loans}.md"), text)


@command.command()
def demo(
    *,
    scale: Annotated[list[int] | None, typer.Option(min=1, help="May be given more than once; 1 if not.")] = None,
    rules: Annotated[bool, typer.Option(help="Work out links, entitlements and findings too.")] = True,
    again: Annotated[bool, typer.Option("--again", help="Go on in the data folder of an earlier start.")] = False,
) -> None:
    """Seconds and memory of the demo, stage by stage."""
    from bench.demo import home_of, measure, written
    from bench.places import result
    from bench.table import show

    for number in scale or [1]:
        stages = measure(number, home_of(number), rules=rules, again=again)
        show(result(f"demo-{number}{'-again' if again else ''}.md"), written(number, stages))


@command.command()
def sync(
    *,
    rows: Annotated[int, typer.Option(min=1_000, help="Of ten million, rows in dlt alone take an hour.")] = 1_000_000,
    peers: Annotated[str, typer.Option(help="Which others, separated by commas.")] = "dlt-arrow,dlt-rows,pandas",
    repayments: Annotated[bool, typer.Option("--repayments", help="With those of the loans; only COPY too.")] = False,
) -> None:
    """The sync of a large delivery beside bare COPY, dlt, and pandas with SQLAlchemy."""
    from bench.loaders import LOADERS
    from bench.places import result
    from bench.sync import measure, written
    from bench.table import show

    wanted = {word for word in peers.split(",") if word}
    if unknown := wanted - {loader.word for loader in LOADERS}:
        raise typer.BadParameter(f"There is no peer called {', '.join(sorted(unknown))}.")
    loaders = [loader for loader in LOADERS if loader.word in wanted]
    name = f"sync-{rows}{'-repaid' if repayments else ''}.md"
    show(result(name), written(measure(rows, loaders, repayments=repayments)))


@command.command()
def workbook(
    *,
    rows: Annotated[int, typer.Option(min=100)] = 200_000,
    inline: Annotated[bool, typer.Option(help="Texts in their cells, as exports write them.")] = False,
) -> None:
    """A large XLSX through the reader and the contract, beside the bare reader."""
    from bench.places import result
    from bench.table import show
    from bench.workbook import measure, written

    name = f"workbook-{rows}{'-inline' if inline else ''}.md"
    show(result(name), written(measure(rows, inline=inline), inline=inline))


log = typer.Typer(help="The disclosure log: what it costs, how fast it is proved, who looked at a household.")
command.add_typer(log, name="log")


@log.command()
def cost(
    *,
    home: _Home = _HOME,
    questions: Annotated[str, typer.Option(help="Which, separated by commas.")] = "point,list,ledger",
    rounds: Annotated[int, typer.Option(min=1)] = 5,
    seconds: Annotated[float, typer.Option(min=1, help="Of load for each way in each round.")] = 4,
    connections: Annotated[int, typer.Option(min=1)] = 16,
    gather: Annotated[str, typer.Option(help="HUB_LOG_GATHER_MILLISECONDS of further ways, with commas.")] = "",
) -> None:
    """Requests/s, p50 and p99 without the log, with it, and with its sequencer at work beside it."""
    from bench.log.cost import measure, written
    from bench.places import result
    from bench.table import show
    from hub.storage.migrate import migrate
    from hub.worker import open_server

    settings = _settings(home)
    with open_server(settings) as server:
        migrate(server.owner)
        names = questions.split(",")
        others = [int(number) for number in gather.split(",") if number]
        found = measure(settings, server, names, rounds=rounds, seconds=seconds, connections=connections, gather=others)
    show(result("log-cost.md"), written(found, rounds, connections))


@log.command()
def proving(
    *,
    home: _Home = _HOME,
    entries: Annotated[int, typer.Option(min=1_000)] = 1_000_000,
    listed: Annotated[float, typer.Option(min=0, max=1, help="Of entries that are about 50 households.")] = 0.1,
) -> None:
    """Entries/s of the sequencer, the index by household and `hub audit verify`; bytes of an entry."""
    from bench.log.proving import measure, written
    from bench.places import result
    from bench.table import show
    from hub.worker import open_server

    with open_server(Settings(home=home.resolve())) as server:
        show(result(f"log-proving-{entries}.md"), written(measure(server, entries, listed)))


@log.command()
def household(
    *,
    home: _Home = _HOME,
    entries: Annotated[int, typer.Option(min=10_000)] = 10_000_000,
    households: Annotated[int, typer.Option(min=100)] = 50_000,
    keep: Annotated[bool, typer.Option(help="Keep the made entries for the next run.")] = False,
) -> None:
    """Who has looked at a household, over many made entries: the time first and warm, and the plan."""
    from bench.log.household import measure, written
    from bench.places import result
    from bench.table import show
    from hub.worker import open_server

    with open_server(Settings(home=home.resolve())) as server:
        found = measure(server, entries, households, keep=keep)
    show(result(f"log-household-{entries}.md"), written(found))


@command.command()
def identity(
    *,
    home: _Home = _HOME,
    rounds: Annotated[int, typer.Option(min=1)] = 5,
    seconds: Annotated[float, typer.Option(min=0.1, help="Of each way in each round.")] = 5,
    at_once: Annotated[int, typer.Option(min=1, help="Requests at once.")] = 16,
) -> None:
    """What identity and access cost: neither, access alone, both with a bearer token, both with a proof each time."""
    from bench.identity import measure, written
    from bench.places import result
    from bench.table import show
    from hub.storage.migrate import migrate
    from hub.worker import open_server

    settings = _settings(home)
    with open_server(settings) as server:
        migrate(server.owner)
        found = measure(settings, server, rounds=rounds, seconds=seconds, at_once=at_once)
    show(result("identity.md"), written(found))


@command.command()
def findings(
    *,
    home: _Home = _HOME,
    share: Annotated[float, typer.Option(min=0.0001, max=1, help="Of the households touched by the delta.")] = 0.01,
    whole: Annotated[bool, typer.Option(help="Work everything out first; else as an earlier run did.")] = True,
) -> None:
    """All rules over everything, which is kept, then after a change in a share of the households, which is not."""
    from bench.findings import measure, written
    from bench.places import result
    from bench.table import show
    from hub.storage.migrate import migrate
    from hub.worker import open_server

    settings = _settings(home)
    with open_server(settings) as server:
        migrate(server.owner)
        found = measure(settings, server, share=share, whole=whole)
    show(result(f"findings-{found.loans}.md"), written(found))


@command.command()
def profile(
    *,
    home: _Home = _HOME,
    questions: Annotated[str, typer.Option(help="Which, separated by commas.")] = "point,list",
    seconds: Annotated[float, typer.Option(min=1)] = 10,
) -> None:
    """Where the hub's own time goes while it answers over HTTP."""
    from bench.places import result
    from bench.profile import measure, written
    from bench.table import show
    from hub.worker import open_server

    settings = _settings(home)
    with open_server(settings) as server:
        show(result("profile.md"), written(measure(settings, server, questions.split(","), seconds)))


@command.callback(invoke_without_command=True)
def everything(context: typer.Context) -> None:
    """Each bench with its defaults, one after another, when none is named."""
    if context.invoked_subcommand is None:
        demo(scale=None, rules=True)
        sync(rows=1_000_000, peers="dlt-arrow,dlt-rows,pandas")
        requests()


def _settings(home: Path) -> Settings:
    """Those of the folder ``home``, in which the demo is made first if need be."""
    from bench.demo import measure

    if not (home / "demo" / "synced.json").exists():
        if home != _HOME:
            raise typer.BadParameter(f"There is no synced demo in {home}.")
        print("making the demo at scale 1 …")
        measure(1, home)
    # No `hub work` signs the log beside a bench, so the hub must not wait for it.
    return read_settings(home=home.resolve(), bearer_clients="city-officer", log_lag_minutes=100_000)


if __name__ == "__main__":
    command()
