"""Makes Strawberry types from declarations that name their types as GraphQL does, such as ``[Loan!]!``.

Types may name each other freely; they are tied together when the schema is made.
"""

from __future__ import annotations

import types
from collections.abc import Iterable
from dataclasses import MISSING, dataclass
from enum import Enum
from typing import Any, Optional

import strawberry
from graphql import ListTypeNode, NamedTypeNode, NonNullTypeNode, TypeNode, parse_type
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField
from strawberry.types.unset import UNSET

from hub.graph import scalars

# Enum members made at run time have no type a checker could know.
_choice: Any = strawberry.enum
# What fields are until they are tied; with a namespace, so that it is resolved once for all of them.
_UNTIED = StrawberryAnnotation(str, namespace={})


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a field."""

    name: str
    type: str
    about: str


@dataclass(frozen=True, slots=True)
class Member:
    """One field of an object or input type."""

    name: str
    type: str
    about: str
    arguments: tuple[Argument, ...] = ()


class TypeSet:
    """All types of one schema by name."""

    def __init__(self) -> None:
        self._types: dict[str, Any] = {
            "String": str,
            "Int": int,
            "Float": float,
            "Boolean": bool,
            "Money": scalars.Money,
            "Rate": scalars.Rate,
            "Percent": scalars.Percent,
            "Date": scalars.Date,
            "DateTime": scalars.DateTime,
        }
        self._annotations: dict[str, StrawberryAnnotation] = {}
        self._untied: list[tuple[StrawberryField, Member]] = []

    def __contains__(self, name: str) -> bool:
        return name in self._types

    def output(self, name: str, about: str, members: Iterable[Member]) -> None:
        """An object type."""
        self._types[name] = strawberry.type(self._declare(name, members), name=name, description=about)

    def argument(self, name: str, about: str, members: Iterable[Member], *, one_of: bool = False) -> None:
        """An input type; with ``one_of``, exactly one of its fields must be given."""
        made = self._declare(name, members, default=UNSET)
        self._types[name] = strawberry.input(made, name=name, description=about, one_of=one_of)

    def choice(self, name: str, about: str, values: dict[str, str]) -> None:
        """An enum with a description for each value."""
        members = {
            value: strawberry.enum_value(value, description=description) for value, description in values.items()
        }
        self._types[name] = _choice(Enum(name, members), name=name, description=about)

    def tie(self) -> type:
        """Give every field its real type. Returns the class named ``Query``."""
        for field, member in self._untied:
            field.type_annotation = self._named(member.type)
            field.arguments = [
                StrawberryArgument(
                    python_name=argument.name,
                    graphql_name=argument.name,
                    type_annotation=self._named(argument.type),
                    description=argument.about,
                    default=UNSET,
                )
                for argument in member.arguments
            ]
        query: type = self._types["Query"]
        return query

    def mutation(self) -> type | None:
        """The class named ``Mutation``, if there is one."""
        found: type | None = self._types.get("Mutation")
        return found

    def _declare(self, name: str, members: Iterable[Member], default: object = MISSING) -> type:
        fields: dict[str, StrawberryField] = {}
        members = list(members)
        for member in members:
            # A Python name of its own: GraphQL names such as `in` and `not` are keywords.
            fields[f"field_{member.name}"] = StrawberryField(
                python_name=f"field_{member.name}",
                graphql_name=member.name,
                type_annotation=_UNTIED,
                description=member.about,
                default=default,
            )
        body: dict[str, object] = {"__annotations__": dict.fromkeys(fields, str), "__module__": __name__, **fields}
        made = types.new_class(name, (), {}, lambda namespace: namespace.update(body))
        self._untied += list(zip(fields.values(), members, strict=True))
        return made

    def _named(self, written: str) -> StrawberryAnnotation:
        """The type written so; one for all fields that have it, because each resolves its own anew."""
        found = self._annotations.get(written)
        if found is None:
            found = self._annotations[written] = StrawberryAnnotation(self._annotation(parse_type(written)))
        return found

    def _annotation(self, node: TypeNode, *, optional: bool = True) -> Any:
        if isinstance(node, NonNullTypeNode):
            return self._annotation(node.type, optional=False)
        if isinstance(node, ListTypeNode):
            found: Any = list[self._annotation(node.type)]  # type: ignore[misc]  # made at run time
        elif isinstance(node, NamedTypeNode):
            found = self._types[node.name.value]
        else:
            raise TypeError("A declared type is neither a name nor a list.")
        return Optional[found] if optional else found  # noqa: UP045  # scalars are no classes, so `|` does not work
