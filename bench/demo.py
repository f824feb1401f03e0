"""Seconds and peak memory of the demo, stage by stage, in a fresh data folder."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.demo_stages import MARK
from bench.places import CLONE, RESULTS
from bench.processes import MemoryWatch
from bench.table import figure, heading, markdown

_SHOWN_MILLISECONDS = 20


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage with the peaks of memory while it ran, and its steps where it told of them."""

    name: str
    seconds: float
    ours: float
    database: float
    steps: dict[str, int]


def measure(scale: int, home: Path, *, rules: bool = True, again: bool = False) -> list[Stage]:
    """Run the demo at ``scale`` in ``home``, which is emptied first unless ``again``. Raises if the demo fails.

    Without ``rules``, links, entitlements and findings are not worked out. What an earlier start did is not done
    again.
    """
    if not again:
        shutil.rmtree(home, ignore_errors=True)
    command = [sys.executable, "-m", "bench.demo_stages", str(home), str(scale), str(_free_port())]
    if not rules:
        command.append("--no-rules")
    started = time.perf_counter()
    told: list[dict[str, object]] = []
    last = ""
    with subprocess.Popen(command, cwd=CLONE, stdout=subprocess.PIPE, text=True) as process:
        with MemoryWatch(process.pid, (home / "postgres",)) as watch:
            for line in process.stdout or ():
                if line.startswith(MARK):
                    told.append(json.loads(line.removeprefix(MARK)))
                    _say(_stage(watch, told[-1]))
                last = line if line.strip() else last
            process.wait()
        ended = time.perf_counter()
    if process.returncode != 0:
        raise RuntimeError(f"The demo ended with code {process.returncode}: {last.strip()}")
    stages = [_stage(watch, stage) for stage in told]
    return [*stages, _stage(watch, {"name": "all, from start to end", "start": started, "end": ended, "steps": {}})]


def _say(stage: Stage) -> None:
    """At once: what was measured stays known if a later stage fails."""
    print(
        f"  {stage.name}: {stage.seconds:.1f} s, {stage.ours:.0f} MiB, PostgreSQL {stage.database:.0f} MiB", flush=True
    )


def _stage(watch: MemoryWatch, told: dict[str, object]) -> Stage:
    start, end = float(str(told["start"])), float(str(told["end"]))
    ours, database = watch.peak(start, end)
    steps = told["steps"]
    return Stage(str(told["name"]), end - start, ours, database, dict(steps) if isinstance(steps, dict) else {})


def written(scale: int, stages: list[Stage]) -> str:
    """The report."""
    headings = ("stage", "seconds", "peak MiB, hub and demo", "peak MiB, PostgreSQL")
    about = (
        "The hub's and the demo's processes together, resident; PostgreSQL's with shared pages counted once. "
        "Steps of a sync have no memory of their own.\n\n"
    )
    return heading(f"Demo at scale {scale}") + about + markdown(headings, _rows(stages))


def _rows(stages: list[Stage]) -> Iterator[tuple[str, str, str, str]]:
    for stage in stages:
        yield stage.name, figure(stage.seconds, 2), figure(stage.ours or None), figure(stage.database or None)
        for step, milliseconds in sorted(stage.steps.items(), key=lambda item: -item[1]):
            if milliseconds >= _SHOWN_MILLISECONDS:
                yield f"… {step}", figure(milliseconds / 1000, 2), "", ""


def home_of(scale: int) -> Path:
    """Where the bench keeps the demo of this scale."""
    return RESULTS / f"demo-{scale}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
