"""How a row learns its household and its region: joins and expressions from the catalogue's ``Placement``."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg.sql import SQL, Composable, Composed, Identifier

from hub.catalog.dataset import Dataset, Through
from hub.catalog.registry import HOUSEHOLD, REGION, Catalogue, columns_of, has_household_column
from hub.sync.statements import column, columns, of_county, record, record_key, same

_DECIDED = "decided"
# Above this many rows it is cheaper to read the other table once than to look up each row.
LOOKED_UP_ONE_BY_ONE = 20_000


@dataclass(frozen=True, slots=True)
class PlacementSql:
    """``joins`` follow a FROM clause; ``values`` are the placement columns, in the order of ``placement_columns``."""

    joins: Composed
    values: Composed


def placement_sql(catalogue: Catalogue, dataset: Dataset, alias: str, *, rows: int) -> PlacementSql:
    """Place about ``rows`` rows of ``dataset`` that stand under ``alias``.

    The first hit of ``Placement.through`` wins, even one that has no household itself; without any hit the row belongs
    to the county. Of several hits in one dataset the smallest key wins.
    """
    steps = dataset.placement.through
    joins = [
        _join(catalogue[step.dataset], step, alias, f"p{position}", one_by_one=rows <= LOOKED_UP_ONE_BY_ONE)
        for position, step in enumerate(steps)
    ]
    decided = dataset.placement.decided
    if decided is not None:
        joins.append(_join_decided(dataset, catalogue[decided], alias))
    hits = _hits(catalogue, dataset)
    region = SQL("case {} else %(county)s end").format(_first_hit(hits, REGION)) if hits else SQL("%(county)s")
    own = dataset.placement.region_field
    if own is not None:
        region = SQL("case when starts_with({own}, %(county)s) then {own} else {otherwise} end").format(
            own=column(own, alias), otherwise=region
        )
    values = [region]
    if has_household_column(dataset):
        values.insert(0, SQL("case {} end").format(_first_hit(hits, HOUSEHOLD)))
    return PlacementSql(SQL(" ").join(joins), SQL(", ").join(values))


def _hits(catalogue: Catalogue, dataset: Dataset) -> list[tuple[str, Dataset]]:
    """What is looked at in turn: the join's name and the dataset it leads to."""
    hits = [(f"p{position}", catalogue[step.dataset]) for position, step in enumerate(dataset.placement.through)]
    if dataset.placement.decided is not None:
        # After the record's own number, which decides where it leads anywhere, and before lesser signs.
        hits.insert(1, (_DECIDED, catalogue[dataset.placement.decided]))
    return hits


def _first_hit(hits: list[tuple[str, Dataset]], name: str) -> Composed:
    """``when`` branches: the region is never null in a record, so it tells a hit."""
    branches: list[Composable] = []
    for alias, target in hits:
        value = column(name, alias) if name in columns_of(target) else SQL("null")
        branches.append(SQL("when {} is not null then {}").format(column(REGION, alias), value))
    return SQL(" ").join(branches)


def _join_decided(dataset: Dataset, target: Dataset, alias: str) -> Composed:
    """A left join to the row of ``target`` that a person said a row belongs to; most have none."""
    placement = tuple(item for item in (HOUSEHOLD, REGION) if item in columns_of(target))
    return SQL(
        "left join (select a.record_key, {placement} from sync.accepted_link a join {target} t"
        "  on {county} and {key} = a.entity_key where a.county = %(county)s and a.dataset = {dataset}"
        ") {name} on {name}.record_key = {record_key}"
    ).format(
        placement=columns(placement, "t"),
        target=record(target.name),
        county=of_county("t"),
        key=column(target.key[0], "t"),
        dataset=dataset.name,
        name=Identifier(_DECIDED),
        record_key=record_key(dataset, alias),
    )


def _join(target: Dataset, step: Through, alias: str, name: str, *, one_by_one: bool) -> Composed:
    """A left join that gives at most one row of ``target``."""
    placement = tuple(item for item in (HOUSEHOLD, REGION) if item in columns_of(target))
    theirs = tuple(step.on.values())
    parts = {
        "target": record(target.name),
        "name": Identifier(name),
        "county": of_county(name),
        "on": same(name, alias, [(other, mine) for mine, other in step.on.items()]),
        "placement": columns(placement, name),
        "theirs": columns(theirs, name),
        "key": columns(target.key, name),
    }
    if set(theirs) >= set(target.key):
        return SQL("left join {target} {name} on {county} and {on}").format(**parts)
    if one_by_one:
        return SQL(
            "left join lateral (select {placement} from {target} {name} where {county} and {on}"
            " order by {key} limit 1) {name} on true"
        ).format(**parts)
    return SQL(
        "left join (select distinct on ({theirs}) {theirs}, {placement} from {target} {name} where {county}"
        " order by {theirs}, {key}) {name} on {on}"
    ).format(**parts | {"placement": columns([item for item in placement if item not in theirs], name)})
