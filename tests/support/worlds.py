"""The demo's worlds, each written once for all processes of a test run: writing one takes ten seconds."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from demo.world import prepare


def shared_folder(request: pytest.FixtureRequest, factory: pytest.TempPathFactory) -> Path:
    """A folder that the processes of this run have in common."""
    own = factory.getbasetemp()
    return own.parent if hasattr(request.config, "workerinput") else own


def written_once(shared: Path, scale: int, *, faults: bool, meanwhile: Callable[[], object] | None = None) -> Path:
    """The folder of a world. If another process is writing it, ``meanwhile`` is done before waiting for it."""
    folder = shared / f"world-{scale}-{'faulty' if faults else 'clean'}"
    try:
        folder.mkdir()
    except FileExistsError:
        if meanwhile is not None and not (folder / "manifest.json").exists():
            meanwhile()
        while not (folder / "manifest.json").exists():
            time.sleep(0.2)
    else:
        prepare(folder, scale, faults=faults)
    return folder
