"""The hub as a subgraph: keys that hold among counties, records by key, the same walls."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest
from graphql import build_schema, print_schema

from hub.actor import Actor
from hub.app import face_of
from hub.graph.answer import Answerer, Question
from hub.graph.limits import Limits
from hub.query.run import DatabaseReader
from hub.storage.roles import DatabaseRole
from tests.support.county import FACE, TOWNSHIPS, VILLAGES, County, actor, identity
from tests.support.database import COUNTY
from tests.support.log import unlogged, without_receipt
from tests.support.sharing import open_gate

BY_KEY = """
query ($r: [_Any!]!) {
  _entities(representations: $r) {
    __typename
    ... on Loan { loanId household { headName } }
    ... on Region { name }
    ... on Person { identityNumber }
  }
}
"""


def ask(county: County, document: str, variables: dict[str, Any] | None = None, who: Actor | None = None) -> Any:
    async def run() -> bytes:
        async with DatabaseReader(county.database.conninfo(DatabaseRole.API)) as reader:
            face = face_of(federated=True)
            answerer = Answerer(face, reader, Limits(), open_gate(face), unlogged())
            return (await answerer.answer(Question(document, None, variables or {}), who or actor())).body

    return without_receipt(orjson.loads(asyncio.run(run())))


def loan(number: int, county: str = COUNTY) -> dict[str, str]:
    return {"__typename": "Loan", "county": county, "loanId": f"L{number:03}"}


def test_records_come_by_key_in_the_order_asked_for(county: County) -> None:
    region = {"__typename": "Region", "code": VILLAGES[0]}
    person = {"__typename": "Person", "county": COUNTY, "personId": "P001"}
    answer = ask(county, BY_KEY, {"r": [loan(2), region, loan(99), loan(1, "999999"), person, loan(1)]})
    assert "errors" not in answer
    assert answer["data"]["_entities"] == [
        {"__typename": "Loan", "loanId": "L002", "household": {"headName": "户主2"}},
        {"__typename": "Region", "name": "村1"},
        None,
        None,
        {"__typename": "Person", "identityNumber": f"{identity(1)[:6]}********{identity(1)[-4:]}"},
        {"__typename": "Loan", "loanId": "L001", "household": {"headName": "户主1"}},
    ]
    beside = ask(
        county, "query ($r: [_Any!]!) { a: _entities(representations: $r) { __typename } me { role } }", {"r": []}
    )
    assert beside == {"data": {"a": [], "me": {"role": "city-staff"}}}
    literal = f'{{ _entities(representations: [{{__typename: "Loan", county: "{COUNTY}", loanId: "L001"}}]) '
    assert ask(county, literal + "{ ... on Loan { county amount } } }")["data"]["_entities"] == [
        {"county": COUNTY, "amount": "20000.00"}
    ]


def test_another_township_s_records_are_not_there(county: County) -> None:
    found = ask(county, BY_KEY, {"r": [loan(1), loan(2)]}, actor(TOWNSHIPS[0]))["data"]["_entities"]
    assert [item and item["loanId"] for item in found] == ["L001", None]


@pytest.mark.parametrize(
    "representation",
    [
        {},
        {"__typename": "Nothing", "county": COUNTY},
        {"__typename": "Query"},
        {"__typename": 5},
        {"__typename": "Loan", "loanId": "L001"},
        {"__typename": "Loan", "county": COUNTY, "loanId": None},
        {"__typename": "Loan", "county": COUNTY, "loanId": {"eq": "L001"}},
        "Loan",
        7,
    ],
)
def test_keys_that_are_none_are_refused(county: County, representation: Any) -> None:
    answer = ask(county, BY_KEY, {"r": [loan(1), representation]})
    assert answer["errors"][0]["extensions"]["code"] == "QUERY_REPRESENTATION_INVALID"


def test_no_more_records_than_a_page_has(county: County) -> None:
    document = "query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }"
    answer = ask(county, document, {"r": [{"__typename": "Region", "code": "5"}] * 1001})
    assert answer["errors"][0]["extensions"]["code"] in {"QUERY_PAGE_TOO_LARGE", "QUERY_TOO_MANY_VALUES"}


def test_the_subgraph_s_text_has_a_key_for_every_record(county: County) -> None:
    text = ask(county, "{ _service { sdl } }")["data"]["_service"]["sdl"]
    face = face_of(federated=True)
    assert text == face.subgraph()
    for name, entity in face.keyed.items():
        key = "code" if name == "Region" else f"county {' '.join(_camel(item) for item in entity.key)}"
        assert f'type {name} @key(fields: "{key}") {{' in text
    assert "_entities" not in text
    directives = "directive @link(url: String!, import: [String!]) on SCHEMA\n"
    directives += "directive @key(fields: String!) repeatable on OBJECT\ndirective @shareable on OBJECT\n"
    assert build_schema(directives + text, assume_valid_sdl=True).query_type


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def test_a_hub_that_is_no_subgraph_shows_nothing_of_it() -> None:
    assert "_entities" not in print_schema(FACE.schema)
    assert "county:" not in FACE.printed()
    assert FACE.subgraph() == ""
