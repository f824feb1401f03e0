"""Where identity meets its tables: short transactions of a role of its own, for one county."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from hub.storage.authority import Connection
from hub.storage.server import connect


@dataclass(frozen=True, slots=True)
class Desk:
    """Opens a transaction when there is something to do: that is seldom, and seldom for long."""

    conninfo: str
    county: str

    @contextmanager
    def open(self) -> Iterator[Connection]:
        """One transaction. Raises ``DatabaseError`` if there is no connection."""
        with connect(self.conninfo) as connection:
            connection.execute("select set_config('hub.county', %s, false)", (self.county,))
            yield connection
