"""Makes Strawberry types from declarations that name their types as GraphQL does, such as ``[Loan!]!``.

Types may name each other freely; they are tied together when the schema is made.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import MISSING, dataclass
from enum import Enum
from typing import Any, Optional

import strawberry
from graphql import ListTypeNode, NamedTypeNode, NonNullTypeNode, TypeNode, parse_type
from strawberry.annotation import StrawberryAnnotation
from strawberry.schema_directives import OneOf
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField
from strawberry.types.unset import UNSET

from hub.graph import scalars

# Enum members made at run time have no type a checker could know.
_choice: Any = strawberry.enum


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


class _Field(StrawberryField):
    """A field whose type is what is written: Strawberry asks each a dozen times, and looks for type variables."""

    def resolve_type(self, *, type_definition: StrawberryObjectDefinition | None = None) -> Any:  # noqa: ARG002  # theirs
        return self.type_annotation.resolve() if self.type_annotation else None


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
        self._untied: list[tuple[StrawberryObjectDefinition, tuple[Member, ...]]] = []

    def __contains__(self, name: str) -> bool:
        return name in self._types

    def output(self, name: str, about: str, members: Iterable[Member]) -> None:
        """An object type."""
        self._declare(name, about, members, is_input=False)

    def argument(self, name: str, about: str, members: Iterable[Member], *, one_of: bool = False) -> None:
        """An input type; with ``one_of``, exactly one of its fields must be given."""
        self._declare(name, about, members, is_input=True, directives=(OneOf(),) if one_of else ())

    def choice(self, name: str, about: str, values: dict[str, str]) -> None:
        """An enum with a description for each value."""
        members = {
            value: strawberry.enum_value(value, description=description) for value, description in values.items()
        }
        self._types[name] = _choice(Enum(name, members), name=name, description=about)

    def tie(self) -> type:
        """Give every type its fields. Returns the class named ``Query``."""
        for definition, members in self._untied:
            default = UNSET if definition.is_input else MISSING
            definition.fields += [self._field(member, default) for member in members]
        query: type = self._types["Query"]
        return query

    def mutation(self) -> type | None:
        """The class named ``Mutation``, if there is one."""
        found: type | None = self._types.get("Mutation")
        return found

    def _declare(
        self, name: str, about: str, members: Iterable[Member], *, is_input: bool, directives: tuple[object, ...] = ()
    ) -> None:
        # No field is resolved row by row, so nobody makes an object of these: without the dataclasses that
        # Strawberry's decorators make, the schema takes a quarter of the time.
        made = type(name, (), {})
        definition = StrawberryObjectDefinition(
            name=name,
            is_input=is_input,
            is_interface=False,
            origin=made,
            description=about,
            interfaces=[],
            extend=False,
            directives=directives,
            is_type_of=None,
            resolve_type=None,
            fields=[],
        )
        made.__strawberry_definition__ = definition  # type: ignore[attr-defined]  # where Strawberry looks for it
        self._types[name] = made
        self._untied.append((definition, tuple(members)))

    def _field(self, member: Member, default: object) -> _Field:
        # A Python name of its own: GraphQL names such as `in` and `not` are keywords.
        field = _Field(
            python_name=f"field_{member.name}",
            graphql_name=member.name,
            type_annotation=self._named(member.type),
            description=member.about,
            default=default,
        )
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
        return field

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
