"""The GraphQL types of one entity: its object, connection, filter, order and aggregate types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hub.catalog.field import FieldType
from hub.graph import group_types
from hub.graph.group_types import group_arguments
from hub.graph.names import both_languages, camel, scalar_name, type_name
from hub.graph.types import Argument, Member, TypeSet
from hub.query.entity import Attribute, Entity, Relation
from hub.query.writer import is_unique

_WITHHELD = "Null if an agreement withholds it: about too few households."
# Lists that are short by nature are given whole, without pages.
WHOLE_LISTS = frozenset({("sync_run", "datasets"), ("checkpoint", "cosignatures")})


def is_comparable(attribute: Attribute) -> bool:
    """Whether order and ranges may be asked of it; of a masked value they would give the rest away."""
    return attribute.filterable and attribute.mask is None and attribute.type is not FieldType.WORDS


def connection_arguments(entity: Entity) -> tuple[Argument, ...]:
    """What every list takes."""
    name = type_name(entity)
    return (
        Argument("first", "Int", "At most so many rows from the start. 从头取的行数。"),
        Argument("after", "String", "Only rows after this cursor. 从该游标之后。"),
        Argument("last", "Int", "At most so many rows from the end. 从尾取的行数。"),
        Argument("before", "String", "Only rows before this cursor. 到该游标之前。"),
        Argument("filter", f"{name}Filter", "Only rows that meet this. 过滤条件。"),
        Argument("orderBy", f"[{name}Order!]", "Order; the key decides between equal rows. 排序。"),
    )


def declare(types: TypeSet, entity: Entity, entities: Mapping[str, Entity]) -> None:
    """All types of ``entity``."""
    name = type_name(entity)
    for attribute in entity.attributes:
        if attribute.codes:
            _declare_codes(types, entity, attribute)
    types.output(name, both_languages(entity.about, f"{entity.zh}:{entity.about_zh}"), _members(entity, entities))
    types.output(
        f"{name}Edge",
        "One row of a page and its cursor.",
        [
            Member("cursor", "String!", "Where this row stands in its order. 游标。"),
            Member("node", f"{name}!", "The row. 记录。"),
        ],
    )
    connection = [
        Member("edges", f"[{name}Edge!]!", "The rows of the page with their cursors. 带游标的记录。"),
        Member("nodes", f"[{name}!]!", "The rows of the page. 记录。"),
        Member("pageInfo", "PageInfo!", "Where the page stands. 分页信息。"),
        Member("totalCount", "Int", f"All rows that meet the filter, on whatever page. {_WITHHELD} 总数。"),
        Member("aggregate", f"{name}Aggregate", f"What all rows that meet the filter amount to. {_WITHHELD} 汇总。"),
        Member(
            "groups", f"[{name}Group!]!", "All rows that meet the filter, in groups. 分组汇总。", group_arguments(name)
        ),
    ]
    types.output(f"{name}Connection", f"A page of: {entity.about}", connection)
    group_types.declare(types, entity, entities)
    _declare_filter(types, entity, entities)
    _declare_order(types, entity, entities)


def _declare_codes(types: TypeSet, entity: Entity, attribute: Attribute) -> None:
    name = scalar_name(entity, attribute)
    values = {code: both_languages(meaning.en, meaning.zh) for code, meaning in attribute.codes.items()}
    types.choice(name, both_languages(attribute.about, attribute.about_zh), values)
    types.argument(
        f"{name}Filter",
        f"Conditions on {camel(attribute.name)}.",
        [
            Member("eq", name, "Equal. 等于。"),
            Member("ne", name, "Not equal; missing values are. 不等于(含空值)。"),
            Member("in", f"[{name}!]", "One of these. 其中之一。"),
            Member("isNull", "Boolean", "Missing, or not. 是否为空。"),
        ],
    )


def _members(entity: Entity, entities: Mapping[str, Entity]) -> Iterator[Member]:
    for attribute in entity.attributes:
        masked = " Shown only in part. 脱敏显示。" if attribute.mask and attribute.mask != "name" else ""
        about = both_languages(attribute.about, f"{attribute.zh}:{attribute.about_zh}") + masked
        suffix = "!" if attribute.required else ""
        yield Member(camel(attribute.name), scalar_name(entity, attribute) + suffix, about)
    for relation in entity.relations:
        yield _relation_member(relation, entities[relation.target])
    if entity.sourced:
        yield Member("source", "Source", "The row of the agency's delivery this came from. 数据来源。")


def _relation_member(relation: Relation, target: Entity) -> Member:
    name = type_name(target)
    if not relation.many:
        return Member(camel(relation.name), name, relation.zh)
    if (relation.owner, relation.name) in WHOLE_LISTS:
        return Member(camel(relation.name), f"[{name}!]!", relation.zh)
    return Member(camel(relation.name), f"{name}Connection!", relation.zh, connection_arguments(target))


def _declare_filter(types: TypeSet, entity: Entity, entities: Mapping[str, Entity]) -> None:
    name = f"{type_name(entity)}Filter"
    members = [
        Member("and", f"[{name}!]", "All of these. 全部满足。"),
        Member("or", f"[{name}!]", "At least one of these. 至少满足一项。"),
        Member("not", name, "Not this. 不满足。"),
    ]
    members += [
        Member(camel(attribute.name), _filter_type(entity, attribute), attribute.zh)
        for attribute in entity.attributes
        if attribute.filterable
    ]
    for relation in entity.relations:
        target = type_name(entities[relation.target])
        suffix = "ListFilter" if relation.many else "Filter"
        members.append(Member(camel(relation.name), f"{target}{suffix}", relation.zh))
    types.argument(name, f"Conditions on: {entity.about} All of those given must hold.", members)
    types.argument(
        f"{type_name(entity)}ListFilter",
        f"Conditions on related rows: {entity.about}",
        [
            Member("some", name, "At least one meets this. 至少一条满足。"),
            Member("none", name, "None meets this. 没有一条满足。"),
            Member("every", name, "None fails this. 每条都满足。"),
        ],
    )


def _filter_type(entity: Entity, attribute: Attribute) -> str:
    if attribute.mask is not None:
        return "MaskedFilter"
    if attribute.type is FieldType.WORDS:
        return "WordsFilter"
    return f"{scalar_name(entity, attribute)}Filter"


def _declare_order(types: TypeSet, entity: Entity, entities: Mapping[str, Entity]) -> None:
    members = [Member(camel(item.name), "Direction", item.zh) for item in entity.attributes if is_comparable(item)]
    for relation in entity.relations:
        target = entities[relation.target]
        if not relation.many and is_unique(relation, target):
            members.append(Member(camel(relation.name), f"{type_name(target)}Order", relation.zh))
    types.argument(f"{type_name(entity)}Order", f"One key of an order of: {entity.about}", members, one_of=True)


def declare_shared(types: TypeSet) -> None:
    """Types that every entity uses."""
    group_types.declare_shared(types)
    types.choice(
        "Direction", "Which end comes first.", {"ASC": "Smallest first. 升序。", "DESC": "Largest first. 降序。"}
    )
    types.output(
        "PageInfo",
        "Where a page stands in its list.",
        [
            Member("hasNextPage", "Boolean!", "Whether rows follow. 是否有下一页。"),
            Member("hasPreviousPage", "Boolean!", "Whether rows come before. 是否有上一页。"),
            Member("startCursor", "String", "Cursor of the first row. 首行游标。"),
            Member("endCursor", "String", "Cursor of the last row. 末行游标。"),
        ],
    )
    types.output(
        "Source",
        "The row of an agency's delivery that a record came from.",
        [
            Member("agency", "String!", "Agency: BANK, FINANCE or RELIEF. 部门。"),
            Member("kind", "String!", "FILE, TABLE or ENDPOINT. 交换方式。"),
            Member("delivery", "String!", "Name of the file, table or endpoint. 文件、表或接口名称。"),
            Member("sheet", "String", "Sheet of a workbook. 工作表。"),
            Member("row", "Int!", "Row in it. 行号。"),
            Member("recordedAt", "DateTime", "When it was brought into the hub. 入库时间。"),
        ],
    )
    for scalar in ("String", "Money", "Rate", "Date", "DateTime", "Int", "Float", "Boolean"):
        types.argument(f"{scalar}Filter", f"Conditions on a {scalar}.", list(_comparisons(scalar)))
    types.argument(
        "WordsFilter", "Conditions on several names.", [Member("has", "String", "This is one of them. 包含。")]
    )
    types.argument(
        "MaskedFilter",
        "Conditions on a value that is shown only in part: it can be looked up by who knows it, not searched for.",
        [
            Member("eq", "String", "Equal. 等于。"),
            Member("in", "[String!]", "One of these. 其中之一。"),
            Member("isNull", "Boolean", "Missing, or not. 是否为空。"),
        ],
    )


def _comparisons(scalar: str) -> Iterator[Member]:
    yield Member("eq", scalar, "Equal. 等于。")
    yield Member("isNull", "Boolean", "Missing, or not. 是否为空。")
    if scalar == "Boolean":
        return
    yield Member("ne", scalar, "Not equal; missing values are. 不等于(含空值)。")
    yield Member("in", f"[{scalar}!]", "One of these. 其中之一。")
    yield Member("lt", scalar, "Less. 小于。")
    yield Member("lte", scalar, "Less or equal. 小于等于。")
    yield Member("gt", scalar, "Greater. 大于。")
    yield Member("gte", scalar, "Greater or equal. 大于等于。")
    if scalar == "String":
        yield Member("startsWith", scalar, "Begins with this. 以此开头。")
