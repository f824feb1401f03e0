"""A round that is left out, or a constant of the rounds that is changed, is found: other findings are then left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

import pytest

from hub.catalog.policy import Level, Setting
from hub.catalog.rule import RuleBook
from hub.rules import findings, rounds
from hub.rules.entitlement.compute import Entitlements
from hub.rules.findings import Findings
from hub.rules.policy import store
from hub.rules.rounds import Round
from hub.rules.work import RuleWork
from schema import CATALOGUE
from schema.policy import POLICY
from schema.rules import FACTS, RULES
from tests.rules.office import Office
from tests.rules.records import bring, rewrite
from tests.rules.test_findings_by_change import POLICIES, Rows, _standing
from tests.support.database import COUNTY

AS_OF = date(2020, 6, 1)
_ROUNDS = ("everything", "touched", "recounted", "a new day")


def _loan(serial: int, **more: object) -> dict[str, object]:
    name = f"L{serial}"
    of_loan: dict[str, object] = {
        "loan_id": name,
        "household_id": f"H{serial}",
        "borrower_identity_number": f"ID{serial}",
    }
    terms = {"amount": 1_000_000, "balance": 1_000_000, "rate": 43_500, "disbursed_on": date(2019, 8, 1)}
    return of_loan | terms | {"due_on": date(2020, 8, 1), "disbursement_account": f"A{serial}"} | more


def _world() -> Rows:
    """Nobody was visited; the second loan will be rewritten, the third one's subsidy late, the fourth due soon.

    The first two were paid out to one account.
    """
    settled = {"settled_on": date(2020, 3, 20), "balance": 0, "status": "SETTLED", "interest_method": "INSTALMENT"}
    collected = {"loan_id": "L3", "household_id": "H3", "collection_id": "C", "collected_on": date(2020, 3, 20)}
    return {
        "household": [{"household_id": f"H{serial}", "registered_on": date(2015, 1, 1)} for serial in range(1, 5)],
        "person": [
            {"person_id": f"P{n}", "household_id": f"H{n}", "identity_number": f"ID{n}", "birth_date": date(1980, 1, 1)}
            for n in range(1, 5)
        ],
        "loan": [
            _loan(1),
            _loan(2, disbursement_account="A1"),
            _loan(3, **settled),
            _loan(4, disbursed_on=date(2020, 5, 1), due_on=AS_OF + timedelta(days=95)),
        ],
        "repayment": [
            {"repayment_id": "R", "loan_id": "L3", "household_id": "H3"}
            | {"paid_on": date(2020, 3, 20), "principal": 1_000_000}
        ],
        "interest_collection": [collected | {"period_from": date(2019, 12, 21), "period_to": date(2020, 3, 20)}],
    }


def _begin(office: Office) -> None:
    late = Setting("subsidy_payment_days", 80, date(2015, 1, 1), None, Level.COUNTY, "d")
    with office.as_rules() as connection, connection.transaction():
        store(connection, POLICY, COUNTY, [*POLICIES, late])
    _delivered(office, bring(office, _world()), but="visit")
    _compute(office, AS_OF)


def _delivered(office: Office, run: int, *, but: str = "") -> None:
    with office.database.connect() as connection:
        for dataset in CATALOGUE.delivered():
            if dataset.name != but:
                connection.execute(
                    "insert into sync.dataset_run values (%s, %s, %s, 0, 0, 0, 0, 0, 0, 0, '', 0)",
                    (COUNTY, run, dataset.name),
                )


def _compute(office: Office, as_of: date, version: str = "") -> None:
    office.compute([Entitlements(), Findings(RULES, FACTS)], as_of=as_of, version=version)


def _later(office: Office, what: str) -> date:
    """Let ``what`` of the world change that calls for one round only; the day on which it is judged."""
    if what == "everything":
        _delivered(office, bring(office, {}))  # visits, and nobody was visited
        return AS_OF
    if what == "touched":
        # Longer than any loan may run; and the account that two shared is now of one alone, who is not touched.
        rewrite(office, "L2", {"loan": [_loan(2, due_on=date(2029, 8, 1), disbursement_account="A5")]})
        return AS_OF
    return AS_OF + timedelta(days=10)


def _agrees(office: Office, what: str) -> bool:
    as_of = _later(office, what)
    _compute(office, as_of)
    left = _standing(office)
    _compute(office, as_of, version="anew")
    return left == _standing(office)


@pytest.mark.parametrize("what", ["everything", "touched", "a new day"])
def test_the_rounds_as_they_are_leave_what_a_run_over_everything_leaves(office: Office, what: str) -> None:
    _begin(office)
    before = _standing(office)
    assert _agrees(office, what)
    assert _standing(office) != before


@pytest.mark.parametrize("left_out", _ROUNDS)
def test_a_round_that_is_left_out_is_found(office: Office, monkeypatch: pytest.MonkeyPatch, left_out: str) -> None:
    real = rounds.rounds

    def fewer(work: RuleWork, rules: RuleBook, able: Mapping[str, str]) -> Iterator[Round]:
        yield from (turn for turn in real(work, rules, able) if work.whole or turn.name != left_out)

    _begin(office)
    monkeypatch.setattr(findings, "rounds", fewer)
    assert not _agrees(office, left_out)


@pytest.mark.parametrize(
    ("what", "written", "changed"),
    [
        ("touched", "other.group_key = f.group_key", "other.household_id = f.household_id"),
        ("a new day", "l.balance > 0", "l.balance > 1000000"),
    ],
)
def test_a_changed_constant_of_a_round_is_found(
    office: Office, monkeypatch: pytest.MonkeyPatch, what: str, written: str, changed: str
) -> None:
    scopes = rounds._scopes()
    assert written in scopes[what], "this mutant's text is gone"
    monkeypatch.setattr(rounds, "_scopes", lambda: scopes | {what: scopes[what].replace(written, changed)})
    _begin(office)
    assert not _agrees(office, what)
