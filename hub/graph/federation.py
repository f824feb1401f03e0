"""The schema as an Apollo Federation 2 subgraph, so that a gateway can join the hub's records with other services'.

A hub that is one carries its county in every record: natural keys are unique within a county only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from graphql import (
    ConstDirectiveNode,
    DefinitionNode,
    DocumentNode,
    GraphQLSchema,
    ObjectTypeDefinitionNode,
    extend_schema,
    parse,
    print_ast,
)

from hub.catalog.field import FieldType
from hub.catalog.registry import COUNTY
from hub.errors import QueryError
from hub.graph.names import camel, pascal
from hub.graph.variables import pinned
from hub.query.entity import Attribute, Entity
from hub.query.rows import All, Compare, Comparison, Value

ENTITIES, SERVICE = "_entities", "_service"

_COUNTY = Attribute(
    name=COUNTY,
    column=COUNTY,
    type=FieldType.TEXT,
    required=True,
    zh="县市代码",
    en="County",
    about="County or city whose hub holds the record (GB/T 2260).",
    about_zh="记录所属县(市)的行政区划代码。",
    is_placed=True,
)
_HEAD = """
extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])
"""
# Types that say nothing of a county and are alike in every subgraph that pages as Relay does.
_SHAREABLE = frozenset({"PageInfo"})


def with_county(entity: Entity) -> Entity:
    """``entity`` with its county as an attribute that can be read."""
    return replace(entity, attributes=(_COUNTY, *entity.attributes))


def key_fields(entity: Entity) -> tuple[str, ...]:
    """What tells the entity's records apart among all counties."""
    kinds = {entity.attribute(name).type for name in entity.key}
    within = () if kinds == {FieldType.REGION_CODE} else (COUNTY,)  # a region's code begins with its county
    return (*within, *entity.key)


def with_entry_points(schema: GraphQLSchema, keyed: Mapping[str, Entity]) -> GraphQLSchema:
    """``schema`` with the two fields a gateway asks for."""
    return extend_schema(
        schema,
        parse(
            f"""
            "A record's type and key, as another subgraph knows them."
            scalar _Any
            "Records that other subgraphs may refer to."
            union _Entity = {" | ".join(keyed)}
            "This subgraph."
            type _Service {{ "Its schema, with keys. 子图模式。" sdl: String! }}
            extend type Query {{
              "The records with these keys, in this order; null where there is none to be seen. 按键取记录。"
              {ENTITIES}(representations: [_Any!]!): [_Entity]!
              "This subgraph's schema. 子图说明。"
              {SERVICE}: _Service!
            }}
            """
        ),
    )


def subgraph_text(printed: str, keyed: Mapping[str, Entity]) -> str:
    """The schema as composition reads it: types with their keys."""
    document = parse(printed, no_location=True)
    definitions = tuple(_with_directives(node, keyed) for node in document.definitions)
    head = parse(_HEAD, no_location=True).definitions
    return print_ast(DocumentNode(definitions=(*head, *definitions))) + "\n"


def _with_directives(node: DefinitionNode, keyed: Mapping[str, Entity]) -> DefinitionNode:
    if not isinstance(node, ObjectTypeDefinitionNode):
        return node
    name = node.name.value
    if name in keyed:
        fields = " ".join(camel(item) for item in key_fields(keyed[name]))
        return _directed(node, f'@key(fields: "{fields}")')
    return _directed(node, "@shareable") if name in _SHAREABLE else node


def _directed(node: ObjectTypeDefinitionNode, written: str) -> ObjectTypeDefinitionNode:
    (shell,) = parse(f"type T {written} {{ a: Int }}", no_location=True).definitions
    found: tuple[ConstDirectiveNode, ...] = tuple(getattr(shell, "directives", ()))
    return ObjectTypeDefinitionNode(
        name=node.name,
        description=node.description,
        interfaces=node.interfaces,
        directives=(*(node.directives or ()), *found),
        fields=node.fields,
    )


def represented(keyed: Mapping[str, Entity], representation: Any) -> tuple[str, Entity, All]:
    """The type that ``representation`` names, and the condition that finds its record."""
    held = pinned(representation)
    name = pinned(held.get("__typename")) if isinstance(held, dict) else None
    entity = keyed.get(name) if isinstance(name, str) else None
    if entity is None:
        raise _malformed(f"A representation names no type that has a key: {', '.join(keyed)}.")
    compared = [
        Compare(entity.attribute(item), Comparison.EQUAL, _key_value(held, entity, camel(item)))
        for item in key_fields(entity)
    ]
    return pascal(entity.name), entity, All(tuple(compared))


def _key_value(held: Mapping[str, Any], entity: Entity, name: str) -> Value:
    found = held.get(name)
    if found is None or isinstance(found, dict | list | bool):
        raise _malformed(f"A representation of {pascal(entity.name)} has no {name}.")
    value: Value = found
    return value


def _malformed(message: str) -> QueryError:
    return QueryError(
        "QUERY_REPRESENTATION_INVALID", message, "Send __typename and every field of the type's @key.", status=400
    )
