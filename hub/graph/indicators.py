"""``indicator(name, region, asOf, groupBy)``: one named figure with its definition, numerator and denominator."""

from __future__ import annotations

from hub.catalog.indicator import Definition, Ledger, Quantity
from hub.graph.types import Argument, Member, TypeSet

ROOT = "indicator"
TYPE = "Indicator"


def declare(types: TypeSet, ledger: Ledger) -> None:
    """The types of ``indicator``."""
    names = {item.name.upper(): f"{item.about} (v{item.version})\n\n{item.zh}:{item.about_zh}" for item in ledger.named}
    types.choice("IndicatorName", "A named indicator; each value says its formula. 指标名称。", names)
    types.output(
        TYPE,
        "One named figure of a region at the end of a day, with its definition. 指标及其口径。",
        [
            Member("name", "String!", "Name. 名称。"),
            Member("zh", "String!", "Name in Chinese. 中文名称。"),
            Member("version", "Int!", "Version of the definition. 口径版本。"),
            Member("formula", "String!", "What is counted, and divided by what. 口径(英文)。"),
            Member("formulaZh", "String!", "The same in Chinese. 口径。"),
            Member("asOf", "Date!", "The figure is of the end of this day. 截止日期。"),
            Member("region", "Region!", "The figure is of this region. 区划。"),
            Member("numerator", "String!", "The figure above the line: yuan, or a count. 分子。"),
            Member("denominator", "String", "The figure below the line; null for a plain figure. 分母。"),
            Member(
                "value",
                "String",
                "Per cent or mean with two decimals, or the plain figure; null where the denominator is zero. 指标值。",
            ),
            Member("groups", f"[{TYPE}!]!", "One per part, by groupBy; parts have no parts. 分组。"),
        ],
    )


def root() -> Member:
    """The root field."""
    return Member(
        ROOT,
        TYPE,
        "A named indicator of a region at the end of a day, served with its definition. 指标。",
        (
            Argument("name", "IndicatorName!", "Which. 指标名称。"),
            Argument("region", "String!", "Code of the county, township or village. 区划代码。"),
            Argument("asOf", "Date!", "The day. 截止日期。"),
            Argument("groupBy", "LedgerGroup", "Also one per part, in groups. 分组。"),
        ),
    )


def wording(definition: Definition, field: str) -> str | None:
    """What a field says of the definition itself; None for one that holds a figure."""
    return {
        "name": definition.name,
        "zh": definition.zh,
        "formula": definition.about,
        "formulaZh": definition.about_zh,
    }.get(field)


def is_money(ledger: Ledger, measures: tuple[str, ...]) -> bool:
    """Whether the sum of these measures is printed in yuan."""
    return all(ledger.measure(name).quantity is Quantity.MONEY for name in measures)
