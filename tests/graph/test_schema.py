"""The schema that clients see is a file, so that a change of it is seen in review."""

from __future__ import annotations

from pathlib import Path

from graphql import GraphQLObjectType, build_schema, execute_sync, get_introspection_query, parse

from hub.graph.face import print_schema
from hub.graph.visible import VisibleSchemas
from schema import CATALOGUE
from schema.ledger import LEDGER
from tests.support.county import FACE, GATE, County, actor

COMMITTED = Path(__file__).parents[2] / "schema" / "schema.graphql"


def test_the_committed_schema_is_the_one_that_is_served() -> None:
    printed = print_schema(CATALOGUE, LEDGER)
    assert COMMITTED.read_text("utf-8") == printed, (
        "run `hub schema print > schema/schema.graphql` and review the change"
    )


def test_every_field_of_the_catalogue_is_a_field_of_the_schema() -> None:
    schema = build_schema(COMMITTED.read_text("utf-8"))
    for (type_name, field_name), attribute in FACE.attributes.items():
        found = schema.type_map[type_name]
        assert isinstance(found, GraphQLObjectType)
        assert attribute.about_zh in (found.fields[field_name].description or "")


def test_introspection_is_answered_like_any_question(county: County) -> None:
    answer = county.ask(get_introspection_query())
    seen = VisibleSchemas(FACE).of(GATE.reach(actor()))  # all but the disclosure log
    expected = execute_sync(seen, parse(get_introspection_query()))
    assert expected.data
    for held in (answer["data"], expected.data):
        held["__schema"]["types"].sort(key=lambda item: item["name"])  # only their order may differ
    assert answer["data"] == expected.data
    assert county.statements == [b"select 1"]  # only whether the rights still hold
