"""What cannot be true is told, and no other finding or figure is built on it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from hub.rules.compensation import CaseStandings
from hub.rules.entitlement.compute import Entitlements
from tests.rules.found import Facts, found
from tests.rules.office import Office, entry
from tests.rules.records import bring
from tests.rules.test_entitlement_worked import AS_OF, LONG, QUARTER, collected, loan, paid

BORN = date(1970, 5, 1)
PERSON = {"person_id": "P1", "household_id": "H1", "identity_number": "i", "birth_date": BORN, "is_main_labour": True}
DEATH = {"event_id": "E1", "person_id": "P1", "household_id": "H1", "kind": "DEATH"}
BUILT_ON_DEATHS = ("Q12", "Q13", "Q14", "Q15")


@pytest.mark.parametrize(
    ("died_on", "codes"),
    [(date(1970, 4, 30), ["W30"]), (date(2018, 1, 5), ["Q12", "Q14", "Q15"])],
)
def test_a_death_before_birth_is_told_and_nothing_is_built_on_it(
    office: Office, died_on: date, codes: list[str]
) -> None:
    facts: Facts = {
        "household": [{"household_id": "H1"}],
        "person": [PERSON],
        "risk_event": [DEATH | {"occurred_on": died_on}],
        "loan": [loan(balance=1)],
        "interest_collection": [collected(1, *LONG.values()), collected(2, *QUARTER.values())],
        "subsidy_payment": [paid(1, 606_94, *LONG.values())],
    }
    bring(office, facts)
    office.compute([Entitlements()], as_of=AS_OF)
    rows = found(office, (*BUILT_ON_DEATHS, "W30"), {}, AS_OF)
    assert [code for code, _, _ in rows] == codes
    faults = office.rows("select kind from computed.payment_fault where kind = 'AFTER_DEATH'")
    assert faults == ([("AFTER_DEATH",)] if died_on > BORN else [])


def test_a_death_before_birth_is_no_ground_for_a_compensation(office: Office) -> None:
    case: dict[str, Any] = {"case_id": "C1", "loan_id": "L1", "household_id": "H1", "trigger": "DEATH", "state": "PAID"}
    case |= {"applied_on": date(2018, 6, 1), "paid_on": date(2018, 7, 1), "principal_loss": 100, "amount": 100}
    office.decide(entry("compensation_trigger_days", "90", "number"))
    bring(
        office,
        {
            "person": [PERSON],
            "risk_event": [DEATH | {"occurred_on": date(1970, 4, 30)}],
            "loan": [loan(balance=1)],
            "compensation_case": [case],
        },
    )
    office.compute([CaseStandings()], as_of=AS_OF)
    assert office.rows("select basis, event_id from computed.case_standing") == [("NONE", None)]


def test_a_payment_for_a_period_the_loan_does_not_have_is_a_finding_of_the_whole_sum(office: Office) -> None:
    # A year before the loan was paid out: no day of it is entitled to anything.
    facts: Facts = {
        "household": [{"household_id": "H1"}],
        "loan": [loan()],
        "interest_collection": [collected(1, *LONG.values())],
        "subsidy_payment": [paid(1, 606_94, *LONG.values()), paid(2, 500_00, date(2016, 6, 21), date(2016, 9, 20))],
    }
    bring(office, facts)
    office.compute([Entitlements()], as_of=AS_OF)
    assert found(office, ("Q02",), {}, AS_OF) == [("Q02", "L1", "HIGH")]
    assert office.rows("select amount from computed.finding where rule_code = 'Q02'") == [(500_00,)]
    assert office.rows("select kind, amount from computed.payment_fault") == [("NO_PERIOD", 500_00)]


def test_a_share_missing_for_the_date_gives_no_amount_and_no_finding_of_one(office: Office) -> None:
    # Signed after 2020, when the city has set no share: the period says so, and nobody is told of a wrong sum.
    signed = {"disbursed_on": date(2021, 1, 5), "due_on": date(2024, 1, 5)}
    period = (date(2021, 1, 5), date(2021, 3, 20))
    facts: Facts = {
        "household": [{"household_id": "H1"}],
        "loan": [loan(**signed)],
        "interest_collection": [collected(1, *period)],
        "subsidy_payment": [paid(1, 606_94, *period)],
    }
    bring(office, facts)
    office.compute([Entitlements()], as_of=date(2021, 6, 30))
    assert office.rows("select amount, verdict, missing_parameter from computed.entitlement order by settled_on")[
        :1
    ] == [(None, "NOT_CONFIGURED", "subsidy_share")]
    assert found(office, ("Q01", "Q02", "Q41"), {}, date(2021, 6, 30)) == []
