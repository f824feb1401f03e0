"""Draws GraphQL operations: selections, filters, orders, pages, aliases, fragments, directives and variables."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from hub.catalog.field import FieldType
from hub.graph.datasets import is_comparable
from hub.graph.names import camel, scalar_name, type_name
from hub.query.entity import Attribute, Entity
from hub.query.writer import is_unique
from tests.support.county import FACE
from tests.support.drawn_groups import Grouping, aggregate, literal

FILLED = ("region", "household", "person", "loan", "repayment")

_VALUES: dict[FieldType, tuple[str, ...]] = {
    FieldType.MONEY: ("10000", "20000.00", "30000.5", "1000.01"),
    FieldType.DATE: ("2017-01-10", "2017-03-10", "2020-02-10", "2018-05-01", "2014-02-01"),
}
_TEXTS = ("L001", "L00", "H003", "H00", "5223", "522301101", "R0112", "", "P001", "村", "522301102002")


class Drawing:
    """One operation while it is drawn; its values may become variables."""

    def __init__(self, data: st.DataObject) -> None:
        self._data = data
        self.variables: dict[str, Any] = {}
        self._declared: list[str] = []
        self._fragments: list[str] = []
        self._aliases = 0

    def draw(self, strategy: st.SearchStrategy[Any]) -> Any:
        return self._data.draw(strategy)

    def operation(self) -> str:
        roots = [self._root(number) for number in range(self.draw(st.integers(1, 2)))]
        return self._document(" ".join(roots))

    def filtered(self) -> str:
        """Only which rows meet a condition, and in which order: mistakes there show best where nothing else is."""
        entity = FACE.entities[self.draw(st.sampled_from(FILLED))]
        given = f"first: 100, filter: {self._filter(entity, 0)}"
        if self.draw(st.booleans()):
            given += f", orderBy: [{self._key(entity, 0)}]"
        return self._document(f"{camel(entity.plural)}({given}) {{ nodes {{ {camel(entity.key[0])} }} }}")

    def grouped(self) -> str:
        """Only groups and figures, over all rows or those of each row of another list."""
        entity = FACE.entities[self.draw(st.sampled_from(FILLED))]
        given = f"(filter: {self._filter(entity, 1)})" if self.draw(st.integers(0, 3)) == 0 else ""
        below = f"{{ {self._groups(entity)} {self._groups(entity)} g: aggregate {aggregate(self.draw, entity)} }}"
        return self._document(f"{camel(entity.plural)}{given} {below}")

    def _document(self, inner: str) -> str:
        declared = f"({', '.join(self._declared)})" if self._declared else ""
        return "\n".join([f"query Drawn{declared} {{ {inner} }}", *self._fragments])

    def _root(self, number: int) -> str:
        entity = FACE.entities[self.draw(st.sampled_from(FILLED))]
        return f"r{number}: {camel(entity.plural)}{self._list(entity, 0)}"

    # ---------------------------------------------------------------- selections

    def _list(self, entity: Entity, depth: int) -> str:
        parts = self.draw(
            st.lists(
                st.sampled_from(("nodes", "nodes", "edges", "totalCount", "pageInfo", "aggregate", "groups")),
                min_size=1,
                max_size=3,
            )
        )
        texts: dict[str, str] = {"totalCount": "totalCount", "pageInfo": "pageInfo { hasNextPage hasPreviousPage }"}
        chosen = []
        for part in parts:
            if part == "nodes":
                chosen.append(f"n{self._number()}: nodes{self._directive()} {self._record(entity, depth)}")
            elif part == "edges":
                chosen.append(f"e{self._number()}: edges {{ __typename node {self._record(entity, depth)} }}")
            elif part == "aggregate":
                chosen.append(f"g{self._number()}: aggregate{self._directive()} {aggregate(self.draw, entity)}")
            elif part == "groups":
                chosen.append(self._groups(entity))
            else:
                chosen.append(texts[part])
        return f"{self._arguments(entity)} {self._spread(type_name(entity) + 'Connection', ' '.join(chosen))}"

    def _groups(self, entity: Entity) -> str:
        drawn = Grouping(self.draw, entity, FILLED)
        name = type_name(entity)
        given = [f"by: {self._whole(f'[{name}GroupBy!]!', drawn.by)}"]
        if drawn.having or self.draw(st.booleans()):
            given.append(f"having: {self._whole(f'{name}Having', drawn.having or None)}")
        if drawn.order:
            given.append(f"orderBy: {self._whole(f'[{name}GroupOrder!]', drawn.order)}")
        if self.draw(st.integers(0, 3)) == 0:
            given.append(f"first: {self._value('Int', self.draw(st.sampled_from((None, 0, 1, 3))))}")
        keys = f"keys {drawn.keys()}" if self.draw(st.integers(0, 3)) else "__typename"
        inner = f"{{ {keys} aggregate {aggregate(self.draw, entity)} }}"
        return f"g{self._number()}: groups({', '.join(given)}) {inner}"

    def _whole(self, kind: str, value: Any) -> str:
        """An input as one variable, or written out."""
        if not self.draw(st.booleans()):
            return literal(value) if value is not None else "null"
        name = f"v{self._number()}"
        self._declared.append(f"${name}: {kind}")
        self.variables[name] = value
        return f"${name}"

    def _record(self, entity: Entity, depth: int) -> str:
        names = [camel(item.name) for item in entity.attributes]
        chosen = self.draw(st.lists(st.sampled_from(names), min_size=1, max_size=4))
        parts = [self._aliased(name) for name in chosen]
        if self.draw(st.booleans()):
            parts.append("__typename")
        ways = [item for item in entity.relations if item.target in FILLED]
        if depth < 2 and ways:
            for relation in self.draw(st.lists(st.sampled_from(ways), max_size=2)):
                target = FACE.entities[relation.target]
                below = self._list(target, depth + 1) if relation.many else self._record(target, depth + 1)
                parts.append(f"x{self._number()}: {camel(relation.name)}{below}")
        return self._spread(type_name(entity), " ".join(parts))

    def _aliased(self, name: str) -> str:
        alias = f"a{self._number()}: " if self.draw(st.booleans()) else ""
        return f"{alias}{name}{self._directive()}"

    def _directive(self) -> str:
        kind = self.draw(st.sampled_from(("", "", "", "skip", "include")))
        if not kind:
            return ""
        return f" @{kind}(if: {self._value('Boolean!', self.draw(st.booleans()), always=True)})"

    def _spread(self, kind: str, inner: str) -> str:
        """A selection set, perhaps by way of fragments, perhaps of the same fields twice."""
        way = self.draw(st.sampled_from(("plain", "plain", "inline", "fragment", "optional")))
        if way == "inline":
            return f"{{ ... on {kind} {{ {inner} }} __typename }}"
        if way == "optional":
            return f"{{ __typename ... on {kind}{self._directive()} {{ {inner} }} }}"
        if way == "fragment":
            name = f"F{self._number()}"
            self._fragments.append(f"fragment {name} on {kind} {{ {inner} }}")
            return f"{{ ...{name} ...{name}{self._directive()} }}"
        return f"{{ {inner} }}"

    def _number(self) -> int:
        self._aliases += 1
        return self._aliases

    # ---------------------------------------------------------------- arguments

    def _arguments(self, entity: Entity) -> str:
        found: list[str] = []
        page = self.draw(st.sampled_from(("", "first", "last")))
        if page:
            size = self.draw(st.integers(0, 6)) if self.draw(st.integers(0, 5)) else None
            found.append(f"{page}: {self._value('Int', size)}")
        if self.draw(st.integers(0, 9)) == 0:
            found.append(f"filter: {self._value(f'{type_name(entity)}Filter', None)}")
        elif self.draw(st.integers(0, 3)):
            found.append(f"filter: {self._filter(entity, 0)}")
        if self.draw(st.booleans()):
            keys = ", ".join(self._key(entity, 0) for _ in range(self.draw(st.integers(1, 2))))
            found.append(f"orderBy: [{keys}]")
        return f"({', '.join(found)})" if found else ""

    def _key(self, entity: Entity, depth: int) -> str:
        ways = [
            item
            for item in entity.relations
            if item.target in FILLED and not item.many and is_unique(item, FACE.entities[item.target])
        ]
        if ways and depth < 2 and self.draw(st.integers(0, 3)) == 0:
            relation = self.draw(st.sampled_from(ways))
            return f"{{{camel(relation.name)}: {self._key(FACE.entities[relation.target], depth + 1)}}}"
        attribute = self.draw(st.sampled_from([item for item in entity.attributes if is_comparable(item)]))
        return f"{{{camel(attribute.name)}: {self._value('Direction!', self.draw(st.sampled_from(('ASC', 'DESC'))))}}}"

    def _filter(self, entity: Entity, depth: int) -> str:
        kind = self.draw(st.sampled_from(("field", "field", "relation", "and", "or", "not"))) if depth < 2 else "field"
        if kind in {"and", "or"}:
            inner = ", ".join(self._filter(entity, depth + 1) for _ in range(self.draw(st.integers(0, 2))))
            return f"{{{kind}: [{inner}]}}"
        if kind == "not":
            return f"{{not: {self._filter(entity, depth + 1)}}}"
        ways = [item for item in entity.relations if item.target in FILLED]
        if kind == "relation" and ways:
            relation = self.draw(st.sampled_from(ways))
            inner = self._filter(FACE.entities[relation.target], depth + 1)
            if relation.many:
                inner = f"{{{self.draw(st.sampled_from(('some', 'none', 'every')))}: {inner}}}"
            return f"{{{camel(relation.name)}: {inner}}}"
        attribute = self.draw(st.sampled_from([item for item in entity.attributes if item.filterable]))
        return f"{{{camel(attribute.name)}: {self._comparison(entity, attribute)}}}"

    def _comparison(self, entity: Entity, attribute: Attribute) -> str:
        if self.draw(st.integers(0, 4)) == 0:
            return f"{{isNull: {self._value('Boolean', self.draw(st.booleans()))}}}"
        scalar = scalar_name(entity, attribute)
        values = tuple(attribute.codes) or _VALUES.get(attribute.type, _TEXTS)
        if self.draw(st.integers(0, 4)) == 0:
            several = self.draw(st.lists(st.sampled_from(values), max_size=3))
            return f"{{in: {self._value(f'[{scalar}!]', several)}}}"
        known = ["eq"]
        if attribute.mask is None:
            known += ["ne", "ne"] if attribute.codes else ["ne", "lt", "lte", "gt", "gte"]
            known += ["startsWith"] if scalar == "String" else []
        return f"{{{self.draw(st.sampled_from(known))}: {self._value(scalar, self.draw(st.sampled_from(values)))}}}"

    def _value(self, kind: str, value: Any, *, always: bool = False) -> str:
        if self.draw(st.booleans()):
            name = f"v{self._number()}"
            self._declared.append(f"${name}: {kind}")
            if value is not None or self.draw(st.booleans()):  # what is null may as well be left out
                self.variables[name] = value
            return f"${name}"
        return _literal(value, is_enum=kind.strip("[]!") not in {"String", "Money", "Date", "Int", "Boolean", "Rate"})


def _literal(value: Any, *, is_enum: bool) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_literal(item, is_enum=is_enum) for item in value) + "]"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and not is_enum:
        return f'"{value}"'
    return str(value)
