"""The schema as one reach sees it: introspection shows only what may be asked.

Made by filtering the whole schema's types when it is first asked for, and kept; documents are still validated against
the whole one, so that a field out of reach is refused by name and not as a misspelling.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
)

from hub.access.reach import Reach
from hub.graph.face import Face
from hub.graph.names import type_name
from hub.query.entity import Entity

# What a list shows of single records, beside its figures.
_OF_RECORDS = frozenset({"nodes", "edges", "pageInfo"})
_Fielded = (GraphQLObjectType, GraphQLInputObjectType)


class VisibleSchemas:
    """One schema for each reach, made once."""

    def __init__(self, face: Face, most: int = 200) -> None:
        self._face = face
        self._most = most
        self._made: dict[Reach, GraphQLSchema] = {}

    def of(self, reach: Reach) -> GraphQLSchema:
        """The schema that ``reach`` may know."""
        found = self._made.get(reach)
        if found is None:
            if len(self._made) >= self._most:
                self._made.clear()
            found = self._made[reach] = _Filter(self._face, reach).schema()
        return found


class _Filter:
    def __init__(self, face: Face, reach: Reach) -> None:
        self._face = face
        self._reach = reach
        self._owners = {type_name(entity): entity for entity in face.entities.values()}
        self._kept: dict[str, set[str]] = {}
        self._new: dict[str, GraphQLNamedType] = {}

    def schema(self) -> GraphQLSchema:
        """The filtered schema; only types that something visible leads to are in it."""
        whole = self._face.schema
        for name, kind in whole.type_map.items():
            if isinstance(kind, _Fielded) and not name.startswith("__"):
                self._kept[name] = {field for field in kind.fields if self._is_visible(name, field)}
        self._drop_what_leads_nowhere(whole.type_map)
        query, mutation = whole.query_type, whole.mutation_type
        return GraphQLSchema(
            query=self._made(query) if query else None,  # type: ignore[arg-type]  # an object stays an object
            mutation=self._made(mutation) if mutation and self._kept[mutation.name] else None,  # type: ignore[arg-type]
            directives=whole.directives,
            description=whole.description,
        )

    # ---------------------------------------------------------------- what stays

    def _is_visible(self, type_: str, field: str) -> bool:
        if type_ == "Query":
            return self._is_visible_root(field)
        entity = self._owner(type_)
        if entity is None:
            return True
        if entity.name not in self._reach.datasets:
            return False
        is_record = type_ == type_name(entity)
        attribute = self._face.attributes.get((type_name(entity), field))
        relation = self._face.relations.get((type_name(entity), field))
        if attribute is not None:
            is_told = self._reach.sight(entity, attribute) is not None
            return is_told and not (is_record and self._reach.smallest_group(entity, attribute))
        if relation is not None:
            return relation.target in self._reach.datasets and (
                not is_record or self._reach.shows_records(relation.target)
            )
        return not self._is_of_records(entity, type_, field) or self._reach.shows_records(entity.name)

    def _is_of_records(self, entity: Entity, type_: str, field: str) -> bool:
        return type_ == f"{type_name(entity)}Connection" and field in _OF_RECORDS

    def _is_visible_root(self, field: str) -> bool:
        entity = self._face.lists.get(field) or self._face.abouts.get(field)
        if entity is not None:
            return entity.name in self._reach.datasets
        entity = self._face.singles.get(field)
        if entity is not None:
            return self._reach.shows_records(entity.name)
        return field != "ledger" or self._reach.has_ledger

    def _owner(self, type_: str) -> Entity | None:
        """The dataset a type belongs to: ``LoanFilter`` to the loan, ``EnterpriseUseFilter`` not to the enterprise."""
        for end in range(len(type_), 0, -1):
            if (end == len(type_) or type_[end].isupper()) and type_[:end] in self._owners:
                return self._owners[type_[:end]]
        return None

    def _drop_what_leads_nowhere(self, types: Mapping[str, GraphQLNamedType]) -> None:
        """A type without fields is none; what would lead to it goes too, and so on."""
        while True:
            empty = {name for name, fields in self._kept.items() if not fields}
            changed = False
            for name, fields in self._kept.items():
                kind: Any = types[name]
                gone = {field for field in fields if get_named_type(kind.fields[field].type).name in empty}
                fields.difference_update(gone)
                changed |= bool(gone)
            if not changed:
                return

    # ---------------------------------------------------------------- types made anew

    def _made(self, kind: GraphQLNamedType) -> GraphQLNamedType:
        found = self._new.get(kind.name)
        if found is None:
            found = self._new[kind.name] = self._make(kind)
        return found

    def _make(self, kind: GraphQLNamedType) -> GraphQLNamedType:
        kept = self._kept.get(kind.name, set())
        if isinstance(kind, GraphQLObjectType):
            return GraphQLObjectType(kind.name, self._fields(kind, kept), description=kind.description)
        if isinstance(kind, GraphQLInputObjectType):
            return GraphQLInputObjectType(
                kind.name, self._inputs(kind, kept), description=kind.description, is_one_of=kind.is_one_of
            )
        if isinstance(kind, GraphQLUnionType):
            members = [self._made(item) for item in kind.types if self._kept.get(item.name)]
            return GraphQLUnionType(kind.name, members, description=kind.description)  # type: ignore[arg-type]
        return kind

    def _fields(self, kind: GraphQLObjectType, kept: set[str]) -> Callable[[], dict[str, GraphQLField]]:
        return lambda: {
            name: GraphQLField(self._typed(field.type), args=self._arguments(field.args), description=field.description)
            for name, field in kind.fields.items()
            if name in kept
        }

    def _inputs(self, kind: GraphQLInputObjectType, kept: set[str]) -> Callable[[], dict[str, GraphQLInputField]]:
        return lambda: {
            name: GraphQLInputField(self._typed(field.type), description=field.description)
            for name, field in kind.fields.items()
            if name in kept
        }

    def _arguments(self, given: Mapping[str, GraphQLArgument]) -> dict[str, GraphQLArgument]:
        return {
            name: GraphQLArgument(self._typed(item.type), description=item.description)
            for name, item in given.items()
            if self._kept.get(get_named_type(item.type).name, {name})
        }

    def _typed(self, kind: Any) -> Any:
        if isinstance(kind, GraphQLNonNull):
            return GraphQLNonNull(self._typed(kind.of_type))
        if isinstance(kind, GraphQLList):
            return GraphQLList(self._typed(kind.of_type))
        return self._made(kind)
