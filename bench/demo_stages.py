"""The demo as `hub demo --no-serve` runs it, in this process, with a line for each stage: name, start, end.

Start: ``python -m bench.demo_stages HOME SCALE PORT [--no-rules]``. The parent measures its memory from outside.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import demo.bank
import demo.run
import demo.world
from hub.computing import work_out
from hub.observe.progress import StepTimes, TerminalWatch
from hub.settings import read_settings
from hub.storage.migrate import migrate
from hub.worker import sync

MARK = "bench-stage "


def _say(name: str, start: float, steps: dict[str, int] | None = None) -> None:
    print(
        MARK + json.dumps({"name": name, "start": start, "end": time.perf_counter(), "steps": steps or {}}), flush=True
    )


def _staged(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
    def timed(*arguments: Any, **named: Any) -> Any:
        start = time.perf_counter()
        done = work(*arguments, **named)
        _say(name, start)
        return done

    return timed


def _staged_rules(work: Callable[..., Any]) -> Callable[..., Any]:
    def timed(*arguments: Any) -> Any:
        start = time.perf_counter()
        done = work(*arguments)
        _say("work out what follows", start, dict(done.milliseconds) if done else {})
        return done

    return timed


def _staged_sync(work: Callable[..., Any]) -> Callable[..., Any]:
    def timed(settings: Any, server: Any, due: Any, watch: TerminalWatch, **named: Any) -> Any:  # noqa: ARG001  # ours instead
        start, times = time.perf_counter(), StepTimes()
        done = work(settings, server, due, times, **named)
        _say(f"sync {due.agency.lower()}", start, times.milliseconds)
        return done

    return timed


def _without_rules(*_arguments: Any) -> None:
    return None


def main(home: Path, scale: int, port: int, *, rules: bool) -> None:
    """Run the demo with its stages told; without ``rules`` nothing is worked out from the records."""
    stages = {
        "demo.world.prepare": _staged("generate", demo.world.prepare),
        "demo.bank.load": _staged("load the bank", demo.bank.load),
        "demo.run.migrate": _staged("migrate", migrate),
        "demo.run.sync": _staged_sync(sync),
        "demo.run.work_out": _staged_rules(work_out) if rules else _without_rules,
        "demo.run._ask": _staged("ledger answer over HTTP", demo.run._ask),  # noqa: SLF001  # measured, not used
    }
    for name, replacement in stages.items():
        patch(name, replacement).start()
    demo.run.run(read_settings(home=home, port=port), scale=scale, faults=True, keep_serving=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), rules=sys.argv[4:] != ["--no-rules"])
