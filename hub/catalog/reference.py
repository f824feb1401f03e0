"""The catalogue as a page to read: every dataset, field and code, and every figure of the ledger, in both languages."""

from __future__ import annotations

from collections.abc import Iterator

from hub.catalog.dataset import Dataset
from hub.catalog.field import Field
from hub.catalog.indicator import Ledger
from hub.catalog.registry import Catalogue


def reference_page(catalogue: Catalogue, ledger: Ledger) -> str:
    """Markdown; the same declarations always give the same page."""
    lines = [
        "# Catalogue 政务信息资源目录",
        "",
        "Printed from `schema/` by `hub schema reference`; a test compares this page with the declarations.",
        "Levels of sensitivity: 1 public, 2 internal, 3 personal, 4 sensitive (after JR/T 0197-2020).",
        "Money is kept in fen and answered in yuan with two decimals.",
        "Rates are kept in millionths and answered in per cent a year.",
        "",
    ]
    for dataset in catalogue:
        lines += _dataset(catalogue, dataset)
    lines += _ledger(ledger)
    return "\n".join(lines).rstrip() + "\n"


def _dataset(catalogue: Catalogue, dataset: Dataset) -> Iterator[str]:
    yield f"## {dataset.name} {dataset.zh}"
    yield ""
    yield f"{dataset.about} {dataset.about_zh}"
    yield ""
    yield f"Agency of record: `{dataset.agency}`. Key within a county: {_names(dataset.key)}. {_comes(dataset)}"
    yield ""
    yield "| field | 中文 | type | what it is | level | sharing | masked |"
    yield "|---|---|---|---|---|---|---|"
    yield from (_field(item) for item in dataset.fields)
    yield ""
    relations = catalogue.relations(dataset.name)
    if relations:
        found = (f"`{item.name}` {item.zh} → {item.target}{' (many)' if item.many else ''}" for item in relations)
        yield "Relations: " + ", ".join(found) + "."
        yield ""


def _comes(dataset: Dataset) -> str:
    if dataset.is_computed:
        return "Computed by the hub after each sync; nobody delivers it."
    kind = "full" if dataset.full else "incremental"
    return f"Deliveries are {kind}; a row that breaks its contract: `{dataset.mode}`."


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _field(item: Field) -> str:
    kind = f"{item.type}{', required' if item.required else ''}"
    about = f"{item.about} {item.about_zh}"
    if item.unit:
        about += f" Unit: {item.unit}."
    if item.codes:
        about += " " + "; ".join(f"`{name}` {code.en} {code.zh}" for name, code in item.codes.items()) + "."
    mask = item.mask or ""
    return f"| `{item.name}` | {item.zh} | {kind} | {about} | {item.sensitivity:d} | {item.sharing} | {mask} |"


def _ledger(ledger: Ledger) -> Iterator[str]:
    yield "## ledger 监测台账"
    yield ""
    yield "| figure | 中文 | definition | version |"
    yield "|---|---|---|---|"
    for path, indicator in ledger.indicators():
        about = f"{indicator.about} {indicator.about_zh}"
        yield f"| `{'.'.join(path)}` | {indicator.zh} | {about} | {indicator.version} |"
    yield ""
    yield "## indicators 指标"
    yield ""
    yield "| name | 中文 | definition | version |"
    yield "|---|---|---|---|"
    for item in ledger.named:
        yield f"| `{item.name}` | {item.zh} | {item.about} {item.about_zh} | {item.version} |"
    yield ""
