"""A delivery that brings only what changed withdraws nothing, and the next one begins where it ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from hub.catalog.dataset import Agency
from hub.errors import HubError
from hub.sync import journal
from hub.sync.handover import RunReport
from hub.sync.lineage import cursors
from tests.support.database import COUNTY
from tests.sync.hub import Hub
from tests.sync.invented import InventedDelivery, Row, household

HOUSEHOLDS = [household(serial) for serial in range(1, 6)]


@dataclass
class Changed(InventedDelivery):
    is_part: bool = True
    cursor: str | None = "here"


def counts(report: RunReport) -> tuple[int, int, int, int]:
    merged = report.balances[0].merged
    return merged.inserted, merged.changed, merged.unchanged, merged.withdrawn


def whole(hub: Hub, rows: Sequence[Row]) -> RunReport:
    return hub.sync(Agency.RELIEF, [InventedDelivery("household", rows)])


def changed(hub: Hub, rows: Sequence[Row], cursor: str = "here") -> RunReport:
    return hub.sync(Agency.RELIEF, [Changed("household", rows, cursor=cursor)])


def kept(hub: Hub) -> dict[str, str]:
    with hub.connect() as connection:
        journal.claim(connection, COUNTY)
        return cursors(connection, COUNTY, Agency.RELIEF)


def test_what_a_part_leaves_out_stays_and_what_comes_twice_is_unchanged(hub: Hub) -> None:
    whole(hub, HOUSEHOLDS)
    part = [HOUSEHOLDS[0] | {"head_name": "李四"}, household(9)]
    assert counts(changed(hub, part)) == (1, 1, 0, 0)
    assert counts(changed(hub, part)) == (0, 0, 2, 0)
    assert counts(changed(hub, [])) == (0, 0, 0, 0)
    assert len(hub.said("household")) == 6


def test_a_part_leaves_no_stale_memory_to_the_next_whole_delivery(hub: Hub) -> None:
    whole(hub, HOUSEHOLDS)
    whole(hub, HOUSEHOLDS)
    changed(hub, [HOUSEHOLDS[0] | {"head_name": "李四"}])
    assert counts(whole(hub, HOUSEHOLDS[:4])) == (0, 1, 3, 1)
    assert hub.said("household")[("H0001",)]["head_name"] == HOUSEHOLDS[0]["head_name"]


def test_beside_a_part_a_whole_delivery_in_the_same_run_withdraws_nothing(hub: Hub) -> None:
    whole(hub, HOUSEHOLDS)
    both = [InventedDelivery("household", HOUSEHOLDS[:2]), Changed("household", [household(9)], name="later")]
    assert counts(hub.sync(Agency.RELIEF, both)) == (1, 0, 2, 0)


def test_the_cursor_is_kept_with_the_rows_or_not_at_all(hub: Hub) -> None:
    changed(hub, HOUSEHOLDS, "first")
    assert kept(hub) == {"household": "first"}
    hub.sync(Agency.RELIEF, [Changed("household", [household(9)], cursor="dry")], dry_run=True)
    with pytest.raises(HubError):
        hub.sync(Agency.RELIEF, [Changed("household", [household(9)], cursor="lost", totals={"size_declared": "77"})])
    assert kept(hub) == {"household": "first"}
    changed(hub, [], "second")
    assert kept(hub) == {"household": "second"}
