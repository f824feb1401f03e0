"""How a row learns its household and its region: joins and expressions from the catalogue's ``Placement``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from psycopg.sql import SQL, Composable, Composed, Identifier

from hub.catalog.dataset import Dataset, Through
from hub.catalog.registry import HOUSEHOLD, REGION, Catalogue, columns_of, has_household_column
from hub.sync.statements import Workspace, column, columns, of_county, record, record_key, same

_DECIDED = "decided"
# Above this many rows it is cheaper to read the other table once than to look up each row.
LOOKED_UP_ONE_BY_ONE = 20_000


@dataclass(frozen=True, slots=True)
class PlacementSql:
    """``joins`` follow a FROM clause; ``values`` are the placement columns, in the order of ``placement_columns``."""

    joins: Composed
    values: Composed


def placement_sql(work: Workspace, dataset: Dataset, alias: str, *, rows: int) -> PlacementSql:
    """Place about ``rows`` rows of ``dataset`` that stand under ``alias``.

    The first hit of ``Placement.through`` wins, even one that has no household itself; without any hit the row belongs
    to the county. Of several hits in one dataset the smallest key wins. What a person said a row does not belong to is
    no hit.
    """
    catalogue = work.catalogue
    steps = dataset.placement.through
    rejected = _rejected(work, dataset, alias)
    joins = []
    for position, step in enumerate(steps):
        name = f"p{position}"
        unless = rejected(name) if rejected is not None and step.dataset == dataset.placement.decided else None
        one_by_one = rows <= LOOKED_UP_ONE_BY_ONE or unless is not None
        joins.append(_join(catalogue[step.dataset], step, alias, name, one_by_one=one_by_one, unless=unless))
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


def _rejected(work: Workspace, dataset: Dataset, alias: str) -> Callable[[str], Composed] | None:
    """What says of a join that a person refused its hit; None where none of the dataset's links was refused."""
    decided = dataset.placement.decided
    if decided is None or not work.number(
        SQL("select count(*) from sync.rejected_link where county = %(county)s and dataset = {} and holds").format(
            dataset.name
        )
    ):
        return None
    key = work.catalogue[decided].key[0]
    return lambda name: SQL(
        "exists (select from sync.rejected_link x where x.county = %(county)s and x.dataset = {dataset}"
        " and x.record_key = {record_key} and x.entity_key = {entity} and x.holds)"
    ).format(dataset=dataset.name, record_key=record_key(dataset, alias), entity=column(key, name))


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


def _join(  # each by its name
    target: Dataset, step: Through, alias: str, name: str, *, one_by_one: bool, unless: Composed | None
) -> Composed:
    """A left join that gives at most one row of ``target``, none of which ``unless`` holds."""
    placement = tuple(item for item in (HOUSEHOLD, REGION) if item in columns_of(target))
    theirs = tuple(step.on.values())
    parts = {
        "target": record(target.name),
        "name": Identifier(name),
        "county": of_county(name),
        "on": SQL("{}{}").format(
            same(name, alias, [(other, mine) for mine, other in step.on.items()]),
            SQL(" and not {}").format(unless) if unless is not None else SQL(""),
        ),
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
