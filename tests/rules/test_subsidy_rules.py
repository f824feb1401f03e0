"""The rules about subsidies judge by the entitlement: lawful counting is no fault, a short payment is one."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from hub.rules.entitlement.compute import Entitlements
from hub.rules.findings import Findings
from schema.rules import FACTS, RULES
from tests.rules.office import Office
from tests.rules.records import bring
from tests.rules.test_entitlement_worked import AS_OF, LONG, QUARTER, collected, loan, paid
from tests.support.database import COUNTY

DATASETS = (
    *("household", "person", "risk_event", "loan", "extension"),
    *("interest_collection", "subsidy_payment", "repayment"),
)
JUDGED = ("Q01", "Q02", "Q05", "Q06", "Q41")


def found(office: Office, payments: list[dict[str, Any]], **others: Any) -> list[tuple[Any, ...]]:
    """Rule, loan and amount of every open finding about subsidies that were owed, or paid otherwise than owed."""
    run = bring(
        office,
        {
            "household": [{"household_id": "H1"}],
            "loan": [loan(**others)],
            "interest_collection": [collected(1, *LONG.values()), collected(2, *QUARTER.values())],
            "subsidy_payment": payments,
        },
    )
    with office.database.connect() as connection:
        for dataset in DATASETS:
            connection.execute(
                "insert into sync.dataset_run values (%s, %s, %s, 0, 0, 0, 0, 0, 0, 0, '', 0)", (COUNTY, run, dataset)
            )
    findings = Findings(RULES, FACTS)
    office.compute([Entitlements(), findings], as_of=AS_OF)
    assert {judged.rule.code for judged in findings.judged if judged.has_run} >= set(JUDGED)
    return office.rows(
        "select rule_code, loan_id, amount from computed.finding where state <> 'CLOSED' and rule_code in"
        f" {JUDGED} order by rule_code"
    )


@pytest.mark.parametrize(
    ("method", "long", "quarter"),
    [
        # 50,000.00 × 4.75 % × 92 ÷ 360 = 606.94; × 91 ÷ 360 = 600.35
        ("ACCUMULATED", 606_94, 600_35),
        # by full months from the 1st: 06-21 to 09-21 and on to 12-21 are three months each, 90 days: 593.75
        ("INSTALMENT", 593_75, 593_75),
    ],
)
def test_what_is_counted_by_either_lawful_method_is_no_fault(
    office: Office, method: str, long: int, quarter: int
) -> None:
    payments = [paid(1, long, *LONG.values()), paid(2, quarter, *QUARTER.values())]
    assert found(office, payments, interest_method=method) == []


def test_a_payment_that_covers_the_period_and_is_short_is_found(office: Office) -> None:
    # 600.35 are owed, 500.00 were paid on 41,642 yuan.
    payments = [paid(1, 606_94, *LONG.values()), paid(2, 500_00, *QUARTER.values(), principal=4_164_200)]
    assert found(office, payments) == [("Q01", "L1", 100_35)]


def test_an_amount_that_fits_neither_the_share_nor_its_own_figures_is_a_wrong_share(office: Office) -> None:
    # Days, rate and principal are right, and 70 % of 600.35 were paid where the policy says all of it.
    payments = [paid(1, 606_94, *LONG.values()), paid(2, 420_25, *QUARTER.values())]
    assert found(office, payments) == [("Q01", "L1", 180_10), ("Q05", "L1", -180_10)]


def test_what_was_paid_twice_is_over_only_by_the_rule_meant_for_it(office: Office) -> None:
    payments = [
        *(paid(1, 606_94, *LONG.values()), paid(2, 600_35, *QUARTER.values())),
        paid(3, 600_35, *QUARTER.values(), paid_on=date(2019, 5, 1)),
    ]
    assert found(office, payments) == []
    assert office.rows("select rule_code, amount from computed.finding where rule_code = 'Q03'") == [("Q03", 600_35)]


def test_what_was_paid_three_times_is_reclaimed_twice(office: Office) -> None:
    again = [paid(n, 600_35, *QUARTER.values(), paid_on=date(2019, n, 1)) for n in (3, 4)]
    assert found(office, [paid(1, 606_94, *LONG.values()), paid(2, 600_35, *QUARTER.values()), *again]) == []
    rows = office.rows("select amount, days from computed.finding where rule_code = 'Q03'")
    assert rows == [(2 * 600_35, 2 * 91)]


def test_the_last_period_of_a_settled_loan_that_was_not_paid_is_found(office: Office) -> None:
    assert found(office, [paid(1, 606_94, *LONG.values())], balance=0, settled_on=date(2018, 12, 20)) == [
        ("Q01", "L1", 600_35),
        ("Q41", "L1", 600_35),
    ]
