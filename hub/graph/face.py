"""The whole schema, and what each of its fields stands for."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import strawberry
from graphql import GraphQLSchema
from strawberry.schema.config import StrawberryConfig

from hub.catalog.indicator import Indicator, IndicatorGroup, Ledger, Quantity
from hub.catalog.registry import Catalogue
from hub.graph import datasets, federation, finding_types, indicators, own
from hub.graph.names import both_languages, camel, pascal, scalar_name, type_name
from hub.graph.scalars import SCALARS
from hub.graph.types import Argument, Member, TypeSet
from hub.query.entity import FINDING, LOG, OWN_WORK, RUN_DATASET, Attribute, Entity, Relation, entities_of

LedgerMeaning = Indicator | IndicatorGroup

_QUANTITIES = {Quantity.COUNT: "Int!", Quantity.MONEY: "Money!", Quantity.PERCENT: "Percent"}


class Face:
    """GraphQL's view of the catalogue: made once, read-only afterwards."""

    def __init__(self, catalogue: Catalogue, ledger: Ledger, *, federated: bool = False) -> None:
        self.catalogue = catalogue
        self.ledger = ledger
        self.entities = entities_of(catalogue)
        if federated:
            self.entities = {name: federation.with_county(entity) for name, entity in self.entities.items()}
        self.singles: dict[str, Entity] = {}
        self.lists: dict[str, Entity] = {}
        self.abouts: dict[str, Entity] = {}
        self.attributes: dict[tuple[str, str], Attribute] = {}
        self.relations: dict[tuple[str, str], Relation] = {}
        self.figures: dict[tuple[str, str], LedgerMeaning] = {}
        for entity in self.entities.values():
            self._learn(entity)
        types = TypeSet()
        datasets.declare_shared(types)
        for entity in self.entities.values():
            datasets.declare(types, entity, self.entities)
        own.declare(types)
        self._declare_ledger(types)
        indicators.declare(types, ledger)
        types.output("Query", "What can be asked.", list(self._roots()))
        if FINDING in self.entities:
            finding_types.declare(types)
        self._made = strawberry.Schema(
            query=types.tie(),
            mutation=types.mutation(),
            config=StrawberryConfig(auto_camel_case=False, scalar_map=SCALARS),
        )
        self.schema: GraphQLSchema = self._made._schema  # noqa: SLF001  # Strawberry has no public way to it
        self.keyed: dict[str, Entity] = {}
        if federated:
            self.keyed = {type_name(entity): entity for entity in self.singles.values()}
            self.schema = federation.with_entry_points(self.schema, self.keyed)

    def printed(self) -> str:
        """The schema as text (SDL)."""
        lines = [line.rstrip() for line in self._made.as_str().rstrip("\n").split("\n")]
        return "\n".join(lines) + "\n"

    def subgraph(self) -> str:
        """The schema as a gateway composes it; empty if this is no subgraph."""
        return self._subgraph

    @cached_property
    def _subgraph(self) -> str:
        return federation.subgraph_text(self.printed(), self.keyed) if self.keyed else ""

    def _learn(self, entity: Entity) -> None:
        name = type_name(entity)
        for attribute in entity.attributes:
            self.attributes[name, camel(attribute.name)] = attribute
        for relation in entity.relations:
            self.relations[name, camel(relation.name)] = relation
        if entity.asked_about:
            self.abouts[camel(entity.plural)] = entity
        elif entity.name != RUN_DATASET:
            self.lists[camel(entity.plural)] = entity
        if entity.name not in {*OWN_WORK, *LOG}:
            self.singles[camel(entity.name)] = entity

    def _roots(self) -> Iterator[Member]:
        for name, entity in self.singles.items():
            key = tuple(
                Argument(camel(item), f"{scalar_name(entity, entity.attribute(item))}!", "Key. 主键。")
                for item in entity.key
            )
            yield Member(name, type_name(entity), both_languages(entity.about, entity.about_zh), key)
        for name, entity in self.lists.items():
            about = both_languages(entity.about, entity.about_zh)
            arguments = datasets.connection_arguments(entity)
            yield Member(name, f"{type_name(entity)}Connection!", about, arguments)
        for name, entity in self.abouts.items():
            about = both_languages(
                f"{entity.about} Null if there is no such household for who asks.",
                f"{entity.about_zh}无此户或无权查看时为空。",
            )
            household = Argument("household", "String!", "Number of the household. 户编号。")
            arguments = (household, *datasets.connection_arguments(entity))
            yield Member(name, f"{type_name(entity)}Connection", about, arguments)
        yield Member(
            "ledger",
            "Ledger",
            "The monitoring ledger of a region at the end of a day. 监测台账。",
            (
                Argument("region", "String!", "Code of the county, township or village. 区划代码。"),
                Argument("asOf", "Date!", "The day. 截止日期。"),
                Argument("groupBy", "LedgerGroup", "Also one ledger per part, in groups. 分组。"),
            ),
        )
        yield indicators.root()
        yield Member(
            "catalogue", "[CatalogueDataset!]!", "What the hub shares: every dataset and field. 信息资源目录。"
        )
        yield Member("me", "Me!", "Who is asking, as the hub understands it. 当前身份。")

    def _declare_ledger(self, types: TypeSet) -> None:
        groups = {
            "TOWNSHIP": "One per township. 按乡镇。",
            "VILLAGE": "One per village. 按行政村。",
            "MONTH": "One per month end. 按月末。",
        }
        types.choice("LedgerGroup", "What a ledger is split by.", groups)
        members = [
            Member("asOf", "Date!", "The figures are of the end of this day. 截止日期。"),
            Member("region", "Region!", "The figures are of this region. 区划。"),
        ]
        members += [self._ledger_group(types, "Ledger", group) for group in self.ledger.groups]
        members.append(
            Member("groups", "[Ledger!]!", "One ledger per part, by groupBy; parts have no parts. 分组台账。")
        )
        types.output("Ledger", "The monitoring ledger. 监测台账。", members)

    def _ledger_group(self, types: TypeSet, owner: str, group: IndicatorGroup) -> Member:
        self.figures[owner, camel(group.name)] = group
        name = owner + pascal(group.name)
        members = []
        for item in group.members:
            if isinstance(item, IndicatorGroup):
                members.append(self._ledger_group(types, name, item))
            else:
                self.figures[name, camel(item.name)] = item
                about = both_languages(item.about, f"{item.zh}:{item.about_zh}") + f" (v{item.version})"
                members.append(Member(camel(item.name), _QUANTITIES[self.ledger.quantity(item)], about))
        about = both_languages(group.about, group.about_zh)
        types.output(name, about, members)
        return Member(camel(group.name), f"{name}!", about)


def print_schema(catalogue: Catalogue, ledger: Ledger, *, federated: bool = False) -> str:
    """The schema as text, as committed in ``schema/schema.graphql``; or as an Apollo Federation subgraph."""
    face = Face(catalogue, ledger, federated=federated)
    return face.subgraph() or face.printed()
