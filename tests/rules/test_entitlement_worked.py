"""Cases worked out by hand; the arithmetic stands beside each figure."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from hub.rules.entitlement.compute import Entitlements
from tests.rules.office import Office, entry
from tests.rules.records import bring

AS_OF = date(2021, 6, 30)
QUARTER = {"period_from": date(2018, 9, 21), "period_to": date(2018, 12, 20)}  # 91 days
LONG = {"period_from": date(2018, 6, 21), "period_to": date(2018, 9, 20)}  # 92 days


def loan(**others: Any) -> dict[str, Any]:
    """50,000 yuan at 4.75 % for three years from 2017-03-01."""
    return {
        "loan_id": "L1",
        "household_id": "H1",
        "amount": 5_000_000,
        "rate": 47_500,
        "disbursed_on": date(2017, 3, 1),
        "due_on": date(2020, 3, 1),
        "interest_method": "ACCUMULATED",
    } | others


def collected(number: int, period_from: date, period_to: date, **others: Any) -> dict[str, Any]:
    return {
        "collection_id": f"I{number}",
        "loan_id": "L1",
        "period_from": period_from,
        "period_to": period_to,
        "collected_on": period_to,
    } | others


def paid(number: int, amount: int, period_from: date, period_to: date, **others: Any) -> dict[str, Any]:
    return {
        "voucher_number": f"V{number}",
        "household_id": "H1",
        "loan_id": "L1",
        "amount": amount,
        "principal": 5_000_000,
        "rate": 47_500,
        "period_from": period_from,
        "period_to": period_to,
    } | others


def computed(office: Office, facts: dict[str, list[dict[str, Any]]], as_of: date = AS_OF) -> dict[str, dict[str, Any]]:
    """The entitlements by settlement day."""
    bring(office, facts)
    office.compute([Entitlements()], as_of=as_of)
    names = ("amount", "interest", "days", "uncollected_days", "overdue_days", "paid", "verdict", "missing_parameter")
    rows = office.rows(f"select settled_on::text, {', '.join(names)} from computed.entitlement where loan_id = 'L1'")
    return {str(row[0]): dict(zip(names, row[1:], strict=True)) for row in rows}


def test_a_quarter_of_92_days_on_50_000_yuan_at_4_75_percent_is_606_94(office: Office) -> None:
    # 50,000.00 × 4.75 % × 92 ÷ 360 = 606.9444… → 606.94
    found = computed(office, {"loan": [loan()], "interest_collection": [collected(1, *LONG.values())]})
    assert (found["2018-09-20"]["days"], found["2018-09-20"]["amount"]) == (92, 606_94)


def test_a_loan_due_on_the_60th_day_of_the_quarter_is_subsidised_for_60_days_only(office: Office) -> None:
    # 2018-06-21 + 60 days = 2018-08-20: 50,000.00 × 4.75 % × 60 ÷ 360 = 395.8333… → 395.83; 32 days are overdue.
    facts = {"loan": [loan(due_on=date(2018, 8, 20))], "interest_collection": [collected(1, *LONG.values())]}
    found = computed(office, facts)["2018-09-20"]
    assert (found["days"], found["overdue_days"], found["amount"]) == (60, 32, 395_83)


def test_at_a_share_of_70_percent_it_is_277_08(office: Office) -> None:
    # 395.8333… × 70 % = 277.0833… → 277.08. Signed in 2021, so the share follows the day on which the interest arises.
    office.decide(entry("subsidy_share", "70", "%", "2021-01-01"))
    facts = {
        "loan": [loan(disbursed_on=date(2021, 6, 21), due_on=date(2021, 8, 20))],
        "interest_collection": [collected(1, date(2021, 6, 21), date(2021, 8, 19))],
        "repayment": [
            {"repayment_id": "R", "loan_id": "L1", "paid_on": date(2021, 8, 20), "principal": 5_000_000},
        ],
    }
    found = computed(office, facts, date(2021, 9, 30))["2021-09-20"]
    assert (found["interest"], found["amount"]) == (395_83, 277_08)


@pytest.mark.parametrize(
    ("method", "total"),
    [
        # 1,095 days from 2016-03-01 to 2019-02-28: 50,000.00 × 4.75 % × 1,095 ÷ 360 = 7,223.958… → 7,223.96
        ("ACCUMULATED", 7223_96),
        # three years: 50,000.00 × 4.75 % × 3 = 7,125.00
        ("INSTALMENT", 7125_00),
    ],
)
def test_three_years_by_accumulated_days_and_by_instalment(office: Office, method: str, total: int) -> None:
    facts = {
        "loan": [loan(disbursed_on=date(2016, 3, 1), due_on=date(2019, 3, 1), interest_method=method)],
        "interest_collection": [collected(1, date(2016, 3, 1), date(2019, 2, 28))],
        "repayment": [{"repayment_id": "R", "loan_id": "L1", "paid_on": date(2019, 3, 1), "principal": 5_000_000}],
    }
    found = computed(office, facts)
    assert len(found) == 13
    # Thirteen periods, each rounded to the fen, may differ by half a fen each.
    assert abs(sum(period["amount"] for period in found.values()) - total) <= 6
    exact = office.rows("select sum(base::numeric * rate * interest_days) / 360e6 from computed.entitlement_step")
    assert round(exact[0][0]) == total


def test_a_month_is_30_days_by_instalment_whatever_its_length(office: Office) -> None:
    # 2018-06-21 to 2018-09-20 are three full months: 50,000.00 × 4.75 % × 90 ÷ 360 = 593.75
    facts = {
        "loan": [loan(interest_method="INSTALMENT")],
        "interest_collection": [collected(1, *LONG.values())],
    }
    assert computed(office, facts)["2018-09-20"]["amount"] == 593_75


def test_a_household_s_cap_is_used_up_by_its_earlier_loan_first(office: Office) -> None:
    # The earlier loan owes 30,000, so 20,000 of the later one's 40,000 count, until the earlier is repaid on 10-21:
    # 20,000 × 4.75 % × 30 ÷ 360 = 79.1667; then 40,000 × 4.75 % × 61 ÷ 360 = 321.9444; together 401.11
    office.decide(entry("cap_allocation", "EARLIEST_FIRST"))
    earlier = loan(loan_id="L0", amount=3_000_000, disbursed_on=date(2017, 1, 5))
    facts = {
        "loan": [earlier, loan(amount=4_000_000)],
        "interest_collection": [collected(1, *QUARTER.values())],
        "repayment": [{"repayment_id": "R", "loan_id": "L0", "paid_on": date(2018, 10, 21), "principal": 3_000_000}],
    }
    assert computed(office, facts)["2018-12-20"]["amount"] == 401_11
    lines = office.rows(
        "select day_from::text, days, balance, taken, base, interest from computed.entitlement_step"
        " where loan_id = 'L1' and settled_on = '2018-12-20' order by step"
    )
    assert lines == [
        ("2018-09-21", 30, 4_000_000, 3_000_000, 2_000_000, 79_17),
        ("2018-10-21", 61, 4_000_000, 0, 4_000_000, 321_94),
    ]


def test_who_of_several_loans_comes_first_is_not_guessed(office: Office) -> None:
    earlier = loan(loan_id="L0", amount=3_000_000, disbursed_on=date(2017, 1, 5))
    facts = {"loan": [earlier, loan(amount=4_000_000)], "interest_collection": [collected(1, *QUARTER.values())]}
    found = computed(office, facts)["2018-12-20"]
    assert (found["amount"], found["verdict"], found["missing_parameter"]) == (None, "NOT_CONFIGURED", "cap_allocation")


def test_a_share_that_is_missing_for_the_date_is_named_and_nothing_is_guessed(office: Office) -> None:
    facts = {
        "loan": [loan(disbursed_on=date(2021, 1, 1), due_on=date(2022, 1, 1))],
        "interest_collection": [collected(1, date(2021, 1, 1), date(2021, 3, 20))],
    }
    found = computed(office, facts)["2021-03-20"]
    assert (found["amount"], found["verdict"], found["missing_parameter"]) == (None, "NOT_CONFIGURED", "subsidy_share")


def test_a_share_that_changes_within_a_period_splits_it(office: Office) -> None:
    # The period from 2023-12-21 to 2024-03-20: 11 days at 100 %, 80 days at 70 %.
    # 50,000 × 3.45 % ÷ 360 × (11 × 100 % + 80 × 70 %) = 4.791667 × 67 = 321.0417 → 321.04
    office.decide(entry("subsidy_share", "100", "%", "2021-01-01", "valid_to = 2023-12-31"))
    office.decide(entry("subsidy_share", "70", "%", "2024-01-01"))
    facts = {
        "loan": [loan(disbursed_on=date(2023, 1, 1), due_on=date(2025, 1, 1), rate=34_500)],
        "interest_collection": [collected(1, date(2023, 12, 21), date(2024, 3, 20))],
    }
    assert computed(office, facts, date(2024, 4, 1))["2024-03-20"]["amount"] == 321_04


def test_interest_that_was_not_collected_is_not_subsidised(office: Office) -> None:
    found = computed(office, {"loan": [loan()]}, date(2018, 10, 1))["2018-09-20"]
    assert (found["days"], found["uncollected_days"], found["amount"], found["verdict"]) == (0, 92, 0, "NOTHING")


def test_an_extension_signed_late_leaves_the_days_before_it_overdue(office: Office) -> None:
    # Due 08-20, extended on 08-30: 60 ordinary days, 10 overdue, 22 ordinary: 82 × 6.597222 = 540.97
    facts = {
        "loan": [loan(due_on=date(2018, 8, 20))],
        "extension": [
            {
                "extension_id": "X",
                "loan_id": "L1",
                "signed_on": date(2018, 8, 30),
                "extended_due_on": date(2019, 8, 20),
            }
        ],
        "interest_collection": [collected(1, *LONG.values())],
    }
    found = computed(office, facts)["2018-09-20"]
    assert (found["days"], found["overdue_days"], found["amount"]) == (82, 10, 540_97)


@pytest.mark.parametrize(
    ("payments", "verdict"),
    [
        ([606_94], "EVEN"),
        ([606_00], "EVEN"),  # within one yuan
        ([605_93], "SHORT"),
        ([608_00], "OVER"),
        ([606_94, 606_94], "OVER"),
        ([], "MISSING"),
    ],
)
def test_what_was_paid_is_compared_after_a_yuan_of_tolerance(office: Office, payments: list[int], verdict: str) -> None:
    rows = [paid(number, amount, *LONG.values()) for number, amount in enumerate(payments)]
    facts = {
        "loan": [loan()],
        "interest_collection": [collected(1, *LONG.values())],
        "subsidy_payment": rows,
    }
    assert computed(office, facts)["2018-09-20"]["verdict"] == verdict


def test_a_payment_for_a_period_that_does_not_exist_is_too_much(office: Office) -> None:
    facts = {"loan": [loan()], "subsidy_payment": [paid(1, 100_00, date(2016, 6, 21), date(2016, 9, 20))]}
    found = computed(office, facts)["2016-09-20"]
    assert (found["amount"], found["paid"], found["verdict"]) == (0, 100_00, "OVER")


def test_a_subsidy_that_is_not_due_to_be_paid_yet_is_waited_for(office: Office) -> None:
    office.decide(entry("subsidy_payment_days", "60", "number"))
    facts = {"loan": [loan()], "interest_collection": [collected(1, *LONG.values())]}
    assert computed(office, facts, date(2018, 11, 19))["2018-09-20"]["verdict"] == "WAITING"
    office.compute([Entitlements()], as_of=date(2018, 11, 20))
    verdict = "select verdict from computed.entitlement where settled_on = '2018-09-20'"
    assert office.rows(verdict) == [("MISSING",)]


def test_a_half_year_s_payment_is_shared_out_among_its_quarters(office: Office) -> None:
    # 606.94 and 91 days: 50,000 × 4.75 % × 91 ÷ 360 = 600.35; the bureau counts 183 days at once: 1,207.29
    facts = {
        "loan": [loan()],
        "interest_collection": [collected(1, *LONG.values()), collected(2, *QUARTER.values())],
        "subsidy_payment": [paid(1, 1207_29, date(2018, 6, 21), date(2018, 12, 20))],
    }
    found = computed(office, facts)
    assert [(found[day]["paid"], found[day]["verdict"]) for day in ("2018-09-20", "2018-12-20")] == [
        (606_94, "EVEN"),
        (600_35, "EVEN"),
    ]
