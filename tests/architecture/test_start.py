"""What a start imports, its user waits for: what reads deliveries, invents people or migrates is not among it."""

import subprocess
import sys

import pytest

from tests.architecture import house

# Half a second and more together. Each is imported where it is used.
HEAVY = {"alembic", "connectors.registry", "httpx", "numpy", "polars", "procrastinate", "sqlalchemy", "xlsxwriter"}


@pytest.mark.parametrize("started", ["hub.cli.main, hub.app, hub.worker", "hub.cli.main, demo.run, hub.app"])
def test_a_command_or_demo_that_only_answers_waits_for_no_library_of_syncing(started: str) -> None:
    program = f"import sys, {started}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=house.ROOT)
    loaded = set(done.stdout.split())
    assert {name.strip() for name in started.split(",")} <= loaded
    assert loaded & HEAVY == set()
