from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import psycopg
import pytest

from hub.catalog.dataset import Agency
from hub.errors import RuleError
from hub.rules.work import RuleWork
from hub.storage.roles import DatabaseRole
from tests.rules.office import Office, entry
from tests.support.database import COUNTY
from tests.sync.invented import InventedDelivery, household, loan, person, repayment


@dataclass
class Witness:
    """Notes what each run hands to a computation that reads ``reads``."""

    reads: frozenset[str] = frozenset({"loan", "repayment"})
    name: str = "witness"
    seen: list[tuple[bool, date, set[str], set[str]]] = field(default_factory=list)

    def compute(self, work: RuleWork) -> int:
        households, loans = (
            {str(key) for (key,) in work.connection.execute(text)}
            for text in ("select household_id from touched_household", "select loan_id from touched_loan")
        )
        self.seen.append((work.whole, work.as_of, households, loans))
        return len(households)


def _begin(office: Office) -> Witness:
    office.sync(
        Agency.RELIEF,
        [
            InventedDelivery("household", [household(1), household(2)]),
            InventedDelivery("person", [person(1, 1), person(2, 2)]),
        ],
    )
    office.sync(Agency.BANK, [InventedDelivery("loan", [loan(1, 1), loan(2, 2)])])
    witness = Witness()
    office.compute([witness])
    return witness


def test_a_first_run_redoes_everything_and_the_next_one_nothing(office: Office) -> None:
    witness = _begin(office)
    report = office.compute([witness])
    assert witness.seen == [(True, date(2019, 1, 5), set(), set())]
    assert (report.covered, report.whole, report.written) == (0, False, {"witness": 0})


def test_a_later_run_is_told_what_changed_and_the_day_the_books_are_of(office: Office) -> None:
    witness = _begin(office)
    office.sync(Agency.BANK, [InventedDelivery("repayment", [repayment(1, 2)])], due=["repayment"])
    office.compute([witness])
    assert witness.seen[-1] == (False, date(2020, 1, 5), {"H0002"}, {"L0002"})


def test_a_record_that_is_withdrawn_touches_its_household(office: Office) -> None:
    witness = _begin(office)
    office.sync(Agency.BANK, [InventedDelivery("loan", [loan(1, 1)])])
    office.compute([witness])
    assert witness.seen[-1][2:] == ({"H0002"}, {"L0002"})


def test_a_sync_run_that_commits_after_a_later_one_is_not_missed(office: Office) -> None:
    witness = _begin(office)
    office.sync(Agency.BANK, [InventedDelivery("repayment", [repayment(1, 2)])], due=["repayment"])
    with office.database.connect() as connection:
        # As if this run, begun first, had ended after the rules had seen one begun later.
        connection.execute("update sync.run set state = 'RUNNING' where run_id = (select max(run_id) from sync.run)")
        connection.execute(
            "insert into sync.run (county, agency, state, started_at) values (%s, 'BANK', 'DONE', now())", (COUNTY,)
        )
    office.compute([witness])
    with office.database.connect() as connection:
        connection.execute("update sync.run set state = 'DONE'")
    office.compute([witness])
    assert witness.seen[-1][2:] == ({"H0002"}, {"L0002"})


@pytest.mark.parametrize("change", ["policy", "rules", "day"])
def test_other_policy_rules_or_day_let_every_computation_run_again(office: Office, change: str) -> None:
    witness = _begin(office)
    if change == "policy":
        office.decide(entry("term_months", "24", "number"))
    office.compute(
        [witness], version="2" if change == "rules" else "", as_of=date(2020, 2, 1) if change == "day" else None
    )
    assert len(witness.seen) == 2
    assert witness.seen[-1][0] is (change != "day")


def test_a_computation_whose_records_did_not_change_is_left_alone(office: Office) -> None:
    witness = _begin(office)
    other = Witness(reads=frozenset({"enterprise"}))
    office.sync(Agency.BANK, [InventedDelivery("loan", [loan(1, 1), loan(2, 2, officer="甲")])])
    office.compute([witness, other])
    assert (len(witness.seen), len(other.seen)) == (2, 0)


def test_a_computation_that_fails_leaves_nothing_and_its_runs_stay_fresh(office: Office) -> None:
    witness = _begin(office)
    office.sync(Agency.BANK, [InventedDelivery("repayment", [repayment(1, 2)])], due=["repayment"])

    @dataclass
    class Failing(Witness):
        def compute(self, work: RuleWork) -> int:
            work.run("insert into rules.run (county) values ('x')")
            return 0

    with pytest.raises(RuleError) as refusal:
        office.compute([witness, Failing()])
    assert refusal.value.code == "RULES_DATABASE"
    office.compute([witness])
    assert witness.seen[-1][2:] == ({"H0002"}, {"L0002"})


def test_a_full_disk_is_told_as_one_and_what_to_do(office: Office) -> None:
    witness = _begin(office)
    office.sync(Agency.BANK, [InventedDelivery("repayment", [repayment(1, 2)])], due=["repayment"])

    @dataclass
    class Filling(Witness):
        def compute(self, work: RuleWork) -> int:
            work.run("do $$ begin raise 'could not extend file' using errcode = 'disk_full'; end $$")
            return 0

    with pytest.raises(RuleError) as refusal:
        office.compute([witness, Filling()])
    assert (refusal.value.code, refusal.value.message) == ("RULES_DATABASE", "The database's disk is full.")
    assert "Free space" in refusal.value.hint


def test_without_any_booking_there_is_no_day_to_judge_by(office: Office) -> None:
    with pytest.raises(RuleError) as refusal:
        office.compute([])
    assert refusal.value.code == "RULES_NOTHING_BOOKED"


@pytest.mark.parametrize(
    "statement",
    [
        "delete from record.loan",
        "update record.loan set amount = 1",
        "delete from history.loan",
        "update sync.run set state = 'DONE'",
        "update rollup.daily set overdue_loans = 0",
        "select raw_values from sync.quarantine",
        "delete from rules.covered",
    ],
)
def test_the_rules_cannot_touch_what_the_agencies_said(office: Office, statement: str) -> None:
    with office.as_rules() as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement.encode())


def test_the_rules_see_their_county_alone(office: Office) -> None:
    _begin(office)
    with office.database.connect(DatabaseRole.RULES, hub__county="522322") as connection:
        assert connection.execute("select count(*) from record.loan").fetchall() == [(0,)]
