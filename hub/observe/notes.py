"""What connectors note while they read: files left aside, hidden sheets, rows that are no data. Never a row's value."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_CONNECTORS = logging.getLogger("connectors")


class _Teller(logging.Handler):
    def __init__(self, tell: Callable[[str], None]) -> None:
        super().__init__(logging.INFO)
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        self._tell(record.getMessage())


@contextmanager
def noted(tell: Callable[[str], None]) -> Iterator[None]:
    """Tell each note in a line of its own; without this only warnings are seen."""
    teller, level = _Teller(tell), _CONNECTORS.level
    _CONNECTORS.addHandler(teller)
    _CONNECTORS.setLevel(logging.INFO)
    try:
        yield
    finally:
        _CONNECTORS.removeHandler(teller)
        _CONNECTORS.setLevel(level)
