"""The rounds: every system in turn, again and again, so that a noisy minute falls on all of them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import psycopg

from bench.processes import cpu_seconds, forget_peak, peak_mebibytes, postmaster
from bench.requests.load import Loaded
from bench.requests.questions import Question, measure_of, questions, variables
from bench.requests.systems import System, Variables, limit, served_systems
from hub.settings import Settings
from hub.storage.server import DatabaseServer

_WARM_CONNECTIONS = 16
_MOST_SETTLING_SECONDS = 90
_RESTING_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked, how often, for how long."""

    questions: tuple[str, ...]
    connections: tuple[int, ...]
    rounds: int
    seconds: float
    warm_seconds: float  # of load before a question is timed: V8 and PostgreSQL's plan caches need some
    database_connections: int


@dataclass(frozen=True, slots=True)
class Cost:
    """One run of load with what it cost. Processor milliseconds are per request; memory is the peak of the run."""

    loaded: Loaded
    server: float
    database: float
    mebibytes: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.loaded.requests / self.loaded.seconds


@dataclass(slots=True)
class Cell:
    """All rounds of one system with one question at one number of connections."""

    system: str
    question: str
    connections: int
    costs: list[Cost] = field(default_factory=list)

    def middle(self, of: str) -> float:
        """The median over the rounds of a figure of ``Cost`` or ``Loaded``; 0 where there was no round."""
        if not self.costs:
            return 0
        return median(float(getattr(cost if hasattr(cost, of) else cost.loaded, of)) for cost in self.costs)


@dataclass(frozen=True, slots=True)
class Sameness:
    """What the answers of one question hold, and which systems gave the same or did not."""

    question: str
    requests: int
    rows: int
    fen: int
    same: tuple[str, ...]
    other: dict[str, str]


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything of one run of the bench."""

    cells: list[Cell]
    sameness: list[Sameness]
    loans: int
    seconds: float


def run(settings: Settings, server: DatabaseServer, plan: Plan) -> Findings:
    """Start all systems, see that they answer the same, then measure."""
    start = time.perf_counter()
    asked = [question for question in questions(settings.county) if question.name in plan.questions]
    given = {question.name: variables(question, server.owner) for question in asked}
    data = settings.home / "postgres"
    with ExitStack() as stack:
        systems: list[System] = []
        for served in served_systems(settings, server, plan.database_connections):
            running = served.start()
            stack.callback(running.stop)
            systems.append(running)
        systems.append(limit(settings, server))
        found = [_same(question, given[question.name], systems) for question in asked]
        cells: list[Cell] = []
        for question, same in zip(asked, found, strict=True):
            able = [system for system in systems if system.name in same.same]
            cells += _measure(question, given[question.name], able, plan, data)
    return Findings(cells, found, _count_loans(server, settings.county), time.perf_counter() - start)


def _same(question: Question, given: Variables, systems: Iterable[System]) -> Sameness:
    """The first system that answers is the hub; the others are compared with it, value by value."""
    expected: list[object] = []
    same: list[str] = []
    other: dict[str, str] = {}
    for system in systems:
        try:
            answers = [question.comparable(data) for data in system.answers(question, given)]
        except (ValueError, KeyError, TypeError) as error:
            other[system.name] = f"does not answer: {str(error)[:200]}"
            continue
        if not expected:
            expected = answers
        if answers == expected:
            same.append(system.name)
        else:
            different = sum(one != two for one, two in zip(answers, expected, strict=True))
            other[system.name] = f"answers {different} of {len(expected)} requests differently"
    rows, fen = measure_of(expected)
    held = f"{len(given)} answers with {rows:,} rows and {fen:,} fen"
    print(f"{question.name}: {held}; the same from {', '.join(same)}", flush=True)
    for name, reason in other.items():
        print(f"  {name} {reason}", flush=True)
    return Sameness(question.name, len(given), rows, fen, tuple(same), other)


def _measure(question: Question, given: Variables, systems: Sequence[System], plan: Plan, data: Path) -> Iterator[Cell]:
    for system in systems:
        if system.root is not None:
            system.load(question, given, _WARM_CONNECTIONS, plan.warm_seconds)
            _settle(system.root)
            _settle(postmaster(data))
    rates: dict[str, float] = {}
    for connections in plan.connections:
        cells = {system.name: Cell(system.name, question.name, connections) for system in systems}
        # Whoever could not answer every connection even once in the time is left out.
        able = [system for system in systems if rates.get(system.name, connections) * plan.seconds >= connections]
        for _ in range(plan.rounds):
            for system in able:
                cells[system.name].costs.append(_cost(system, question, given, connections, plan.seconds, data))
        told = ", ".join(f"{name} {cell.middle('rate'):,.0f}/s" for name, cell in cells.items())
        print(f"{question.name} at {connections}: {told}", flush=True)
        rates = {name: cell.middle("rate") for name, cell in cells.items()}
        yield from cells.values()


def _cost(system: System, question: Question, given: Variables, connections: int, seconds: float, data: Path) -> Cost:
    root, database = system.root, postmaster(data)
    if root is not None:
        forget_peak(root)
    before = _processor(root), _processor(database)
    loaded = system.load(question, given, connections, seconds)
    after = _processor(root), _processor(database)
    mebibytes = 0 if root is None else peak_mebibytes(root)
    _settle(root)
    _settle(database)
    if loaded.errors:
        raise RuntimeError(f"{system.name} refused {loaded.errors} of {loaded.requests} requests of {question.name}.")
    per_request = 1000 / max(loaded.requests, 1)
    return Cost(
        loaded,
        (after[0] - before[0]) * per_request,
        (after[1] - before[1]) * per_request,
        mebibytes,
    )


def _settle(root: int | None) -> None:
    """Wait until the process and its children rest: they may still work on what nobody waits for any more."""
    deadline = time.perf_counter() + _MOST_SETTLING_SECONDS
    before = -1.0
    while (
        root is not None and time.perf_counter() < deadline and (now := cpu_seconds(root)) - before > _RESTING_SECONDS
    ):
        before = now
        time.sleep(0.2)


def _processor(root: int | None) -> float:
    return 0.0 if root is None else cpu_seconds(root)


def _count_loans(server: DatabaseServer, county: str) -> int:
    with psycopg.connect(server.owner) as connection:
        row = connection.execute("select count(*) from record.loan where county = %s", (county,)).fetchone()
    return int(row[0]) if row else 0
