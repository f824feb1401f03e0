"""Whatever is delivered in whatever order, the tables say what a few lines of Python say they should."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from psycopg.sql import SQL

from hub.catalog.dataset import Agency
from hub.storage.columns import record_columns
from hub.sync.handover import RunReport
from hub.sync.reconcile import digest_of
from hub.sync.statements import content, record
from schema import CATALOGUE
from tests.support.database import COUNTY
from tests.sync.hub import Hub
from tests.sync.invented import InventedDelivery, Row, household, identity_number, loan, person, repayment

DATASETS = ("household", "person", "loan", "repayment")
VILLAGES = ("522301001001", "522301001002", "522301002001")
SMALL = st.integers(1, 4)

# What an agency delivers: for each dataset, the attribute that matters here by the row's serial number.
relief = st.fixed_dictionaries(
    {
        "household": st.dictionaries(SMALL, st.sampled_from(VILLAGES), min_size=1),
        "person": st.dictionaries(SMALL, st.tuples(SMALL, SMALL), min_size=1),  # household, identity
    }
)
bank = st.fixed_dictionaries(
    {
        # identity and balance; a balance of None is a cell nobody can read
        "loan": st.dictionaries(SMALL, st.tuples(SMALL, st.sampled_from([0, 1, 50000, None])), min_size=1),
        "repayment": st.dictionaries(SMALL, SMALL, min_size=1),  # loan
    }
)
Step = dict[str, dict[int, Any]]
steps = st.lists(relief | bank, min_size=1, max_size=6)


@dataclass
class Model:
    """The last good version of every row of the last delivery of each dataset."""

    said: Step = field(default_factory=lambda: {name: {} for name in DATASETS})

    def take(self, step: Step) -> None:
        for name, rows in step.items():
            former = self.said[name]
            good = {serial: row for serial, row in rows.items() if not _is_bad(name, row)}
            kept = {serial: former[serial] for serial in rows if serial not in good and serial in former}
            self.said[name] = kept | good

    def placed(self) -> dict[str, dict[str, tuple[str | None, str]]]:
        """Household and region of every row, by dataset and key."""
        villages = {f"H{serial:04d}": village for serial, village in self.said["household"].items()}
        of_identity: dict[int, str] = {}
        for _, (of_household, identity) in sorted(self.said["person"].items()):
            of_identity.setdefault(identity, f"H{of_household:04d}")
        loans: dict[str, tuple[str | None, str]] = {}
        for serial, (identity, _) in self.said["loan"].items():
            found = of_identity.get(identity)
            loans[f"L{serial:04d}"] = (found, villages.get(found or "", COUNTY))
        return {
            "household": {key: (key, village) for key, village in villages.items()},
            "person": {
                f"P{serial:04d}": (f"H{of:04d}", villages.get(f"H{of:04d}", COUNTY))
                for serial, (of, _) in self.said["person"].items()
            },
            "loan": loans,
            "repayment": {
                f"R{serial:04d}": loans.get(f"L{of:04d}", (None, COUNTY))
                for serial, of in self.said["repayment"].items()
            },
        }


def _is_bad(name: str, row: Any) -> bool:
    return name == "loan" and row[1] is None


def _rows(name: str, rows: dict[int, Any]) -> list[Row]:
    if name == "household":
        return [household(serial, village) for serial, village in rows.items()]
    if name == "person":
        return [
            person(serial, of, identity_number=identity_number(identity)) for serial, (of, identity) in rows.items()
        ]
    if name == "loan":
        return [
            loan(serial, identity, balance="?" if balance is None else str(balance))
            for serial, (identity, balance) in rows.items()
        ]
    return [repayment(serial, of) for serial, of in rows.items()]


def deliver(hub: Hub, step: Step) -> RunReport:
    agency = Agency.RELIEF if "household" in step else Agency.BANK
    return hub.sync(agency, [InventedDelivery(name, _rows(name, rows), batch_rows=2) for name, rows in step.items()])


def states(hub: Hub) -> dict[str, Any]:
    return {name: hub.said(name) for name in DATASETS}


def replayed(hub: Hub, run_id: int) -> dict[str, Any]:
    """What the tables said after ``run_id``, from record and history alone."""
    found: dict[str, Any] = {}
    for name in DATASETS:
        versions = [*hub.records(name).values(), *hub.history(name)]
        then = [row for row in versions if row["recorded_in"] <= run_id < row.get("superseded_in", run_id + 1)]
        columns = [column for column in record_columns(CATALOGUE[name]) if column in next(iter([*then, {}]))]
        shown = [column for column in columns if column not in {"source_part", "source_row", "recorded_in"}]
        keys = [tuple(row[part] for part in CATALOGUE[name].key) for row in then]
        assert len(set(keys)) == len(keys), "two versions at one time"
        found[name] = {key: {column: row[column] for column in shown} for key, row in zip(keys, then, strict=True)}
    return found


def check_counts(report: RunReport, step: Step) -> None:
    for balance in report.balances:
        staged, merged = balance.staged, balance.merged
        rows = step[staged.dataset]
        assert staged.fetched == len(rows)
        assert staged.quarantined == sum(_is_bad(staged.dataset, row) for row in rows.values())
        assert staged.fetched == staged.accepted + staged.quarantined
        assert merged.inserted + merged.changed + merged.unchanged == staged.accepted


def check_digest(hub: Hub, report: RunReport) -> None:
    """The digest kept by difference is the one counted afresh."""
    for balance in report.balances:
        dataset = CATALOGUE[balance.staged.dataset]
        with hub.database.connect() as connection:
            query = SQL("select {} from {} r").format(content(dataset, "r"), record(dataset.name))
            counted = connection.execute(query).fetchone()
        assert counted is not None
        assert balance.content_digest == digest_of(int(str(counted[0])))


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(given_steps=steps)
def test_any_deliveries_in_any_order_end_as_the_model_says_and_can_be_replayed(
    hub: Hub, given_steps: list[Step]
) -> None:
    hub.empty()
    model, after = Model(), {}
    for step in given_steps:
        report = deliver(hub, step)
        model.take(step)
        check_counts(report, step)
        check_digest(hub, report)
        now = states(hub)
        found = {
            name: {key[0]: (row["household_id"], row["region"]) for key, row in rows.items()}
            for name, rows in now.items()
        }
        assert found == model.placed()
        assert {key[0]: row["balance"] for key, row in now["loan"].items()} == {
            f"L{serial:04d}": balance * 100 for serial, (_, balance) in model.said["loan"].items()
        }
        after[report.run_id] = now
    for run_id, state in after.items():
        assert replayed(hub, run_id) == state


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=relief, second=bank)
def test_two_agencies_end_the_same_whoever_comes_first(hub: Hub, first: Step, second: Step) -> None:
    ends = []
    for order in ((first, second), (second, first)):
        hub.empty()
        for step in order:
            deliver(hub, step)
        ends.append(states(hub))
    assert ends[0] == ends[1]


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(step=relief | bank)
def test_delivering_twice_is_delivering_once(hub: Hub, step: Step) -> None:
    hub.empty()
    deliver(hub, step)
    once = ({name: hub.records(name) for name in DATASETS}, hub.open_entries())
    report = deliver(hub, step)
    assert ({name: hub.records(name) for name in DATASETS}, hub.open_entries()) == once
    assert all(not balance.merged.touched for balance in report.balances)
    assert report.replaced == {}
