"""What processes cost: processor seconds and memory, read from /proc."""

from __future__ import annotations

import os
import platform
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")
_RESET_PEAK = "5"


def machine() -> str:
    """This machine in one line; no name, no address."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GiB, Python {platform.python_version()}"


def load_average() -> str:
    """How busy the machine is with whatever else."""
    return f"{os.getloadavg()[0]:.1f}"


def tree(root: int) -> list[int]:
    """The process ``root`` and everything below it."""
    children: dict[int, list[int]] = {}
    for path in _PROC.glob("[0-9]*"):
        fields = _stat(int(path.name))
        if fields:
            children.setdefault(int(fields[1]), []).append(int(path.name))
    found = [root]
    for process in found:
        found += children.get(process, [])
    return found


def cpu_seconds(root: int) -> float:
    """Processor time of ``root``, everything below it, and those of its children that have ended."""
    ticks = 0
    for process in tree(root):
        fields = _stat(process)
        if fields:
            own = fields[11:13]
            ended = fields[13:15] if process == root else []
            ticks += sum(int(value) for value in (*own, *ended))
    return ticks / _TICKS


def _stat(process: int) -> list[str]:
    """The fields of stat after the command's name: state, parent and on."""
    try:
        text = (_PROC / str(process) / "stat").read_text("utf-8", "replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def forget_peak(root: int) -> None:
    """Let the peak of resident memory start again, where the system allows it."""
    for process in tree(root):
        try:
            (_PROC / str(process) / "clear_refs").write_text(_RESET_PEAK, "ascii")
        except OSError:
            continue


def peak_mebibytes(root: int) -> float:
    """The peaks of resident memory since ``forget_peak``, added up over the tree."""
    return sum(_status(process, "VmHWM:") for process in tree(root)) / 1024


def peak_of_this() -> float:
    """The peak of this process's resident memory, in mebibytes."""
    return _status(os.getpid(), "VmHWM:") / 1024


def resident_of_this() -> float:
    """This process's resident memory, in mebibytes."""
    return _status(os.getpid(), "VmRSS:") / 1024


def _status(process: int, name: str) -> int:
    try:
        lines = (_PROC / str(process) / "status").read_text("utf-8", "replace").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(name)), 0)


def _proportional(process: int) -> int:
    """Resident kibibytes with shared pages divided among those who share them; all of them if that is not told."""
    try:
        lines = (_PROC / str(process) / "smaps_rollup").read_text("ascii").splitlines()
    except OSError:
        return _status(process, "VmRSS:")
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


@dataclass(frozen=True, slots=True)
class Sample:
    """Mebibytes at one moment: our processes, and PostgreSQL's with shared pages counted once."""

    at: float
    ours: float
    database: float


class MemoryWatch:
    """Looks at a process tree, and at PostgreSQL's, four times a second: more often it costs a fifth of a core."""

    def __init__(self, root: int, postmasters: Sequence[Path] = (), every: float = 0.25) -> None:
        self._root = root
        self._postmasters = postmasters
        self._every = every
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.samples: list[Sample] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def peak(self, start: float, end: float) -> tuple[float, float]:
        """The largest of ours and of PostgreSQL's between two readings of ``time.perf_counter``."""
        within = [sample for sample in self.samples if start <= sample.at <= end]
        return max((sample.ours for sample in within), default=0), max((s.database for s in within), default=0)

    def _look(self) -> None:
        while not self._ended.wait(self._every):
            database = {process for path in self._postmasters for process in _postgres(path)}
            ours = sum(_status(process, "VmRSS:") for process in tree(self._root) if process not in database)
            shared = sum(_proportional(process) for process in database)
            self.samples.append(Sample(time.perf_counter(), ours / 1024, shared / 1024))


def postmaster(data: Path) -> int | None:
    """The process id of the PostgreSQL that serves the folder ``data``."""
    try:
        return int((data / "postmaster.pid").read_text("utf-8").split()[0])
    except (OSError, ValueError, IndexError):
        return None


def _postgres(data: Path) -> list[int]:
    root = postmaster(data)
    return [] if root is None else tree(root)


@contextmanager
def timed(into: dict[str, float], name: str) -> Iterator[None]:
    """Put the seconds of the block into ``into``."""
    start = time.perf_counter()
    yield
    into[name] = time.perf_counter() - start
