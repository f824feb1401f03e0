"""Where the tests' PostgreSQL keeps its data: in memory if there is enough; a copy there costs a tenth of the time."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108  # its content is our own user's
_ENOUGH_BYTES = 3 * 2**30


@contextmanager
def server_folder(process: str) -> Iterator[Path]:
    """For the server of this test process. In memory it goes with the run; in the clone it stays for the next."""
    if not (os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > _ENOUGH_BYTES):
        yield Path(".work/pg") / process
        return
    runs = MEMORY / f"hub-tests-{os.getuid()}"
    remove_leftovers(runs)
    folder = runs / str(os.getpid())
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_leftovers(runs: Path) -> None:
    """Folders of runs that have ended, each named by its process."""
    for folder in runs.glob("[0-9]*"):
        try:
            os.kill(int(folder.name), 0)
        except ProcessLookupError:
            shutil.rmtree(folder, ignore_errors=True)
        except PermissionError:
            continue
