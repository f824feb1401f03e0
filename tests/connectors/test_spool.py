"""What an agency delivered does not outlive the process that fetched it by more than a start."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.transport.spool import Spool

_HOLDING = """
import signal, sys, tempfile
tempfile.tempdir = sys.argv[1]
from connectors.transport.spool import Spool
spool = Spool()
(spool.path / "rows.csv").write_text("a row")
print(spool.path, flush=True)
signal.pause()
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def other(root: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Another process with a spool of its own, and its folder."""
    with subprocess.Popen([sys.executable, "-c", _HOLDING, str(root)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process, Path(process.stdout.readline().strip())
        process.kill()


def test_it_goes_with_its_end(root: Path) -> None:
    with Spool() as spool:
        (spool.path / "rows.csv").write_text("a row")
        assert spool.path.parent.stat().st_mode & 0o077 == 0
    left = Spool()
    del left
    assert list(root.iterdir()) == []


def test_one_that_a_killed_process_left_goes_with_the_next(other: tuple[subprocess.Popen[str], Path]) -> None:
    process, left = other
    with Spool() as spool:
        assert (left / "rows.csv").exists(), "its process still lives"
        assert spool.path != left
    process.send_signal(signal.SIGKILL)
    process.wait()
    with Spool() as spool:
        assert not left.parent.exists()
        assert spool.path.is_dir()


def test_what_is_no_spool_stays(root: Path) -> None:
    for name in ("hub-spool-of-somebody", "hub-spool-list.txt", "other"):
        (root / name).mkdir()
    (root / "hub-spool-link").symlink_to(root / "other")
    Spool().close()
    assert {path.name for path in root.iterdir()} == {
        "hub-spool-of-somebody",
        "hub-spool-list.txt",
        "other",
        "hub-spool-link",
    }
