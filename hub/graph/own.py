"""What the hub answers from its own memory: the catalogue, and who is asking."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.access.agreement import Agreement
from hub.access.gate import Gate
from hub.actor import Actor
from hub.catalog.dataset import Dataset
from hub.catalog.registry import Catalogue
from hub.graph.names import camel
from hub.graph.types import Member, TypeSet
from hub.storage.budget import Kind

OWN_ROOTS = frozenset({"catalogue", "me", "_service"})


def declare(types: TypeSet) -> None:
    """The types of ``catalogue`` and ``me``."""
    types.output(
        "CatalogueCode",
        "One value of a code list.",
        [
            Member("code", "String!", "The value. 代码。"),
            Member("en", "String!", "What it means. 英文含义。"),
            Member("zh", "String!", "What it means, in Chinese. 中文含义。"),
        ],
    )
    types.output(
        "CatalogueField",
        "One data item of a dataset.",
        [
            Member("name", "String!", "Name in this schema. 名称。"),
            Member("en", "String!", "English name. 英文名称。"),
            Member("zh", "String!", "Chinese name. 中文名称。"),
            Member("about", "String!", "What it is. 说明。"),
            Member("aboutZh", "String!", "What it is, in Chinese. 中文说明。"),
            Member("type", "String!", "Kind of value. 类型。"),
            Member("unit", "String", "Unit it is kept in. 单位。"),
            Member("required", "Boolean!", "Whether every record has it. 是否必填。"),
            Member("indexed", "Boolean!", "Whether lists may be filtered and ordered by it. 可否过滤排序。"),
            Member("sensitivity", "Int!", "Level by harm done if it leaks, 1 to 4 (JR/T 0197-2020). 敏感级别。"),
            Member("sharing", "String!", "unconditional, conditional or withheld. 共享类型。"),
            Member("mask", "String", "How it is shown only in part. 脱敏方式。"),
            Member("codes", "[CatalogueCode!]!", "Values of a code list. 代码表。"),
        ],
    )
    types.output(
        "CatalogueDataset",
        "One dataset of the catalogue.",
        [
            Member("name", "String!", "Name in this schema. 名称。"),
            Member("plural", "String!", "Name of its list. 列表名称。"),
            Member("en", "String!", "English name. 英文名称。"),
            Member("zh", "String!", "Chinese name. 中文名称。"),
            Member("about", "String!", "What it is. 说明。"),
            Member("aboutZh", "String!", "What it is, in Chinese. 中文说明。"),
            Member("agency", "String!", "Agency of record. 权威部门。"),
            Member("key", "[String!]!", "Fields that tell records apart. 主键。"),
            Member("fields", "[CatalogueField!]!", "Its data items. 数据项。"),
        ],
    )
    _declare_me(types)


def _declare_me(types: TypeSet) -> None:
    types.output(
        "Me",
        "Who is asking, as the hub understands it.",
        [
            Member("client", "String!", "Name of the client. 客户端。"),
            Member("role", "String!", "Role. 角色。"),
            Member("agency", "String", "Agency it speaks for. 部门。"),
            Member("region", "String!", "Prefix of the region codes it may see. 区划范围。"),
            Member("purpose", "String!", "What the answer is wanted for. 用途。"),
            Member("staff", "String", "Who asks through the client. 操作人员。"),
            Member("scopes", "[String!]!", "What the token is narrowed to; empty: to nothing. 令牌权限范围。"),
            Member("purposes", "[String!]!", "What may be asked for today. 当前允许的用途。"),
            Member("agreements", "[MyAgreement!]!", "Agreements in force for this client. 生效的共享协议。"),
            Member("limits", "MyLimits!", "How much may be asked for. 用量限制。"),
        ],
    )
    types.output(
        "MyLimits",
        "What the client may ask for; empty: as much as it likes.",
        [
            Member("requestsPerMinute", "Int", "Requests in a minute. 每分钟请求数上限。"),
            Member("subjectsPerDay", "Int", "Households it may be told of in a day. 每日可披露户数上限。"),
        ],
    )
    types.output(
        "MyAgreement",
        "A sharing agreement that the client asks under.",
        [
            Member("id", "String!", "Its number. 协议编号。"),
            Member("title", "String!", "Its title. 协议名称。"),
            Member("provider", "String!", "Agency that shares. 提供部门。"),
            Member("purposes", "[String!]!", "What for. 用途。"),
            Member("regions", "[String!]!", "Codes of the regions it covers. 区划范围。"),
            Member("datasets", "[String!]!", "Datasets it shares. 数据集。"),
            Member("from", "String!", "First day. 起始日期。"),
            Member("to", "String!", "Last day. 截止日期。"),
            Member(
                "smallestGroup",
                "Int",
                "It gives no records, only figures about at least so many households; null: records. 最小统计户数。",
            ),
        ],
    )


def catalogue_held(catalogue: Catalogue) -> list[dict[str, Any]]:
    """The catalogue as an answer holds it."""
    return [_dataset(dataset) for dataset in catalogue]


def _dataset(dataset: Dataset) -> dict[str, Any]:
    return {
        "name": camel(dataset.name),
        "plural": camel(dataset.plural),
        "en": dataset.en,
        "zh": dataset.zh,
        "about": dataset.about,
        "aboutZh": dataset.about_zh,
        "agency": dataset.agency.value,
        "key": [camel(name) for name in dataset.key],
        "fields": [
            {
                "name": camel(item.name),
                "en": item.en,
                "zh": item.zh,
                "about": item.about,
                "aboutZh": item.about_zh,
                "type": item.type.value,
                "unit": item.unit or None,
                "required": item.required,
                "indexed": item.indexed,
                "sensitivity": int(item.sensitivity),
                "sharing": item.sharing.value,
                "mask": item.mask.value if item.mask else None,
                "codes": [{"code": code, "en": meaning.en, "zh": meaning.zh} for code, meaning in item.codes.items()],
            }
            for item in dataset.fields
        ],
    }


def me_held(actor: Actor, gate: Gate, most: Mapping[Kind, int]) -> dict[str, Any]:
    """The actor as an answer holds it."""
    return {
        "client": actor.client,
        "role": actor.role.value,
        "agency": actor.agency.value if actor.agency else None,
        "region": actor.region,
        "purpose": actor.purpose.value,
        "staff": actor.staff,
        "scopes": sorted(actor.scopes),
        "purposes": [purpose.value for purpose in gate.purposes(actor)],
        "agreements": [_agreement(item) for item in gate.live(actor)],
        "limits": {
            "requestsPerMinute": most[Kind.REQUESTS] or None,
            "subjectsPerDay": most[Kind.SUBJECTS] or None,
        },
    }


def _agreement(agreement: Agreement) -> dict[str, Any]:
    return {
        "id": agreement.id,
        "title": agreement.title,
        "provider": agreement.provider.value,
        "purposes": sorted(agreement.purposes),
        "regions": list(agreement.regions),
        "datasets": [camel(name) for name in agreement.fields],
        "from": agreement.first_day.isoformat(),
        "to": agreement.last_day.isoformat(),
        "smallestGroup": agreement.smallest_group or None,
    }
