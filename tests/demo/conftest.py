"""Worlds written once per test run, and a plain reader of what was written."""

import time
from pathlib import Path
from typing import Protocol

import pytest

from demo.world import prepare
from tests.demo.sources import Sources


class Worlds(Protocol):
    """Gives the sources at a scale, written at the first call."""

    def __call__(self, scale: int, *, faults: bool) -> Sources: ...


def _written_once(folder: Path, scale: int, *, faults: bool) -> Path:
    """Writes the world, or waits for the test process that came first."""
    try:
        folder.mkdir()
    except FileExistsError:
        while not (folder / "manifest.json").exists():
            time.sleep(0.2)
    else:
        prepare(folder, scale, faults=faults)
    return folder


@pytest.fixture(scope="session")
def worlds(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Worlds:
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if hasattr(request.config, "workerinput") else own
    made: dict[tuple[int, bool], Sources] = {}

    def make(scale: int, *, faults: bool) -> Sources:
        if (scale, faults) not in made:
            folder = shared / f"world-{scale}-{'faulty' if faults else 'clean'}"
            made[scale, faults] = Sources(_written_once(folder, scale, faults=faults))
        return made[scale, faults]

    return make


@pytest.fixture(scope="session")
def faulty(worlds: Worlds) -> Sources:
    return worlds(1, faults=True)


@pytest.fixture(scope="session")
def clean(worlds: Worlds) -> Sources:
    return worlds(1, faults=False)


@pytest.fixture(params=["faulty", "clean"])
def either(request: pytest.FixtureRequest) -> Sources:
    found: Sources = request.getfixturevalue(request.param)
    return found
