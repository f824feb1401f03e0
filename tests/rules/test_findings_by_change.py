"""Drawn deliveries and passing days leave the findings, links and conflicts that a run over everything would leave."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.catalog.policy import Level, Setting
from hub.rules.compensation import CaseStandings
from hub.rules.entitlement.compute import Entitlements
from hub.rules.findings import Findings
from hub.rules.linking import Linking
from hub.rules.policy import store
from schema import CATALOGUE
from schema.policy import POLICY
from schema.rules import FACTS, RULES
from tests.rules.office import Office
from tests.rules.records import bring, rewrite
from tests.support.database import COUNTY

pytestmark = pytest.mark.timeout(500)

FIRST = date(2020, 1, 1)
SPAN = 200
Row = dict[str, Any]
Rows = dict[str, list[Row]]

day = st.integers(0, SPAN).map(lambda number: FIRST + timedelta(days=number))
number = st.sampled_from(["ID1", "ID2", "ID3"])
account = st.sampled_from(["A1", "A2", None])
called = st.sampled_from(["甲", "乙"])
_LOANS = ("L1", "L2", "L3")
_HOUSEHOLDS = ("H1", "H2", "H3")

# A few thresholds that days cross, so that every kind of rule runs.
POLICIES = [
    Setting(name, value, date(2015, 1, 1), None, Level.COUNTY, "d")
    for name, value in (
        *(("cap_allocation", "EARLIEST_FIRST"), ("visit_days", 60), ("overdue_visit_days", 10)),
        *(("compensation_trigger_days", 30), ("compensation_opening_days", 10), ("recovery_action_days", 20)),
        *(("recovery_sharing_days", 10), ("loss_share_of_fund", 700_000), ("gathering_households", 2)),
    )
]


@st.composite
def drawn_household(draw: st.DrawFn, name: str) -> Rows:
    removed = draw(st.one_of(st.none(), day))
    status = draw(st.sampled_from(["LIFTED", "MONITORED", "EXTINCT"]))
    person = {"person_id": f"P{name}", "household_id": name, "identity_number": draw(number), "name": draw(called)}
    born = draw(st.sampled_from([date(1955, 3, 1), date(1960, 2, 20), date(1990, 1, 1)]))
    events = draw(st.lists(st.tuples(st.sampled_from(["DEATH", "INCAPACITY", "MISSING"]), day), max_size=1))
    return {
        "household": [{"household_id": name, "removed_on": removed, "poverty_status": status}],
        "person": [person | {"birth_date": born, "is_main_labour": draw(st.booleans())}],
        "risk_event": [
            {"event_id": f"E{name}", "person_id": f"P{name}", "household_id": name, "kind": kind, "occurred_on": on}
            for kind, on in events
        ],
        "subsidy_payment": [
            {"voucher_number": f"Z{name}", "household_id": name, "payee_name": draw(called), "period_from": on}
            | {"payee_identity_number": draw(number), "account_number": draw(account), "amount": 1, "period_to": on}
            for on in draw(st.lists(day, max_size=1))
        ],
        "officer_assignment": draw(drawn_officer(name)),
        "visit": [
            {"visit_id": f"V{name}", "household_id": name, "visited_on": on, "outcome": "NOT_REACHED"}
            for on in draw(st.lists(day, max_size=1))
        ],
    }


@st.composite
def drawn_officer(draw: st.DrawFn, name: str) -> list[Row]:
    row = {"assignment_id": f"O{name}", "household_id": name, "officer_name": "甲", "valid_from": FIRST}
    return draw(st.one_of(st.just([]), day.map(lambda until: [row | {"valid_to": until}])))


@st.composite
def drawn_loan(draw: st.DrawFn, name: str) -> Rows:
    begun, amount = draw(day), draw(st.sampled_from([3_000_000, 5_000_000]))
    due = begun + timedelta(days=draw(st.integers(1, 150)))
    settled = draw(st.one_of(st.none(), st.integers(1, 100).map(lambda days: begun + timedelta(days=days))))
    household = draw(st.sampled_from([*_HOUSEHOLDS, None]))
    loan = {
        "loan_id": name,
        "household_id": household,
        "borrower_identity_number": draw(number),
        "borrower_name": draw(called),
        "amount": amount,
        "balance": 0 if settled else amount,
        "settled_on": settled,
        "status": "SETTLED" if settled else "OPEN",
        "rate": draw(st.sampled_from([43_500, 60_000])),
        "disbursed_on": begun,
        "due_on": due,
        "disbursement_account": draw(account),
    }
    of_loan: Row = {"loan_id": name, "household_id": household}
    found: Rows = {name: [] for name in ("repayment", "interest_collection", "extension", "subsidy_payment")}
    if settled:
        paid = {"repayment_id": f"R{name}", "paid_on": settled, "principal": amount, "payer_account": draw(account)}
        found["repayment"].append(of_loan | paid)
    start = begun
    for place in range(draw(st.integers(0, 2))):
        end = start + timedelta(days=draw(st.integers(1, 90)))
        period = of_loan | {"period_from": start, "period_to": end}
        if draw(st.booleans()):
            found["interest_collection"].append(period | {"collection_id": f"C{name}{place}", "collected_on": end})
        if draw(st.booleans()):
            paid_row = {"voucher_number": f"Y{name}{place}", "amount": draw(st.integers(0, 50_000)), "days": 1}
            rest = {"payee_identity_number": draw(number), "account_number": draw(account), "paid_on": end}
            found["subsidy_payment"].append(period | paid_row | rest | {"payee_name": draw(called)})
        start = end + timedelta(days=draw(st.sampled_from([1, 1, -3])))
    for on in draw(st.lists(day, max_size=1)):
        span = {"signed_on": on, "extended_due_on": due + timedelta(days=30), "original_due_on": due}
        found["extension"].append(of_loan | span | {"extension_id": f"X{name}"})
    return {"loan": [loan], **found}


_change = st.one_of(
    *(st.tuples(st.just("household_id"), st.just(name), drawn_household(name)) for name in _HOUSEHOLDS),
    *(st.tuples(st.just("loan_id"), st.just(name), drawn_loan(name)) for name in _LOANS),
)
_later = st.lists(st.tuples(st.lists(_change, max_size=2), st.integers(0, 60)), min_size=1, max_size=3)


def _compute(office: Office, as_of: date, *, anew: bool = False) -> Findings:
    findings = Findings(RULES, FACTS)
    office.compute([Linking(), Entitlements(), CaseStandings(), findings], as_of=as_of, version="anew" if anew else "")
    return findings


def _standing(office: Office) -> dict[str, tuple[Any, ...]]:
    rows = office.rows(
        "select finding_id, rule_code, subject_key, household_id, region, loan_id, since, amount, days, severity,"
        " group_key from computed.finding where state <> 'CLOSED'"
    )
    return {str(row[0]): row[1:] for row in rows}


def _linked(office: Office) -> list[tuple[Any, ...]]:
    return office.rows(
        "select dataset, record_key, entity, entity_key, grade, method, score, state, is_alert, household_id, region"
        " from computed.record_link"
        " union all select c.conflict_id, k.agency, k.dataset, k.record_key, k.position::text,"
        " concat(k.name, k.identity_number, k.account_number), k.records, c.state, null, c.household_id, c.region"
        " from computed.conflict c left join computed.claim k using (county, conflict_id) where c.state <> 'RESOLVED'"
        " order by 1, 2, 3, 4, 5"
    )


def _deliver(office: Office, *changes: tuple[str, str, Rows]) -> None:
    for column, key, rows in changes:
        rewrite(office, key, rows, by=column)


def _open(office: Office) -> None:
    office.empty()
    with office.as_rules() as connection, connection.transaction():
        store(connection, POLICY, COUNTY, POLICIES)
    run = bring(office, {})
    with office.database.connect() as connection:
        for dataset in CATALOGUE.delivered():
            connection.execute(
                "insert into sync.dataset_run (county, run_id, dataset, fetched, accepted, quarantined, inserted,"
                " changed, unchanged, withdrawn, content_digest, milliseconds)"
                " values (%s, %s, %s, 0, 0, 0, 0, 0, 0, 0, '', 0)",
                (COUNTY, run, dataset.name),
            )


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    world=st.tuples(*(drawn_household(name) for name in _HOUSEHOLDS), *(drawn_loan(name) for name in _LOANS)),
    until=st.integers(SPAN // 2, SPAN),
    later=_later,
)
def test_what_changes_and_days_leave_is_what_a_run_over_everything_leaves(
    office: Office, world: tuple[Rows, ...], until: int, later: list[tuple[list[tuple[str, str, Rows]], int]]
) -> None:
    _open(office)
    for rows in world:
        bring(office, rows)
    as_of = FIRST + timedelta(days=until)
    _compute(office, as_of)
    for changes, days in later:
        _deliver(office, *changes)
        as_of += timedelta(days=days)
        _compute(office, as_of)
    left, linked = _standing(office), _linked(office)
    judged = _compute(office, as_of, anew=True).judged
    assert not [item.lacks for item in judged if item.standing == "FAILED"]
    assert left == _standing(office)
    assert linked == _linked(office)


@pytest.mark.parametrize("by", ["loan_id", "payee_identity_number"])
def test_a_payment_of_another_household_is_looked_at_when_the_loan_it_was_for_is_no_more(
    office: Office, by: str
) -> None:
    """The loan is withdrawn, or becomes another borrower's; nothing of the payee's household changes."""
    _open(office)
    loan = {"loan_id": "L1", "household_id": "H1", "borrower_identity_number": "ID1", "amount": 1, "balance": 1}
    loan |= {"rate": 43_500, "disbursed_on": FIRST, "due_on": FIRST + timedelta(days=150)}
    on = FIRST + timedelta(days=60)
    payment = {"voucher_number": "Z", "household_id": "H3", "amount": 1, "period_from": on, "period_to": on}
    named = "L1" if by == "loan_id" else "ID1"
    bring(office, {"household": [{"household_id": name} for name in _HOUSEHOLDS], "loan": [loan]})
    bring(office, {"subsidy_payment": [payment | {by: named}]})
    as_of = FIRST + timedelta(days=100)
    _compute(office, as_of)
    assert not [found for found in _standing(office).values() if found[0] == "Q34"]
    _deliver(
        office, ("loan_id", "L1", {"loan": [] if by == "loan_id" else [loan | {"borrower_identity_number": "ID2"}]})
    )
    _compute(office, as_of)
    left = _standing(office)
    assert [found[2] for found in left.values() if found[0] == "Q34"] == ["H3"]
    _compute(office, as_of, anew=True)
    assert left == _standing(office)
