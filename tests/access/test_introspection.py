"""Introspection shows each reach what it may ask, and nothing else."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, GraphQLObjectType, GraphQLSchema, validate_schema

from demo import sharing
from demo.actors import ACTORS
from hub.access.agreement import read_agreement
from hub.access.reach import reach_of
from hub.actor import Actor, Purpose, Role
from hub.catalog.dataset import Agency
from hub.graph.names import camel, type_name
from hub.graph.visible import VisibleSchemas
from schema import CATALOGUE
from tests.support.county import FACE
from tests.support.database import COUNTY

AGREEMENTS = tuple(read_agreement(given, CATALOGUE, COUNTY) for given in sharing.described())
SCHEMAS = VisibleSchemas(FACE)


def seen(name: str, purpose: Purpose) -> tuple[Any, GraphQLSchema]:
    known = next(item for item in ACTORS if item.name == name)
    agency = Agency(known.agency) if known.agency else None
    actor = Actor(name, Role(known.role), known.region, purpose, agency)
    reach = reach_of(FACE.entities.values(), AGREEMENTS, actor, date(2026, 1, 1))
    return reach, SCHEMAS.of(reach)


@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize("name", [item.name for item in ACTORS])
def test_a_schema_holds_the_fields_of_its_reach_and_no_other(name: str, purpose: Purpose) -> None:
    reach, schema = seen(name, purpose)
    assert validate_schema(schema) == []
    for entity in FACE.entities.values():
        found = schema.type_map.get(type_name(entity))
        told = reach.datasets.get(entity.name, {}) if reach.shows_records(entity.name) else {}
        allowed = {camel(item) for item in told}
        attributes = {field for owner, field in FACE.attributes if owner == type_name(entity)}
        shown = set(found.fields) & attributes if isinstance(found, GraphQLObjectType) else set()
        assert shown == allowed


def test_filters_and_orders_lead_to_nothing_that_may_not_be_seen() -> None:
    _, schema = seen("bank-system", Purpose.LOAN_REVIEW)
    person = schema.type_map["PersonFilter"]
    assert isinstance(person, GraphQLInputObjectType)
    assert "identityNumber" in person.fields
    assert "riskEvents" not in person.fields
    assert "RiskEvent" not in schema.type_map
    assert schema.query_type is not None
    assert "riskEvents" not in schema.query_type.fields
