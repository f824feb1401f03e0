"""The catalogue's snake_case names as GraphQL writes them, and what its types are called there."""

from __future__ import annotations

from hub.catalog.field import FieldType
from hub.query.entity import Attribute, Entity

SCALARS = {
    FieldType.MONEY: "Money",
    FieldType.RATE: "Rate",
    FieldType.DATE: "Date",
    FieldType.TIMESTAMP: "DateTime",
    FieldType.INTEGER: "Int",
    FieldType.BOOLEAN: "Boolean",
}


def camel(name: str) -> str:
    """``disbursed_on`` as ``disbursedOn``."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def pascal(name: str) -> str:
    """``enterprise_use`` as ``EnterpriseUse``."""
    return "".join(part.capitalize() for part in name.split("_"))


def both_languages(about: str, zh: str) -> str:
    """A description that readers of either language can use."""
    return f"{about}\n\n{zh}"


def type_name(entity: Entity) -> str:
    """The name of the entity's object type."""
    return pascal(entity.name)


def scalar_name(entity: Entity, attribute: Attribute) -> str:
    """The type of an attribute, without its nullability."""
    if attribute.codes:
        return type_name(entity) + pascal(attribute.name)
    return "[String!]" if attribute.type is FieldType.WORDS else SCALARS.get(attribute.type, "String")
