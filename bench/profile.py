"""Where the hub's own time goes while it answers: stacks of its running process, taken while it is under load."""

from __future__ import annotations

import subprocess
import tempfile
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.install import install, profiler
from bench.processes import cpu_seconds
from bench.requests.load import Loaded
from bench.requests.questions import Question, questions, variables
from bench.requests.systems import Running, served_systems
from bench.table import figure, heading, markdown
from hub.settings import Settings
from hub.storage.server import DatabaseServer

_CONNECTIONS = 16
_WARM_SECONDS = 3
_SAMPLES_A_SECOND = 250
_SHOWN = 25
_FOLDERS = ("site-packages/", "lib/python")


@dataclass(frozen=True, slots=True)
class Profile:
    """Stacks with how often each was met, innermost last, and what the load came to."""

    question: str
    stacks: Counter[tuple[str, ...]]
    loaded: Loaded
    cpu_seconds: float


def measure(settings: Settings, server: DatabaseServer, names: Sequence[str], seconds: float) -> list[Profile]:
    """One profile for each question."""
    install()
    asked = [question for question in questions(settings.county) if question.name in names]
    running = served_systems(settings, server, 8)[0].start()
    try:
        return [_profiled(running, question, server.owner, seconds) for question in asked]
    finally:
        running.stop()


def _profiled(running: Running, question: Question, owner: str, seconds: float) -> Profile:
    given = variables(question, owner)
    root = running.process.pid
    running.load(question, given, _CONNECTIONS, _WARM_SECONDS)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "stacks"
        command = [profiler(), "record", "--pid", str(root), "--format", "raw", "--output", str(path)]
        command += [
            "--duration",
            f"{seconds:.0f}",
            "--rate",
            str(_SAMPLES_A_SECOND),
            "--nonblocking",
            "--full-filenames",
        ]
        watching = threading.Thread(
            target=lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        )
        watching.start()
        before = cpu_seconds(root)
        loaded = running.load(question, given, _CONNECTIONS, seconds)
        spent = cpu_seconds(root) - before
        watching.join()
        return Profile(question.name, _read(path.read_text("utf-8").splitlines()), loaded, spent)


def _read(lines: Iterable[str]) -> Counter[tuple[str, ...]]:
    found: Counter[tuple[str, ...]] = Counter()
    for line in lines:
        stack, _, count = line.rpartition(" ")
        found[tuple(_shortened(frame) for frame in stack.split(";"))] += int(count)
    return found


def _shortened(frame: str) -> str:
    """Function and file without the machine's folders and without the line."""
    name, _, place = frame.partition(" (")
    path = place.rstrip(")").rpartition(":")[0]
    for folder in _FOLDERS:
        path = path.rpartition(folder)[2]
    path = path[path.find("hub/") :] if "/hub/" in path else path
    return f"{name} ({path})"


def written(profiles: Sequence[Profile]) -> str:
    """The report."""
    parts = [heading("Where the hub's time goes")]
    for profile in profiles:
        rate, each = profile.loaded.requests / profile.loaded.seconds, 1e6 / max(profile.loaded.requests, 1)
        parts.append(
            f"### {profile.question}\n\n{rate:,.0f} requests/s at {_CONNECTIONS} connections, "
            f"{profile.cpu_seconds * each:,.0f} µs of the hub's processor time each. A call into the system, or into "
            "a library in C, counts as its caller itself.\n\n"
        )
        parts.append(
            markdown(("function", "itself", "with what is below", "itself, µs a request"), _rows(profile, each))
        )
        parts.append("\n")
    return "".join(parts)


def _rows(profile: Profile, each: float) -> Iterator[tuple[str, str, str, str]]:
    itself: Counter[str] = Counter()
    below: Counter[str] = Counter()
    for stack, count in profile.stacks.items():
        itself[stack[-1]] += count
        below.update(dict.fromkeys(stack, count))
    total = max(sum(profile.stacks.values()), 1)
    for name, count in itself.most_common(_SHOWN):
        share = count / total
        yield name, f"{share:.1%}", f"{below[name] / total:.1%}", figure(share * profile.cpu_seconds * each)
