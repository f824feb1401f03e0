"""A runner in a process of its own, so that it can be killed; started by tests/sync/test_fault_matrix.py."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import psycopg

from hub.catalog.dataset import Agency
from hub.sync.handover import Due
from hub.sync.run import sync_agency
from schema import CATALOGUE
from schema.ledger import LEDGER
from tests.support.database import COUNTY
from tests.sync.invented import InventedAgency, InventedDelivery

Point = tuple[str, str | None, bool]  # step, dataset, whether at its end


class AtPoint:
    """Does something once, where a step begins or ends."""

    def __init__(self, point: Point, act: Callable[[], None]) -> None:
        self.point = point
        self.act = act
        self.reached = False

    def delivery_started(self, name: str, expected_rows: int | None) -> None:
        pass

    def rows_fetched(self, name: str, rows: int) -> None:
        self._look("rows", None, at_end=False)

    def step_started(self, step: str, dataset: str | None) -> None:
        self._look(step, dataset, at_end=False)

    def step_finished(self, step: str, dataset: str | None, milliseconds: int) -> None:
        self._look(step, dataset, at_end=True)

    def _look(self, step: str, dataset: str | None, *, at_end: bool) -> None:
        if not self.reached and self.point == (step, dataset, at_end):
            self.reached = True
            self.act()


def sync_until(conninfo: str, deliveries: list[InventedDelivery], point: Point) -> None:
    """Sync, and die of SIGKILL at ``point``, as when the machine takes the memory back."""
    sync_agency(
        InventedAgency(Agency.BANK, deliveries),
        connect=lambda: psycopg.connect(conninfo),
        catalogue=CATALOGUE,
        ledger=LEDGER,
        county=COUNTY,
        due=Due(Agency.BANK, tuple({delivery.dataset for delivery in deliveries})),
        watch=AtPoint(point, lambda: os.kill(os.getpid(), signal.SIGKILL)),
    )
