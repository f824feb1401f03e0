"""Where tests write: inside the clone, apart from any other run that goes on at the same time."""

import gc
import os
import tempfile
from pathlib import Path

import hypothesis
import pytest

from tests.support.server_folder import remove_leftovers

# How long an example takes says nothing on a busy machine. HYPOTHESIS_PROFILE=nightly draws more of them.
hypothesis.settings.register_profile("hub", deadline=None)
hypothesis.settings.register_profile("nightly", deadline=None, max_examples=5_000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "hub"))

# Modules, schema and catalogue stay to the end: looking through them again and again was a tenth of the suite's time.
gc.set_threshold(20_000, 10, 10)

WORK = Path(__file__).resolve().parent / ".work"


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput") or config.option.basetemp:
        return
    # Short names: PostgreSQL's Unix socket may lie below, and must fit in about 100 bytes.
    runs = WORK / "t"
    runs.mkdir(parents=True, exist_ok=True)
    remove_leftovers(runs)  # the last run's stay until now, so that they can be looked at
    config.option.basetemp = runs / str(os.getpid())
    temporary = WORK / "tmp"
    temporary.mkdir(exist_ok=True)
    # For commands which tests start, and for what this process makes without a fixture.
    os.environ["TMPDIR"] = str(temporary)
    tempfile.tempdir = str(temporary)


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
