"""What came of putting a system under load, and the load itself: wrk, which needs a fraction of any server's time."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_SCRIPT = Path(__file__).parent / "load.lua"
_PATIENCE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Loaded:
    """One run of load. Milliseconds are of whole requests as the client saw them."""

    requests: int
    seconds: float
    p50: float
    p95: float
    p99: float
    errors: int


def put_under_load(url: str, headers: Mapping[str, str], bodies: Path, connections: int, seconds: float) -> Loaded:
    """POST the lines of ``bodies`` over ``connections`` connections, each as soon as its last answer is there."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:.0f}s", f"--timeout={_PATIENCE_SECONDS}s"]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    command += ["-s", str(_SCRIPT), url, "--", str(bodies)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    told = json.loads(next(line for line in done.stdout.splitlines() if line.startswith("{")))
    p50, p95, p99 = (told[part] / 1e3 for part in ("p50", "p95", "p99"))
    return Loaded(told["requests"], told["microseconds"] / 1e6, p50, p95, p99, told["errors"])
