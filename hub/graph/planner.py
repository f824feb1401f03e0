"""An operation becomes a plan, by the same field collection that graphql-core would execute it with.

This file and ``operation.py`` are the only ones that use graphql-core's execution internals, which change shape
between its minor versions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import FieldNode, GraphQLObjectType, OperationDefinitionNode, get_named_type
from graphql.execution.collect_fields import (
    FieldDetailsList,
    FragmentDetails,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues, get_argument_values

from hub.catalog.indicator import Definition, IndicatorGroup, Quantity, Ratio
from hub.errors import QueryError
from hub.graph import indicators
from hub.graph.datasets import WHOLE_LISTS
from hub.graph.face import Face
from hub.graph.federation import ENTITIES, represented
from hub.graph.filters import as_list, condition_of, order_of, value_of
from hub.graph.grouping import REGION_KEY, GroupArguments
from hub.graph.limits import Limits, group_count, page_size
from hub.graph.own import OWN_ROOTS
from hub.graph.variables import pinned, plain
from hub.query import plan as p
from hub.query.entity import Entity
from hub.query.folds import GroupKeys, KeyFigure, KeyItem, KeyPart, KeyRegion, RegionFact, RegionItem

_TYPENAME = "__typename"


@dataclass(frozen=True, slots=True)
class OwnSelection:
    """What is wanted of something the hub holds in memory: response key, name, and what is wanted below it."""

    key: str
    name: str
    type: str
    below: tuple[OwnSelection, ...] = ()


@dataclass(frozen=True, slots=True)
class IntrospectionRoot:
    """A root field that graphql-core itself answers, and every node that asks for it."""

    key: str
    nodes: tuple[FieldNode, ...]


@dataclass(frozen=True, slots=True)
class EntitiesRoot:
    """Records by their keys, in the order they were asked for."""

    key: str
    singles: tuple[p.SingleRoot, ...]


OutlineRoot = p.Root | p.Constant | OwnSelection | IntrospectionRoot | EntitiesRoot


@dataclass(frozen=True, slots=True)
class _Selected:
    """One response key of a selection set."""

    key: str
    name: str
    details: FieldDetailsList
    parent: GraphQLObjectType

    @property
    def node(self) -> FieldNode:
        return self.details[0].node

    @property
    def type(self) -> GraphQLObjectType:
        """The object type of the field, where it has one."""
        found = get_named_type(self.parent.fields[self.name].type)
        if not isinstance(found, GraphQLObjectType):
            raise TypeError("A field without a selection set was taken for an object.")
        return found


class Planner:
    """Plans one operation for variables of one shape."""

    def __init__(
        self,
        face: Face,
        limits: Limits,
        operation: OperationDefinitionNode,
        fragments: dict[str, FragmentDetails],
        variables: VariableValues,
    ) -> None:
        self._face = face
        self._limits = limits
        self._operation = operation
        self._fragments = fragments
        self._variables = variables

    def outline(self) -> tuple[OutlineRoot, ...]:
        """Every root field, in the order of the answer."""
        query = self._face.schema.query_type
        if query is None:
            raise TypeError("The schema has no Query.")
        collected = collect_fields(self._face.schema, self._fragments, self._variables, query, self._operation)
        return tuple(
            self._root(_Selected(key, details[0].node.name.value, details, query))
            for key, details in collected.grouped_field_set.items()
        )

    def _below(self, selected: _Selected) -> Iterator[_Selected]:
        return self._of(selected, selected.type)

    def _of(self, selected: _Selected, found: GraphQLObjectType) -> Iterator[_Selected]:
        collected = collect_subfields(
            self._face.schema, self._fragments, self._variables, self._operation, found, selected.details
        )
        for key, details in collected.grouped_field_set.items():
            yield _Selected(key, details[0].node.name.value, details, found)

    def _arguments(self, selected: _Selected) -> dict[str, Any]:
        return get_argument_values(selected.parent.fields[selected.name], selected.node, self._variables)

    def _root(self, selected: _Selected) -> OutlineRoot:
        name = selected.name
        if name == _TYPENAME:
            return p.Constant(selected.key, selected.parent.name)
        if name.startswith("__"):
            return IntrospectionRoot(selected.key, tuple(details.node for details in selected.details))
        if name in OWN_ROOTS:
            return self._own(selected)
        if name in {"ledger", indicators.ROOT}:
            return self._ledger(selected) if name == "ledger" else self._named(selected)
        listed = self._face.lists.get(name) or self._face.abouts.get(name)
        if listed is not None:
            return p.ListRoot(selected.key, self._connection(selected, listed))
        return self._entities(selected) if name == ENTITIES else self._single(selected, self._face.singles[name])

    def _own(self, selected: _Selected) -> OwnSelection:
        if not selected.node.selection_set:
            return OwnSelection(selected.key, selected.name, selected.parent.name)
        below = tuple(self._own(item) for item in self._below(selected))
        return OwnSelection(selected.key, selected.name, selected.type.name, below)

    def _entities(self, selected: _Selected) -> EntitiesRoot:
        return EntitiesRoot(selected.key, tuple(self._represented(selected)))

    def _represented(self, selected: _Selected) -> Iterator[p.SingleRoot]:
        representations = as_list(self._arguments(selected)["representations"])
        page_size(len(representations), self._limits)
        for representation in representations:
            name, entity, condition = represented(self._face.keyed, representation)
            found = self._face.schema.get_type(name)
            if not isinstance(found, GraphQLObjectType):
                raise TypeError("A key stands for something that is no object.")
            items = tuple(self._record_item(item, entity) for item in self._of(selected, found))
            yield p.SingleRoot(selected.key, condition, p.Record(entity, items))

    def _single(self, selected: _Selected, entity: Entity) -> p.SingleRoot:
        arguments = self._arguments(selected)
        compared = [
            p.Compare(entity.attribute(name), p.Comparison.EQUAL, value_of(value))
            for name, value in zip(entity.key, arguments.values(), strict=True)
        ]
        return p.SingleRoot(selected.key, p.All(tuple(compared)), self._record(selected, entity))

    # ---------------------------------------------------------------- records

    def _record(self, selected: _Selected, entity: Entity) -> p.Record:
        return p.Record(entity, tuple(self._record_item(item, entity) for item in self._below(selected)))

    def _record_item(self, item: _Selected, entity: Entity) -> p.RecordItem:
        if item.name == _TYPENAME:
            return p.Constant(item.key, item.parent.name)
        attribute = self._face.attributes.get((item.parent.name, item.name))
        if attribute is not None:
            return p.Figure(item.key, attribute)
        if item.name == "source":
            return p.Source(item.key, tuple(self._source_item(part) for part in self._below(item)))
        relation = self._face.relations[item.parent.name, item.name]
        target = self._face.entities[relation.target]
        if not relation.many:
            return p.ToOne(item.key, relation, self._record(item, target))
        if (entity.name, relation.name) in WHOLE_LISTS:
            return p.ToAll(item.key, relation, self._record(item, target))
        return p.ToMany(item.key, relation, self._connection(item, target))

    def _source_item(self, item: _Selected) -> p.SourceItem | p.Constant:
        if item.name == _TYPENAME:
            return p.Constant(item.key, item.parent.name)
        return p.SourceItem(item.key, p.SourceFact(item.name))

    # ---------------------------------------------------------------- lists

    def _connection(self, selected: _Selected, entity: Entity) -> p.Connection:
        arguments = self._arguments(selected)
        given = pinned(arguments.get("filter"))
        condition = condition_of(self._face, entity, given) if given is not None else p.All()
        order = order_of(self._face, entity, arguments.get("orderBy"))
        about = None
        if entity.asked_about:
            about = p.About(value_of(arguments["household"]), self._face.entities["household"])
        rows = p.Rows(entity, condition, order, self._page(arguments), about)
        return p.Connection(rows, tuple(self._connection_item(item, entity) for item in self._below(selected)))

    def _page(self, arguments: Mapping[str, Any]) -> p.Page:
        first, last = pinned(arguments.get("first")), pinned(arguments.get("last"))
        after, before = arguments.get("after"), arguments.get("before")
        if first is not None and last is not None:
            raise QueryError(
                "QUERY_PAGE_CONTRADICTION", "A page has first or last, not both.", "Leave one out.", status=400
            )
        backward = last is not None
        return p.Page(page_size(last if backward else first, self._limits), backward, after, before)

    def _connection_item(self, item: _Selected, entity: Entity) -> p.ConnectionItem:
        match item.name:
            case "totalCount":
                return p.TotalCount(item.key)
            case "nodes":
                return p.Nodes(item.key, self._record(item, entity))
            case "edges":
                return p.Edges(item.key, tuple(self._edge_item(part, entity) for part in self._below(item)))
            case "pageInfo":
                return p.PageInfo(item.key, tuple(self._page_item(part) for part in self._below(item)))
            case "__typename":
                return p.Constant(item.key, item.parent.name)
            case _:
                return self._folding(item, entity)

    def _edge_item(self, item: _Selected, entity: Entity) -> p.CursorOf | p.NodeOf | p.Constant:
        match item.name:
            case "cursor":
                return p.CursorOf(item.key)
            case "node":
                return p.NodeOf(item.key, self._record(item, entity))
            case _:
                return p.Constant(item.key, item.parent.name)

    def _page_item(self, item: _Selected) -> p.PageItem | p.Constant:
        if item.name == _TYPENAME:
            return p.Constant(item.key, item.parent.name)
        return p.PageItem(item.key, p.PageFact(item.name))

    def _fold(self, item: _Selected) -> p.FoldItem | p.Constant:
        if item.name == _TYPENAME:
            return p.Constant(item.key, item.parent.name)
        if item.name == p.Fold.COUNT:
            return p.FoldItem(item.key, p.Fold.COUNT)
        entity_type = item.parent.name.removesuffix("Aggregate")
        return p.FoldItem(
            item.key, p.Fold(item.name), tuple(self._folded(part, entity_type) for part in self._below(item))
        )

    def _folded(self, item: _Selected, entity_type: str) -> p.FoldedFigure | p.Constant:
        if item.name == _TYPENAME:
            return p.Constant(item.key, item.parent.name)
        return p.FoldedFigure(item.key, self._face.attributes[entity_type, item.name])

    # ---------------------------------------------------------------- groups

    def _folding(self, item: _Selected, entity: Entity) -> p.Aggregate | p.Groups:
        if item.name == "groups":
            return self._groups(item, entity)
        return p.Aggregate(item.key, tuple(self._fold(part) for part in self._below(item)))

    def _groups(self, selected: _Selected, entity: Entity) -> p.Groups:
        arguments = self._arguments(selected)
        asked = GroupArguments(self._face, entity, arguments)
        first = pinned(arguments.get("first"))
        return p.Groups(
            selected.key,
            by=asked.by,
            having=asked.having,
            order=asked.order,
            most=group_count(first, self._limits),
            complete=first is None,
            items=tuple(self._group_item(item, asked) for item in self._below(selected)),
        )

    def _group_item(self, item: _Selected, asked: GroupArguments) -> GroupKeys | p.Aggregate | p.Constant:
        match item.name:
            case "keys":
                return GroupKeys(item.key, self._keys(item, asked, ()))
            case "aggregate":
                return p.Aggregate(item.key, tuple(self._fold(part) for part in self._below(item)))
            case _:
                return p.Constant(item.key, item.parent.name)

    def _keys(self, selected: _Selected, asked: GroupArguments, path: tuple[str, ...]) -> tuple[KeyItem, ...]:
        return tuple(self._key(item, asked, path) for item in self._below(selected))

    def _key(self, item: _Selected, asked: GroupArguments, path: tuple[str, ...]) -> KeyItem:
        if item.name == _TYPENAME:
            return p.Constant(item.key, item.parent.name)
        named = (*path, item.name)
        if item.name == REGION_KEY:
            parts = tuple(self._region_item(part) for part in self._below(item))
            return KeyRegion(item.key, asked.place(named), parts)
        if (item.parent.name.removesuffix("Keys"), item.name) in self._face.attributes:
            return KeyFigure(item.key, asked.place(named))
        return KeyPart(item.key, self._keys(item, asked, named))

    def _region_item(self, item: _Selected) -> RegionItem | p.Constant:
        if item.name == _TYPENAME:
            return p.Constant(item.key, item.parent.name)
        return RegionItem(item.key, RegionFact(item.name))

    # ---------------------------------------------------------------- the ledger

    def _ledger(self, selected: _Selected) -> p.LedgerRoot:
        return self._totals(selected, self._ledger_items(selected))

    def _named(self, selected: _Selected) -> p.LedgerRoot:
        name = str(plain(pinned(self._arguments(selected)["name"])))
        definition = self._face.ledger.definition(name.lower())
        return self._totals(selected, self._named_items(selected, definition))

    def _named_items(self, selected: _Selected, definition: Definition) -> tuple[p.LedgerItem, ...]:
        return tuple(self._named_item(item, definition) for item in self._below(selected))

    def _named_item(self, item: _Selected, definition: Definition) -> p.LedgerItem:
        above, below = definition.numerator, definition.denominator
        words = indicators.wording(definition, item.name)
        if words is not None:
            return p.Wording(item.key, words)
        of_month = definition.of_month
        match item.name:
            case "version":
                return p.Wording(item.key, definition.version)
            case "numerator" | "denominator":
                measures = above if item.name == "numerator" else below
                is_money = indicators.is_money(self._face.ledger, measures)
                return p.NamedFigure(item.key, measures, is_money, of_month=of_month)
            case "value":
                is_money, is_percent = indicators.is_money(self._face.ledger, above), definition.ratio is Ratio.PERCENT
                return p.NamedFigure(item.key, above, is_money, below, is_percent, of_month)
            case "groups":
                return p.LedgerGroups(item.key, self._named_items(item, definition))
            case _:
                return self._ledger_item(item)

    def _totals(self, selected: _Selected, items: tuple[p.LedgerItem, ...]) -> p.LedgerRoot:
        arguments = self._arguments(selected)
        grouping = plain(pinned(arguments.get("groupBy")))
        return p.LedgerRoot(
            selected.key,
            region=value_of(arguments["region"]),
            as_of=value_of(arguments["asOf"]),
            grouping=p.Grouping(grouping) if grouping is not None else None,
            items=items,
            region_entity=self._face.entities["region"],
        )

    def _ledger_items(self, selected: _Selected) -> tuple[p.LedgerItem, ...]:
        return tuple(self._ledger_item(item) for item in self._below(selected))

    def _ledger_item(self, item: _Selected) -> p.LedgerItem:
        match item.name:
            case "__typename":
                return p.Constant(item.key, item.parent.name)
            case "asOf":
                return p.LedgerDay(item.key)
            case "region":
                return p.LedgerRegion(item.key, self._record(item, self._face.entities["region"]))
            case "groups":
                return p.LedgerGroups(item.key, self._ledger_items(item))
            case _:
                group = self._face.figures[item.parent.name, item.name]
                if not isinstance(group, IndicatorGroup):
                    raise TypeError("An indicator stands where only groups can.")
                return p.LedgerGroup(item.key, tuple(self._indicator(part) for part in self._below(item)))

    def _indicator(self, item: _Selected) -> p.LedgerFigure | p.LedgerGroup | p.Constant:
        if item.name == _TYPENAME:
            return p.Constant(item.key, item.parent.name)
        found = self._face.figures[item.parent.name, item.name]
        if isinstance(found, IndicatorGroup):
            return p.LedgerGroup(item.key, tuple(self._indicator(part) for part in self._below(item)))
        is_money = self._face.ledger.quantity(found) is Quantity.MONEY
        return p.LedgerFigure(item.key, found.measure, is_money, found.denominator)
