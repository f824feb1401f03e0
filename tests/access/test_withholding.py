"""An agreement with a smallest group gives figures about so many households and no record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import orjson
import pytest

from hub.access.gate import Gate
from hub.access.reach import reach_of
from hub.actor import Actor
from hub.catalog.dataset import Agency
from hub.clock import today
from hub.graph.visible import VisibleSchemas
from tests.support.county import FACE, HOUSEHOLDS, LOANS, TOWNSHIPS, VILLAGES, County, Session, actor
from tests.support.sharing import EVERYTHING

LEAST = 3
ONLY_FIGURES = tuple(
    replace(item, smallest_group=LEAST) if item.provider is Agency.BANK else item for item in EVERYTHING
)


@pytest.fixture
def session(county: County) -> Iterator[Session]:
    with Session(county, Gate(FACE.entities, lambda: ONLY_FIGURES)) as opened:
        yield opened


def ask(session: Session, document: str, who: Actor | None = None) -> tuple[Any, Any]:
    """The data and what was withheld; of a refusal its code and message."""
    answer = orjson.loads(session.answer(document, {}, who).body)
    if "data" not in answer:
        return answer["errors"][0]["extensions"]["code"], answer["errors"][0]["message"]
    return answer["data"], answer["extensions"].get("withheld")


def test_figures_about_enough_households_are_told_and_others_are_null(session: Session) -> None:
    document = """{
      all: loans { totalCount aggregate { count countDistinct { householdId } sum { amount } } }
      few: loans(filter: {and: [{regionCode: {eq: "%s"}}, {household: {povertyStatus: {eq: POOR}}}]}) {
        totalCount aggregate { count sum { amount } } groups(by: [{status: VALUE}]) { aggregate { count } }
      }
    }"""
    data, withheld = ask(session, document % VILLAGES[0])
    assert data["all"]["totalCount"] == data["all"]["aggregate"]["count"] == LOANS
    assert data["few"] == {"totalCount": None, "aggregate": None, "groups": []}
    assert withheld == [
        {"path": ["all"], "smallestGroup": LEAST, "all": False, "groups": 0},
        {"path": ["few"], "smallestGroup": LEAST, "all": True, "groups": 0},
    ]
    # Who was counted and not told of was not disclosed.
    assert session.log.rows[-1]["subjects"] == []


def test_groups_about_too_few_are_left_out_and_so_is_one_more_and_having_finds_none_of_them(session: Session) -> None:
    groups = "groups(by: [{household: {povertyStatus: VALUE}}, {region: VILLAGE}]%s) { aggregate { count } }"
    data, withheld = ask(session, f"{{ loans {{ {groups % ''} }} }}")
    assert data["loans"]["groups"] == []  # every village has two households
    assert withheld[0]["groups"] >= 4
    by_state = "groups(by: [{status: VALUE}]%s) { keys { status } aggregate { countDistinct { householdId } } }"
    data, withheld = ask(session, f"{{ loans {{ {by_state % ''} }} }}")
    assert withheld[0]["groups"] == 0
    assert all(item["aggregate"]["countDistinct"]["householdId"] >= LEAST for item in data["loans"]["groups"])
    data, _ = ask(session, f"{{ loans {{ {by_state % ', having: {count: {lt: 3}}'} }} }}")
    assert data["loans"]["groups"] == []


def test_what_a_filter_leaves_out_is_not_told_by_subtraction(session: Session) -> None:
    # All but the two households of one village.
    document = f'{{ loans(filter: {{not: {{regionCode: {{eq: "{VILLAGES[0]}"}}}}}}) {{ totalCount }} }}'
    data, withheld = ask(session, document)
    assert (data["loans"]["totalCount"], withheld[0]["all"]) == (None, True)


def test_of_a_village_with_too_few_nothing_is_told(session: Session) -> None:
    data, _ = ask(session, "{ loans { totalCount } }", actor(VILLAGES[1]))
    assert data["loans"]["totalCount"] is None
    data, _ = ask(session, "{ loans { totalCount } }", actor(TOWNSHIPS[0]))
    assert data["loans"]["totalCount"] is not None


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("{ loans { nodes { amount } } }", "loan.amount (is given only in totalCount, aggregate and groups"),
        ("{ loans { totalCount pageInfo { hasNextPage } } }", "loan (is given only in"),
        ('{ loan(loanId: "L001") { amount } }', "loan.amount (is given only in"),
        ("{ households { nodes { headName loans { totalCount } } } }", "loan (is given only in"),
        ('{ households(filter: {loans: {some: {amount: {gt: "1"}}}}) { nodes { headName } } }', "loan.amount"),
        ("{ repayments(orderBy: [{loan: {amount: ASC}}]) { nodes { paidOn } } }", "loan.amount (is given only in"),
        (
            "{ regions(filter: {households: {some: {loans: {some: {status: {eq: OPEN}}}}}}) { totalCount } }",
            "region (has no households",
        ),
        ('{ loans(filter: {householdId: {eq: "H001"}}) { totalCount } }', "loan.household_id (tells who it is"),
        ('{ loans(filter: {loanId: {ne: "L001"}}) { totalCount } }', "loan.loan_id (tells who it is"),
        ('{ loans(filter: {contractNumber: {in: ["C1"]}}) { totalCount } }', "loan.contract_number (tells who it is"),
        (
            '{ loans(filter: {household: {persons: {some: {identityNumber: {eq: "1"}}}}}) { aggregate { count } } }',
            "person.identity_number (tells who it is",
        ),
        ("{ loans { groups(by: [{household: {householdId: VALUE}}]) { aggregate { count } } } }", "tells who it is"),
        ("{ loans { aggregate { max { amount } } } }", "loan.amount (the smallest and the largest are one record's"),
        (
            '{ loans { groups(by: [{status: VALUE}], having: {min: {balance: {gt: "1"}}}) { keys { status } } } }',
            "loan.balance (the smallest",
        ),
    ],
)
def test_what_would_show_a_record_or_pick_one_out_is_refused_by_name(
    session: Session, document: str, words: str
) -> None:
    code, message = ask(session, document)
    assert code == "ACCESS_FIELD_REFUSED"
    assert words in message


def test_records_of_others_and_another_agreement_s_fields_are_shown_as_before(session: Session) -> None:
    data, withheld = ask(session, "{ households { totalCount nodes { headName } } }")
    assert (data["households"]["totalCount"], withheld) == (HOUSEHOLDS, None)


def test_of_two_agreements_the_milder_holds_for_each_field() -> None:
    strict = [item for item in ONLY_FIGURES if item.provider is Agency.BANK]
    mild = [replace(item, id="mild", smallest_group=0, fields=_only(item.fields, "loan", "status")) for item in strict]
    entity = FACE.entities["loan"]
    reach = reach_of(FACE.entities.values(), [*strict, *mild], actor(), today())
    assert reach.smallest_group(entity, entity.attribute("status")) == 0
    assert reach.smallest_group(entity, entity.attribute("loan_id")) == 0  # the key comes with any field
    assert reach.smallest_group(entity, entity.attribute("amount")) == LEAST
    assert reach.shows_records("loan")
    assert not reach.shows_records("repayment")


def test_introspection_shows_the_figures_and_no_record() -> None:
    reach = reach_of(FACE.entities.values(), ONLY_FIGURES, actor(), today())
    types = VisibleSchemas(FACE).of(reach).type_map
    assert set(types["LoanConnection"].fields) == {"totalCount", "aggregate", "groups"}  # type: ignore[attr-defined]
    assert "Loan" not in types
    assert "loan" not in types["Query"].fields  # type: ignore[attr-defined]
    assert "loans" not in types["Household"].fields  # type: ignore[attr-defined]


def _only(fields: Any, dataset: str, name: str) -> Any:
    return {dataset: replace(fields[dataset], clear=frozenset({name}), masked=frozenset())}
