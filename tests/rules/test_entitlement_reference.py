"""The SQL against the clerk in plain Python, over drawn loans, bookings and policies; after changes, as days pass."""

from __future__ import annotations

import copy
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.catalog.policy import Level, Setting
from hub.rules.entitlement.compute import Entitlements
from hub.rules.policy import PolicyBook
from schema.policy import POLICY
from tests.rules.entitlement_reference import Clerk, Facts, half_up
from tests.rules.office import Office
from tests.rules.records import bring, rewrite

pytestmark = pytest.mark.timeout(500)

FIRST = date(2019, 11, 25)
SPAN = 260
HOUSEHOLDS = ("H1", "H2", None)

day = st.integers(0, SPAN - 1).map(lambda number: FIRST + timedelta(days=number))


def _after(draw: st.DrawFn, start: date, most: int) -> date:
    return start + timedelta(days=draw(st.integers(1, most)))


@st.composite
def drawn_loan(draw: st.DrawFn, number: int, facts: Facts) -> None:
    disbursed = draw(day)
    loan_id = f"L{number}"
    amount = draw(st.sampled_from([100, 1_000_001, 3_000_000, 5_000_000]))
    facts.loan.append(
        {
            "loan_id": loan_id,
            "household_id": draw(st.sampled_from(HOUSEHOLDS)),
            "amount": amount,
            "rate": draw(st.sampled_from([47_500, 43_500, 60_000])),
            "disbursed_on": disbursed,
            "due_on": _after(draw, disbursed, 400),
            "interest_method": draw(st.sampled_from(["ACCUMULATED", "INSTALMENT", None])),
        }
    )
    for place in range(draw(st.integers(0, 2))):
        principal = draw(st.one_of(st.just(amount), st.integers(0, amount)))
        row = {"loan_id": loan_id, "paid_on": draw(day), "principal": principal}
        origin = draw(st.sampled_from(["HOUSEHOLD", "RECOVERY"]))
        facts.repayment.append(row | {"repayment_id": f"{loan_id}R{place}", "origin": origin})
    for place in range(draw(st.integers(0, 2))):
        signed = draw(day)
        row = {"loan_id": loan_id, "signed_on": signed, "extended_due_on": _after(draw, signed, 300)}
        facts.extension.append(row | {"extension_id": f"{loan_id}X{place}"})
    _draw_interest(draw, loan_id, disbursed, facts)


def _draw_interest(draw: st.DrawFn, loan_id: str, start: date, facts: Facts) -> None:
    """Collections and payments that mostly follow each other, and sometimes overlap or leave gaps."""
    for dataset, key in (("interest_collection", "collection_id"), ("subsidy_payment", "voucher_number")):
        begin = start
        for place in range(draw(st.integers(0, 4))):
            end = _after(draw, begin, 120)
            row = {"loan_id": loan_id, "period_from": begin, "period_to": end, key: f"{loan_id}{place}"}
            if dataset == "interest_collection":
                row["collected_on"] = _after(draw, end, 20)
            else:
                row["amount"] = draw(st.integers(0, 100_000))
            getattr(facts, dataset).append(row)
            begin = end + timedelta(days=draw(st.sampled_from([1, 1, 1, -5, 9])))


@st.composite
def drawn_facts(draw: st.DrawFn) -> Facts:
    facts = Facts()
    for number in range(draw(st.integers(1, 4))):
        draw(drawn_loan(number, facts))
    return facts


def _one(name: str, value: int | str, since: date, until: date | None = None) -> Setting:
    return Setting(name, value, since, until, Level.COUNTY, "d")


@st.composite
def drawn_policy(draw: st.DrawFn) -> list[Setting]:
    """What a city may have set or left open; the contract's share ends in the middle of the drawn days."""
    found = [_one("subsidy_payment_days", draw(st.sampled_from([0, 40])), FIRST)]
    start = FIRST - timedelta(days=10)
    if draw(st.booleans()):
        found.append(_one("cap_allocation", "EARLIEST_FIRST", start))
    if draw(st.booleans()):
        found.append(_one("interest_method", draw(st.sampled_from(["ACCUMULATED", "INSTALMENT"])), start))
    if draw(st.booleans()):
        found.append(_one("rate_ceiling_long", 47_500, start))
    turn = draw(day)
    if draw(st.booleans()):
        found.append(_one("subsidy_share", 1_000_000, start, turn))
    if draw(st.booleans()):
        found.append(_one("subsidy_share", 333_333, turn + timedelta(days=draw(st.sampled_from([1, 30])))))
    if draw(st.booleans()):
        found.append(_one("household_cap", 4_000_000, draw(day)))
    return found


# The national share of old contracts would hide the city's: it ends before the drawn days here.
NATIONAL = [item for item in POLICY.settings if item.name != "subsidy_share_of_contract"]


@pytest.fixture
def judge(office: Office, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setattr(POLICY, "settings", tuple(NATIONAL))
    return office


def _expected(facts: Facts, policy: list[Setting], as_of: date) -> dict[tuple[str, date], dict[str, Any]]:
    clerk = Clerk(facts, PolicyBook(POLICY, [*NATIONAL, *policy]), as_of)
    return {
        (loan["loan_id"], settled_on): period
        for loan in facts.loan
        for settled_on, period in clerk.judged(loan).items()
    }


_NAMES = ("days", "uncollected_days", "overdue_days", "interest", "amount", "paid", "verdict", "missing")


def _compare(office: Office, facts: Facts, policy: list[Setting], as_of: date) -> None:
    expected = _expected(facts, policy, as_of)
    columns = ", ".join(_NAMES).replace("missing", "missing_parameter")
    rows = office.rows(f"select loan_id, settled_on, {columns} from computed.entitlement")
    found = {(row[0], row[1]): dict(zip(_NAMES, row[2:], strict=True)) for row in rows}
    assert found == {key: {name: period[name] for name in _NAMES} for key, period in expected.items()}
    steps = office.rows(
        "select loan_id, settled_on, day_from, day_to, interest_days, balance, taken, base, outcome, collection_id"
        " from computed.entitlement_step order by loan_id, settled_on, step"
    )
    names = ("day_from", "day_to", "interest_days", "balance", "taken", "base", "outcome", "collection_id")
    assert steps == [
        (*key, *(step[name] for name in names)) for key in sorted(expected) for step in expected[key]["steps"]
    ]


def _set_policy(office: Office, policy: list[Setting]) -> None:
    from hub.rules.policy import store
    from tests.support.database import COUNTY

    with office.as_rules() as connection, connection.transaction():
        store(connection, POLICY, COUNTY, policy)


# What a delivery may have changed of the first loan: itself, all its bookings of a kind, or nothing, while days pass.
_CHANGED = ("loan", "repayment", "subsidy_payment", "interest_collection", "extension")
_later = st.lists(
    st.tuples(st.sets(st.sampled_from(_CHANGED)), drawn_facts(), st.integers(0, 130)), min_size=1, max_size=2
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(facts=drawn_facts(), policy=drawn_policy(), until=st.integers(SPAN // 2, SPAN), later=_later)
def test_sql_says_what_a_clerk_says_and_so_it_does_after_changes_and_on_later_days(
    judge: Office,
    facts: Facts,
    policy: list[Setting],
    until: int,
    later: list[tuple[set[str], Facts, int]],
) -> None:
    judge.empty()
    _set_policy(judge, policy)
    bring(judge, vars(facts))
    as_of = FIRST + timedelta(days=until)
    judge.compute([Entitlements()], as_of=as_of)
    _compare(judge, facts, policy, as_of)

    # The first loan's neighbours are worked out anew only if they must, and of nobody more than a day can have moved.
    for changed, drawn, days in later:
        fresh = {name: drawn.of(name, "L0") for name in sorted(changed)}
        facts = copy.deepcopy(facts)
        for name, rows in fresh.items():
            setattr(facts, name, [row for row in getattr(facts, name) if row["loan_id"] != "L0"] + rows)
        if fresh:
            rewrite(judge, "L0", fresh)
        as_of += timedelta(days=days)
        assert not judge.compute([Entitlements()], as_of=as_of).whole
        _compare(judge, facts, policy, as_of)


def test_half_a_fen_is_rounded_up() -> None:
    from fractions import Fraction

    assert [half_up(Fraction(part, 2)) for part in (1, 2, 3)] == [1, 1, 2]
