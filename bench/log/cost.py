"""What the disclosure log costs whoever asks: hubs with and without it side by side, asked in turns.

Without: no statement tells households, no entry is made. With: as `hub serve` is. Proved: besides, what a working hub
does behind the answers, the tree, checkpoints and the index by household, after a backlog was caught up with unseen.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import product
from statistics import median

from bench.install import install_wrk
from bench.log.sequencing import READY
from bench.places import CLONE
from bench.processes import cpu_seconds, postmaster
from bench.requests.load import Loaded
from bench.requests.questions import Question, questions, variables
from bench.requests.systems import HUB, Running, Variables, free_ports, hub_environment, hub_served
from bench.table import figure, heading, markdown
from hub.proving import sequence_now
from hub.settings import Settings
from hub.storage.server import DatabaseServer

_DATABASE_CONNECTIONS = 8
_WARM_SECONDS = 5
_UNLOGGED = ("-m", "bench.log.unlogged", "serve")


@dataclass(frozen=True, slots=True)
class Turn:
    """One run of load. Processor milliseconds of a request: of the hub with its sequencer, and of the database."""

    loaded: Loaded
    server: float
    database: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.loaded.requests / self.loaded.seconds

    @property
    def processor(self) -> float:
        """Processor milliseconds of a request."""
        return self.server + self.database


Found = Mapping[tuple[str, str], Sequence[Turn]]  # question and way, round by round


def measure(  # noqa: PLR0913  # the plan of a bench
    settings: Settings,
    server: DatabaseServer,
    names: Sequence[str],
    *,
    rounds: int,
    seconds: float,
    connections: int,
    gather: Sequence[int] = (),
) -> Found:
    """Every way in every round; ``gather``: further ways, with so many milliseconds for entries to come together."""
    install_wrk()
    asked = [question for question in questions(settings.county) if question.name in names]
    given = {question.name: variables(question, server.owner) for question in asked}
    found: dict[tuple[str, str], list[Turn]] = {}
    with ExitStack() as stack:
        ways = _hubs(settings, server, stack, gather)
        systems = list(ways.values())
        ways["proved"] = ways["with"]
        for question, system in product(asked, systems):
            system.answers(question, given[question.name][:3])
            system.load(question, given[question.name], connections, _WARM_SECONDS)
        for question, _ in product(asked, range(rounds)):
            for way, system in ways.items():
                with _sequencing(settings, server, wanted=way == "proved") as beside:
                    turn = _turn(settings, system, question, given[question.name], (connections, seconds), beside)
                found.setdefault((question.name, way), []).append(turn)
                print(f"{question.name}, {way}: {turn.rate:,.0f}/s, {turn.processor:.3f} ms", flush=True)
    return found


def _hubs(settings: Settings, server: DatabaseServer, stack: ExitStack, gather: Sequence[int]) -> dict[str, Running]:
    wanted: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {"without": (_UNLOGGED, {}), "with": (HUB, {})}
    for milliseconds in gather:
        wanted[f"with, {milliseconds} ms"] = (HUB, {"HUB_LOG_GATHER_MILLISECONDS": str(milliseconds)})
    started = {}
    for port, (name, (serve, given)) in zip(free_ports(len(wanted)), wanted.items(), strict=True):
        served = hub_served(settings, server, port, _DATABASE_CONNECTIONS, name=name, serve=serve, given=given)
        started[name] = served.start()
        stack.callback(started[name].stop)
    return started


@contextmanager
def _sequencing(settings: Settings, server: DatabaseServer, *, wanted: bool) -> Iterator[int | None]:
    """The process id of a sequencer at work, or none."""
    if not wanted:
        yield None
        return
    sequence_now(settings, server)
    given = hub_environment(settings, _DATABASE_CONNECTIONS)
    command = ["env", *(f"{name}={value}" for name, value in given.items())]
    command += [sys.executable, "-m", "bench.log.sequencing"]
    process = subprocess.Popen(command, cwd=CLONE, stdout=subprocess.PIPE, text=True)
    try:
        if process.stdout is None or process.stdout.readline().strip() != READY:
            raise RuntimeError("the sequencer does not start.")
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def _turn(  # who is asked what, how hard, beside whom
    settings: Settings,
    system: Running,
    question: Question,
    given: Variables,
    load: tuple[int, float],
    beside: int | None,
) -> Turn:
    database = postmaster(settings.home / "postgres")
    roots = [root for root in (system.root, beside) if root is not None]

    def spent() -> tuple[float, float]:
        return sum(map(cpu_seconds, roots)), 0.0 if database is None else cpu_seconds(database)

    before = spent()
    loaded = system.load(question, given, *load)
    after = spent()
    if loaded.errors or not loaded.requests:
        raise RuntimeError(f"{loaded.errors} of {loaded.requests} requests of {question.name} were refused.")
    each = 1000 / loaded.requests
    return Turn(loaded, (after[0] - before[0]) * each, (after[1] - before[1]) * each)


def written(found: Found, rounds: int, connections: int) -> str:
    """Medians, and each way beside the one without a log."""
    about = (
        f"Medians of {rounds} rounds in turns at {connections} connections; shares are medians of a round's two. "
        "Processor time stays comparable on a busy machine, requests a second do not.\n\n"
    )
    headings = (
        *("question", "log", "requests/s", "of without", "p50 ms", "p99 ms"),
        *("hub CPU ms", "database CPU ms", "CPU of without"),
    )
    return heading("What the disclosure log costs") + about + markdown(headings, _rows(found))


def _rows(found: Found) -> Iterator[tuple[object, ...]]:
    for (question, way), turns in found.items():
        base = found[question, "without"]
        yield (
            question,
            way,
            figure(median(turn.rate for turn in turns)),
            f"{median(turn.rate / other.rate for turn, other in zip(turns, base, strict=True)):.0%}",
            figure(median(turn.loaded.p50 for turn in turns), 1),
            figure(median(turn.loaded.p99 for turn in turns), 1),
            figure(median(turn.server for turn in turns), 3),
            figure(median(turn.database for turn in turns), 3),
            f"{median(turn.processor / other.processor for turn, other in zip(turns, base, strict=True)):.0%}",
        )
