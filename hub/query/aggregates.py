"""Aggregates over all rows that meet a condition."""

# ruff: noqa: S608 -- identifiers come from the catalogue, values only as numbered parameters

from __future__ import annotations

from collections.abc import Callable

from hub.catalog.field import FieldType
from hub.query import records
from hub.query.entity import Attribute, Relation
from hub.query.plan import Aggregate, Constant, Fold, FoldItem, Rows
from hub.query.values import shown
from hub.query.writer import Pair, Writer, column, json_object

_AllRows = Callable[[Writer, Rows, tuple[Relation, str] | None, str], str]


def aggregate_sql(
    writer: Writer, aggregate: Aggregate, rows: Rows, all_rows: _AllRows, parent: tuple[Relation, str] | None
) -> str:
    """One value: the aggregate as a JSON object, from one pass over the rows."""
    alias = writer.alias()
    # Every attribute is folded once in the inner select, so that nested objects can be built from plain columns.
    folds: list[str] = []
    pairs: list[Pair] = []
    for item in aggregate.items:
        if isinstance(item, Constant):
            pairs.append((item.key, records.constant(item.text)))
        elif item.fold is Fold.COUNT:
            pairs.append((item.key, _add(folds, "count(*)")))
        else:
            pairs.append((item.key, _folded(item, alias, folds)))
    source = f"(select {', '.join(folds)} from {all_rows(writer, rows, parent, alias)}) a" if folds else ""
    return json_object(pairs, source)


def _add(folds: list[str], expression: str) -> str:
    folds.append(f"{expression} as a{len(folds)}")
    return f"a.a{len(folds) - 1}"


def _folded(item: FoldItem, alias: str, folds: list[str]) -> str:
    pairs: list[Pair] = []
    for figure in item.items:
        if isinstance(figure, Constant):
            pairs.append((figure.key, records.constant(figure.text)))
        else:
            value = _add(folds, f"{item.fold.value}({column(alias, figure.attribute.column)})")
            pairs.append((figure.key, _shown(value, figure.attribute, item.fold)))
    return json_object(pairs)


def _shown(value: str, attribute: Attribute, fold: Fold) -> str:
    if fold is not Fold.AVERAGE:
        return shown(value, attribute.type)
    if attribute.type is FieldType.MONEY:
        return f"round({value} * 0.01, 2)::text"
    if attribute.type is FieldType.RATE:
        return f"trim_scale(round({value} * 0.0001, 4))::text"
    return f"round({value}, 4)::float8"
