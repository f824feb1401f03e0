"""Groups of rows: keys and figures of each, from one pass over the rows."""

# ruff: noqa: S608 -- identifiers come from the catalogue, values only as numbered parameters

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hub.catalog.field import FieldType
from hub.catalog.registry import REGION
from hub.query import records
from hub.query.aggregates import Folds, aggregate_pairs
from hub.query.conditions import compared
from hub.query.folds import (
    Aggregate,
    Bucket,
    Constant,
    Fold,
    Folded,
    GroupAttribute,
    GroupKey,
    GroupKeys,
    GroupRegion,
    Groups,
    KeyFigure,
    KeyItem,
    KeyPart,
    KeyRegion,
    Path,
    RegionFact,
    RegionLevel,
)
from hub.query.values import cast_of, shown
from hub.query.writer import EMPTY_LIST, Pair, Writer, column, json_object, table

_GROUP = "g"
_DIGITS = {RegionLevel.COUNTY: 6, RegionLevel.TOWNSHIP: 9, RegionLevel.VILLAGE: 12}


@dataclass(frozen=True, slots=True)
class Scan:
    """The rows that are grouped: their table, joins to come, and condition."""

    source: str
    condition: str
    alias: str


def groups_sql(writer: Writer, groups: Groups, scan: Scan) -> str:
    """One value: the groups as a JSON list."""
    folds = Folds(scan.alias, _GROUP)
    value, order = json_object(_pairs(writer, groups, folds)), ", ".join(_order(groups, folds))
    found = _divided(writer, groups, scan, folds.columns)
    if groups.having:
        found += f" having {_having(writer, groups, folds.expression)}"
    return _listed(groups, f"select {value} as n from ({found}) {_GROUP} order by {order}")


def large_groups_sql(writer: Writer, groups: Groups, scan: Scan, threshold: tuple[str, int]) -> str:
    """A select of one row: the groups that are about enough households, and how many others were left out.

    ``threshold``: the column with a row's household, and how many are enough. Left out is also the smallest group
    that is about enough, if a smaller one is not: what all is more than the rest is then about enough as well.
    """
    household, least = threshold
    folds = Folds(scan.alias, _GROUP)
    value, order = json_object(_pairs(writer, groups, folds)), ", ".join(_order(groups, folds))
    chosen = f" and {_having(writer, groups, folds.read)}" if groups.having else ""
    found = _divided(writer, groups, scan, [*folds.columns, f"count(distinct {household}) as households"])
    keys = ", ".join(f"d.k{place}" for place in range(len(groups.by)))
    figures = "".join(f"d.a{place}, " for place in range(len(folds.columns)))
    smaller = f"lag(d.households, 1, d.households) over (order by d.households, {keys})"
    is_large = f"d.households >= {least:d} and {smaller} >= {least:d}"
    counted = f"select {keys}, {figures}{is_large} as is_large from ({found}) d"
    listed = _listed(
        groups, f"select {value} as n from counted {_GROUP} where {_GROUP}.is_large{chosen} order by {order}"
    )
    left_out = "(select count(*) from counted c where not c.is_large)"
    return f"with counted as materialized ({counted}) select {listed} as listed, {left_out} as left_out"


def _divided(writer: Writer, groups: Groups, scan: Scan, figures: list[str]) -> str:
    """A row for each group: its keys ``k0``, ``k1`` … and ``figures``."""
    joins = _Joins(writer, scan.alias)
    keys = [_key(joins, key) for key in groups.by]
    columns = [f"{expression} as k{place}" for place, expression in enumerate(keys)] + figures
    places = ", ".join(str(place) for place in range(1, len(keys) + 1))
    return f"select {', '.join(columns)} from {scan.source}{joins.text} where {scan.condition} group by {places}"


def _listed(groups: Groups, found: str) -> str:
    """The rows of ``found`` as a JSON list, as many as are wanted."""
    limit = groups.most + 1 if groups.complete else groups.most
    listed = f"coalesce(json_agg(p.n), {EMPTY_LIST})"
    if groups.complete:
        # Nothing is cut off in silence: with one group too many the number of buckets is 0, and width_bucket
        # raises an error of its own, 2201G, which link.py knows.
        listed = f"case when width_bucket(0, 0, 1, {limit:d} - count(*)::int) > 0 then {listed} end"
    return f"(select {listed} from ({found} limit {limit:d}) p)"


class _Joins:
    """The rows that to-one relations lead to, each joined once."""

    def __init__(self, writer: Writer, alias: str) -> None:
        self._writer = writer
        self._aliases: dict[tuple[str, ...], str] = {(): alias}
        self.text = ""

    def alias(self, path: Path) -> str:
        """The alias of the row that ``path`` leads to."""
        names = tuple(relation.name for relation, _ in path)
        if names not in self._aliases:
            ours = self.alias(path[:-1])
            relation, entity = path[-1]
            theirs = self._writer.alias()
            link = self._writer.link(relation, entity, ours, theirs)
            self.text += f" left join {table(entity, theirs)} on {link}"
            self._aliases[names] = theirs
        return self._aliases[names]


def _key(joins: _Joins, key: GroupKey) -> str:
    alias = joins.alias(key.path)
    if isinstance(key, GroupRegion):
        digits = _DIGITS[key.level]
        region = column(alias, REGION)
        return f"case when length({region}) >= {digits} then left({region}, {digits}) end"
    name = column(alias, key.attribute.column)
    if key.bucket is None or key.bucket is Bucket.DAY:
        return name
    # By way of a timestamp without zone: the calendar's own days, whatever the session's time zone.
    return f"date_trunc('{key.bucket.value.lower()}', {name}::timestamp)::date"


def _having(writer: Writer, groups: Groups, expression: Callable[[Folded], str]) -> str:
    return " and ".join(
        compared(writer, expression(item.figure), item.comparison, (item.value, _cast(item.figure)))
        for item in groups.having
    )


def _cast(figure: Folded) -> str:
    if figure.attribute is None or figure.fold is Fold.COUNT_DISTINCT:
        return "bigint"
    if figure.fold in {Fold.SUM, Fold.AVERAGE}:
        return "numeric"
    return cast_of(figure.attribute.type)


def _order(groups: Groups, folds: Folds) -> list[str]:
    found = [
        f"{f'{_GROUP}.k{item.by}' if isinstance(item.by, int) else folds.read(item.by)} "
        f"{'desc' if item.descending else 'asc'}"
        for item in groups.order
    ]
    named = {item.by for item in groups.order if isinstance(item.by, int)}
    return found + [f"{_GROUP}.k{place} asc" for place in range(len(groups.by)) if place not in named]


def _pairs(writer: Writer, groups: Groups, folds: Folds) -> list[Pair]:
    pairs: list[Pair] = []
    for item in groups.items:
        match item:
            case Constant(key, text):
                pairs.append((key, records.constant(text)))
            case Aggregate(key):
                pairs.append((key, json_object(aggregate_pairs(item, folds))))
            case GroupKeys(key, items):
                pairs.append((key, json_object([_key_pair(writer, groups, part) for part in items])))
    return pairs


def _key_pair(writer: Writer, groups: Groups, item: KeyItem) -> Pair:
    match item:
        case Constant(key, text):
            return key, records.constant(text)
        case KeyPart(key, items):
            return key, json_object([_key_pair(writer, groups, part) for part in items])
        case KeyFigure(key, place):
            by = groups.by[place]
            kind = by.attribute.type if isinstance(by, GroupAttribute) else FieldType.REGION_CODE
            return key, shown(f"{_GROUP}.k{place}", kind)
        case KeyRegion():
            return item.key, _region(writer, groups, item)


def _region(writer: Writer, groups: Groups, item: KeyRegion) -> str:
    by = groups.by[item.place]
    if not isinstance(by, GroupRegion):
        raise TypeError("A key that is no region was asked for as one.")
    code = f"{_GROUP}.k{item.place}"
    pairs: list[Pair] = []
    for part in item.items:
        if isinstance(part, Constant):
            pairs.append((part.key, records.constant(part.text)))
        elif part.fact is RegionFact.CODE:
            pairs.append((part.key, code))
        elif part.fact is RegionFact.LEVEL:
            pairs.append((part.key, f"'{by.level.value}'::text"))
        else:
            other = writer.alias()
            found = f"{writer.rows_of(by.entity, other, linked=False)} and {other}.code = {code}"
            pairs.append((part.key, f"(select {other}.name from {table(by.entity, other)} where {found})"))
    return f"case when {code} is not null then {json_object(pairs)} end"
