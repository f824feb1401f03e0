"""What came before as it is need not be judged again, and nothing ends otherwise for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from hub.catalog.dataset import Agency, Dataset
from hub.sync import contract, remembered
from hub.sync.handover import Batch, CheckedBatch, RunReport
from tests.sync.hub import Hub
from tests.sync.invented import InventedDelivery, Row, household

HOUSEHOLDS = [household(serial) for serial in range(1, 6)]


def deliver(hub: Hub, rows: Sequence[Row], **others: object) -> RunReport:
    return hub.sync(Agency.RELIEF, [InventedDelivery("household", rows, **others)])  # type: ignore[arg-type]  # a test's


@contextmanager
def counting(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """How many rows each judgement gets to see."""
    judged: list[int] = []
    real = contract.check_together

    def check(dataset: Dataset, batches: Sequence[Batch], *, source: str) -> list[CheckedBatch]:
        judged.append(sum(batch.rows.height for batch in batches))
        return real(dataset, batches, source=source)

    with monkeypatch.context() as patch:
        patch.setattr(contract, "check_together", check)
        yield judged


def counts(report: RunReport) -> tuple[int, int, int, int]:
    merged = report.balances[0].merged
    return merged.inserted, merged.changed, merged.unchanged, merged.withdrawn


def test_only_rows_whose_text_is_new_are_judged(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(hub, HOUSEHOLDS)
    changed = [HOUSEHOLDS[0] | {"head_name": "李四"}, *HOUSEHOLDS[1:], household(9)]
    with counting(monkeypatch) as judged:
        report = deliver(hub, changed)
    assert sum(judged) == 2
    assert report.balances[0].staged.fetched == report.balances[0].staged.accepted == 6
    assert counts(report) == (1, 1, 4, 0)
    assert hub.said("household")[("H0001",)]["head_name"] == "李四"


def test_a_row_that_is_missing_is_withdrawn_though_the_others_were_passed_over(hub: Hub) -> None:
    deliver(hub, HOUSEHOLDS)
    assert counts(deliver(hub, HOUSEHOLDS[:3])) == (0, 0, 3, 2)
    assert set(hub.said("household")) == {("H0001",), ("H0002",), ("H0003",)}
    assert counts(deliver(hub, HOUSEHOLDS)) == (2, 0, 3, 0)


def test_a_row_against_a_remembered_one_puts_both_aside(hub: Hub) -> None:
    deliver(hub, HOUSEHOLDS)
    report = deliver(hub, [*HOUSEHOLDS, HOUSEHOLDS[0] | {"head_name": "李四"}])
    assert report.balances[0].staged.quarantined == 2
    assert counts(report) == (0, 0, 4, 0)
    assert {entry[3] for entry in hub.open_entries()} == {"CONFLICTING_KEY"}


def test_a_remembered_row_that_comes_twice_counts_once(hub: Hub) -> None:
    deliver(hub, HOUSEHOLDS)
    report = deliver(hub, [*HOUSEHOLDS, HOUSEHOLDS[0]])
    assert report.balances[0].staged.quarantined == 1
    assert counts(report) == (0, 0, 5, 0)
    assert [entry[3] for entry in hub.open_entries()] == ["DUPLICATE_ROW"]


def test_rows_in_another_order_and_spelling_keep_their_records(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(hub, HOUSEHOLDS)
    before = hub.records("household")
    spelt = [HOUSEHOLDS[4] | {"registered_on": "2016/1/1"}, *reversed(HOUSEHOLDS[:4])]
    assert counts(deliver(hub, spelt)) == (0, 0, 5, 0)
    assert hub.records("household") == before
    with counting(monkeypatch) as judged:
        assert counts(deliver(hub, spelt)) == (0, 0, 5, 0)
    assert sum(judged) == 0


def test_records_are_found_again_however_their_places_arrive(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(hub, HOUSEHOLDS)
    changed = [row | {"head_name": "李四"} for row in reversed(HOUSEHOLDS)]
    with monkeypatch.context() as patch:
        patch.setattr(remembered, "_MOUTHFUL_BYTES", 1)
        deliver(hub, changed)
    with counting(monkeypatch) as judged:
        assert counts(deliver(hub, changed)) == (0, 0, 5, 0)
    assert sum(judged) == 0


def test_of_more_rows_than_may_be_held_none_is_remembered(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "_MOST_ROWS", 4)
    for _ in range(2):
        deliver(hub, HOUSEHOLDS)
        assert hub.rows("select octet_length(digests) from sync.remembered where dataset = 'household'") == [(0,)]
    with counting(monkeypatch) as judged:
        assert counts(deliver(hub, HOUSEHOLDS)) == (0, 0, 5, 0)
    assert sum(judged) == 5


def test_beside_a_control_total_every_row_is_added_up(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(hub, HOUSEHOLDS, batch_rows=2)
    with counting(monkeypatch) as judged:
        deliver(hub, HOUSEHOLDS, batch_rows=2, totals={"size_declared": "15"})
    assert sum(judged[-1:]) == 5


def test_a_record_somebody_else_removed_is_brought_back(hub: Hub) -> None:
    deliver(hub, HOUSEHOLDS)
    with hub.database.connect() as connection:
        connection.execute("delete from record.household where household_id = 'H0002'")
    assert counts(deliver(hub, HOUSEHOLDS))[0] == 1
