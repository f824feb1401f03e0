"""Do the next piece of work while the last one is being used."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def one_ahead(items: Iterable[Item], work: Callable[[Item], Result]) -> Iterator[Result]:
    """``map(work, items)`` in order, with one result worked ahead in a second thread.

    ``items`` is read in the caller's thread, because an agency's connection may belong to it. At most two items are
    held. An error of ``work`` is raised where its result would have come.
    """
    with ThreadPoolExecutor(max_workers=1) as worker:
        last: Future[Result] | None = None
        for item in items:
            following = worker.submit(work, item)
            if last is not None:
                yield last.result()
            last = following
        if last is not None:
            yield last.result()
