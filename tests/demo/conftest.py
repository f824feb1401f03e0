"""Worlds written once per test run, and a plain reader of what was written."""

from typing import Protocol

import pytest

from tests.demo.sources import Sources
from tests.support.worlds import shared_folder, written_once


class Worlds(Protocol):
    """Gives the sources at a scale, written at the first call."""

    def __call__(self, scale: int, *, faults: bool) -> Sources: ...


@pytest.fixture(scope="session")
def worlds(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Worlds:
    shared = shared_folder(request, tmp_path_factory)
    made: dict[tuple[int, bool], Sources] = {}

    def make(scale: int, *, faults: bool) -> Sources:
        if (scale, faults) not in made:
            # The demo that serves is made from the faulty world, at the same time.
            other = (lambda: make(1, faults=False)) if faults else None
            made[scale, faults] = Sources(written_once(shared, scale, faults=faults, meanwhile=other))
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
