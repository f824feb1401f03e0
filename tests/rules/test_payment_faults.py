"""Each thing that can be wrong with a payment, planted beside a payment that is right."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from hub.rules.entitlement.compute import Entitlements
from tests.rules.office import Office, entry
from tests.rules.records import bring, rewrite
from tests.rules.test_entitlement_worked import AS_OF, LONG, QUARTER, collected, loan, paid

GOOD = paid(0, 606_94, *LONG.values(), account_number="A", paid_on=date(2018, 10, 1))


def _facts(*payments: dict[str, Any], **others: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    person = {"person_id": "P1", "household_id": "H1", "identity_number": "i"}
    return {
        "household": [{"household_id": "H1"}],
        "person": [person],
        "loan": [loan(disbursement_account="A")],
        "interest_collection": [collected(1, *LONG.values()), collected(2, *QUARTER.values())],
        "subsidy_payment": [GOOD, *payments],
    } | others


def _found(office: Office) -> list[tuple[Any, ...]]:
    return office.rows("select voucher_number, kind, amount from computed.payment_fault order by voucher_number, kind")


def _second(amount: int = 600_35, **others: Any) -> dict[str, Any]:
    return paid(1, amount, *QUARTER.values(), account_number="A", paid_on=date(2019, 1, 10)) | others


@pytest.mark.parametrize(
    ("payment", "others", "kind", "amount"),
    [
        (_second(account_number="B"), {}, "OTHER_ACCOUNT", 600_35),
        # 6.00 % instead of 4.75 %: of 758.33, 1.25 ÷ 6 is too much: 157.99
        (_second(758_33, rate=60_000), {}, "WRONG_RATE", 157_99),
        # counted on 60,000 where 50,000 were owed: a sixth of 720.42
        (_second(720_42, principal=6_000_000), {}, "TOO_MUCH_PRINCIPAL", 120_07),
        (_second(loan_id="L9"), {}, "NO_LOAN", 600_35),
        # removed on 2018-12-01: the last 20 of 91 days, 600.35 × 20 ÷ 91 = 131.95
        (_second(), {"household": [{"household_id": "H1", "removed_on": date(2018, 12, 1)}]}, "AFTER_EXIT", 131_95),
        # died on 2018-11-30: the same days
        (
            _second(),
            {"risk_event": [{"event_id": "E", "person_id": "P1", "occurred_on": date(2018, 11, 30)}]},
            "AFTER_DEATH",
            131_95,
        ),
        # 46 of its 92 days (08-06 to 09-20) are those of the first payment: half of 606.94
        (
            _second(606_94, period_from=date(2018, 8, 6), period_to=date(2018, 11, 5)),
            {},
            "DOUBLE",
            303_47,
        ),
        # due on 2018-12-01: 20 of 91 days are after maturity
        (
            _second(),
            {"loan": [loan(disbursement_account="A", due_on=date(2018, 12, 1))]},
            "ON_OVERDUE",
            131_95,
        ),
        # nothing was collected after 2018-12-20
        (
            _second(593_75, period_from=date(2018, 12, 21), period_to=date(2019, 3, 20)),
            {},
            "NOT_COLLECTED",
            593_75,
        ),
        # before the loan was paid out
        (_second(100_00, period_from=date(2016, 6, 21), period_to=date(2016, 9, 20)), {}, "NO_PERIOD", 100_00),
    ],
)
def test_what_is_wrong_with_a_payment_is_named_with_its_money(
    office: Office, payment: dict[str, Any], others: dict[str, list[dict[str, Any]]], kind: str, amount: int
) -> None:
    bring(office, _facts(payment, **others))
    office.compute([Entitlements()], as_of=AS_OF)
    assert _found(office) == [("V1", kind, amount)]


def test_a_subsidy_on_principal_above_the_household_s_cap_is_named(office: Office) -> None:
    office.decide(entry("cap_allocation", "EARLIEST_FIRST"))
    earlier = loan(loan_id="L0", amount=3_000_000, disbursed_on=date(2017, 1, 5), disbursement_account="A")
    facts = _facts(_second(), loan=[earlier, loan(disbursement_account="A")])
    bring(office, facts)
    office.compute([Entitlements()], as_of=AS_OF)
    # 20,000 of 50,000 are within the cap: three fifths of each payment are too much.
    assert _found(office) == [("V0", "ABOVE_CAP", 364_16), ("V1", "ABOVE_CAP", 360_21)]


def test_payments_that_are_right_have_no_fault_and_one_put_right_loses_it(office: Office) -> None:
    bring(office, _facts(_second(account_number="B")))
    office.compute([Entitlements()], as_of=AS_OF)
    assert len(_found(office)) == 1
    rewrite(office, "L1", {"subsidy_payment": [GOOD, _second()]})
    office.compute([Entitlements()], as_of=AS_OF)
    assert _found(office) == []
