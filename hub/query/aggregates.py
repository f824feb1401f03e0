"""Aggregates over all rows that meet a condition, or over one group of them."""

# ruff: noqa: S608 -- identifiers come from the catalogue, values only as numbered parameters

from __future__ import annotations

from hub.catalog.field import FieldType
from hub.query import records
from hub.query.entity import Attribute
from hub.query.folds import Aggregate, Constant, Fold, Folded, FoldItem
from hub.query.values import shown
from hub.query.writer import Pair, column, json_object


class Folds:
    """The folds of one scan, each once, as columns ``a0``, ``a1`` … of the select that makes them."""

    def __init__(self, rows: str, outside: str) -> None:
        self._rows = rows  # alias of the rows that are folded
        self._outside = outside  # alias of the select that folds them
        self._places: dict[str, int] = {}

    @property
    def columns(self) -> list[str]:
        """The select list."""
        return [f"{expression} as a{place}" for expression, place in self._places.items()]

    def expression(self, figure: Folded) -> str:
        """The fold itself, as it stands where rows are folded."""
        if figure.attribute is None:
            return "count(*)"
        name = column(self._rows, figure.attribute.column)
        return f"count(distinct {name})" if figure.fold is Fold.COUNT_DISTINCT else f"{figure.fold.value}({name})"

    def read(self, figure: Folded) -> str:
        """The fold as it is read outside."""
        place = self._places.setdefault(self.expression(figure), len(self._places))
        return f"{self._outside}.a{place}"


def aggregate_sql(aggregate: Aggregate, rows: str, alias: str) -> str:
    """One value: the aggregate as a JSON object, from one pass over ``rows``, which is known by ``alias``."""
    folds = Folds(alias, "a")
    # Every attribute is folded once in the inner select, so that nested objects can be built from plain columns.
    pairs = aggregate_pairs(aggregate, folds)
    return json_object(pairs, f"(select {', '.join(folds.columns)} from {rows}) a" if folds.columns else "")


def aggregate_pairs(aggregate: Aggregate, folds: Folds) -> list[Pair]:
    """The items of ``aggregate``, read from ``folds``."""
    pairs: list[Pair] = []
    for item in aggregate.items:
        if isinstance(item, Constant):
            pairs.append((item.key, records.constant(item.text)))
        elif item.fold is Fold.COUNT:
            pairs.append((item.key, folds.read(Folded(Fold.COUNT))))
        else:
            pairs.append((item.key, json_object(_figures(item, folds))))
    return pairs


def _figures(item: FoldItem, folds: Folds) -> list[Pair]:
    pairs: list[Pair] = []
    for figure in item.items:
        if isinstance(figure, Constant):
            pairs.append((figure.key, records.constant(figure.text)))
        else:
            value = folds.read(Folded(item.fold, figure.attribute))
            pairs.append((figure.key, _shown(value, figure.attribute, item.fold)))
    return pairs


def _shown(value: str, attribute: Attribute, fold: Fold) -> str:
    if fold is Fold.COUNT_DISTINCT:
        return value
    if fold is not Fold.AVERAGE:
        return shown(value, attribute.type)
    if attribute.type is FieldType.MONEY:
        return f"round({value} * 0.01, 2)::text"
    if attribute.type is FieldType.RATE:
        return f"trim_scale(round({value} * 0.0001, 4))::text"
    return f"round({value}, 4)::float8"
