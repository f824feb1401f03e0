"""A constant changed in the SQL is found: the figures then differ from the clerk's."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import psycopg
import pytest

from hub.rules.entitlement import compute
from hub.rules.entitlement.compute import Entitlements
from hub.rules.policy import PolicyBook
from schema.policy import POLICY
from tests.rules.entitlement_reference import Clerk, Facts
from tests.rules.office import Office, entry
from tests.rules.records import bring
from tests.rules.test_entitlement_worked import collected, loan, paid

AS_OF = date(2019, 6, 30)
_NAMES = ("days", "interest", "amount", "paid", "verdict")
_FACTS = Facts(
    loan=[
        loan(loan_id="L0", amount=3_000_000, disbursed_on=date(2017, 1, 5), interest_method="INSTALMENT"),
        loan(amount=4_000_000, due_on=date(2019, 2, 1)),
    ],
    repayment=[
        {
            "repayment_id": "R",
            "loan_id": "L0",
            "paid_on": date(2018, 10, 21),
            "principal": 3_000_000,
            "origin": "HOUSEHOLD",
        }
    ],
    extension=[
        {"extension_id": "X", "loan_id": "L1", "signed_on": date(2019, 2, 9), "extended_due_on": date(2020, 2, 1)}
    ],
    interest_collection=[
        collected(1, date(2018, 6, 21), date(2018, 12, 20)),
        collected(2, date(2018, 12, 21), date(2019, 3, 20)),
        collected(3, date(2018, 6, 21), date(2018, 10, 20)) | {"loan_id": "L0"},
    ],
    subsidy_payment=[paid(1, 607_29, date(2018, 6, 21), date(2018, 12, 20))],
)
_MUTANTS = [
    ("steps", "1000000::numeric", "1001000::numeric"),
    ("steps", "%(year_days)s", "365"),
    ("steps", "30 * months", "31 * months"),
    ("steps", "period_to + 1", "period_to"),
    ("steps", "cap - taken", "cap"),
    ("steps", "(%(settlement_day)s - 1)", "%(settlement_day)s"),
    ("steps", "x.signed_on, x.extended_due_on", "a.disbursed_on, x.extended_due_on"),
    ("steps", "-r.principal", "0"),
    ("steps", "round(sum(product) over steps", "floor(sum(product) over steps"),
    ("verdicts", "round(amount * cumulated / total)", "amount"),
    ("verdicts", "%(tolerance)s", "100000"),
]


def _agrees(office: Office) -> bool:
    office.decide(entry("cap_allocation", "EARLIEST_FIRST"))
    bring(office, vars(_FACTS))
    office.compute([Entitlements()], as_of=AS_OF)
    with office.as_rules() as connection:
        from hub.rules.policy import stored
        from tests.support.database import COUNTY

        clerk = Clerk(_FACTS, PolicyBook(POLICY, stored(connection, POLICY, COUNTY)), AS_OF)
    expected = {
        (item["loan_id"], settled_on): tuple(period[name] for name in _NAMES)
        for item in _FACTS.loan
        for settled_on, period in clerk.judged(item).items()
    }
    rows = office.rows(f"select loan_id, settled_on, {', '.join(_NAMES)} from computed.entitlement")
    return {(row[0], row[1]): row[2:] for row in rows} == expected


def test_the_sql_as_it_is_agrees_with_the_clerk(office: Office) -> None:
    assert _agrees(office)


@pytest.mark.parametrize(("file", "written", "changed"), _MUTANTS)
def test_a_changed_constant_is_found(
    office: Office, monkeypatch: pytest.MonkeyPatch, file: str, written: str, changed: str
) -> None:
    real = compute._sql

    def mutated(name: str) -> bytes:
        text = real(name).decode()
        if name == file:
            assert written in text, "this mutant's text is gone"
            text = text.replace(written, changed)
        return text.encode()

    monkeypatch.setattr(compute, "_sql", mutated)
    # Two steps or periods under one key are found by the table itself.
    with suppress(psycopg.errors.UniqueViolation):
        assert not _agrees(office)
