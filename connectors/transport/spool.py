"""Private temporary folders for what an agency delivered. What a killed process left of them, the next one removes."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

_PREFIX = "hub-spool-"
_LOCK = "lock"


class Spool:
    """A folder that only this account can enter. It goes with ``close``, or with the object.

    A lock is held in it for as long as the process lives, so that a folder without one was left by a process that was
    killed: it holds rows of real people and is removed before another is made.
    """

    def __init__(self) -> None:
        root = Path(tempfile.gettempdir())
        for left in _left_in(root):
            shutil.rmtree(left, ignore_errors=True)
        # Under another name until it is locked, lest somebody else take it for one that was left.
        made = Path(tempfile.mkdtemp(prefix="hub-making-", dir=root))
        lock = os.open(made / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder = made.rename(root / (_PREFIX + made.name.removeprefix("hub-making-")))
        self.path = folder / "files"
        self.path.mkdir()
        self._finalizer = weakref.finalize(self, _remove, folder, lock)

    def close(self) -> None:
        """Remove the folder and whatever is in it."""
        self._finalizer()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _remove(folder: Path, lock: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    os.close(lock)


def _left_in(root: Path) -> Iterator[Path]:
    """This account's spools whose process has ended; whoever comes by at the same moment passes them over."""
    for folder in root.glob(f"{_PREFIX}*"):
        try:
            if folder.lstat().st_uid != os.getuid():
                continue
            lock = os.open(folder / _LOCK, os.O_RDWR | os.O_NOFOLLOW)
        except OSError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield folder
        except BlockingIOError:
            continue
        finally:
            os.close(lock)
