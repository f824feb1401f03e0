"""Move ``rollup.daily`` by net movements: from villages up to the county, and from their days on."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import LiteralString, TypeAlias

import psycopg
from psycopg import sql

from hub.catalog.indicator import Ledger

_Connection: TypeAlias = psycopg.Connection[tuple[object, ...]]


def move(
    connection: _Connection, *, ledger: Ledger, county: str, moved: Iterable[str], levels: tuple[int, ...]
) -> None:
    """Add the net movements to every total from their day on; a day that is new starts from the total before it.

    Reads movement_before, movement_now and enterprise_net, of which only the measures ``moved`` are set. ``levels``:
    lengths of the region codes that totals are kept for, coarsest first. The cost is that of the days since the
    earliest change, which after a first load are few.
    """
    wanted = set(moved)
    names = [measure.name for measure in ledger.measures if measure.name in wanted]
    if not names:
        return
    _add_up(connection, ledger, names, levels)
    others = [measure.name for measure in ledger.measures if measure.name not in wanted]
    parts = {
        "county": sql.Literal(county),
        "columns": _columns(names),
        "every_column": _columns([*names, *others]),
        "running": _each("rollup.total(n.{0}) over days as {0}", names),
        "changed": _each("n.{} <> 0", names, " or "),
        "started": sql.SQL(", ").join(
            [
                *(sql.SQL("coalesce(p.{0}, 0) + n.{0} as {0}").format(sql.Identifier(name)) for name in names),
                *(sql.SQL("coalesce(p.{0}, 0) as {0}").format(sql.Identifier(name)) for name in others),
            ]
        ),
        "moved": _each("{0} = d.{0} + n.{0}", names),
        "kept": _each("d.{}", [*names, *others]),
        "nothing": sql.SQL(", ").join([sql.SQL("null")] * len(names)),
    }
    for statement in (_COURSE, "analyze course", _INSERT, _UPDATE, "drop table level_net, course"):
        connection.execute(sql.SQL(statement).format(**parts))


def _add_up(connection: _Connection, ledger: Ledger, names: list[str], levels: tuple[int, ...]) -> None:
    """Make level_net: what each place of each level moved by on each day."""
    additive = [name for name in names if ledger.measure(name).additive]
    parts = {
        "columns": _columns(additive),
        "taken": _each("-{}", additive),
        "total": _each("rollup.total({0}) as {0}", additive),
        "every_column": _columns(names),
        "every_total": _each("rollup.total({0}) as {0}", names),
    }
    connection.execute("create temp table level_net (like movement_now) on commit drop")
    if additive:
        finest = sql.Literal(levels[-1])
        connection.execute(sql.SQL(_FINEST).format(**parts, level=finest))
        for level, finer in reversed(list(pairwise(levels))):
            connection.execute(sql.SQL(_COARSER).format(**parts, level=sql.Literal(level), finer=sql.Literal(finer)))
    if len(additive) < len(names):
        connection.execute(sql.SQL(_JOINED).format(**parts))


def _columns(measures: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, measures))


def _each(pattern: LiteralString, measures: Iterable[str], separator: LiteralString = ", ") -> sql.Composed:
    return sql.SQL(separator).join(sql.SQL(pattern).format(sql.Identifier(name)) for name in measures)


_FINEST: LiteralString = """
insert into level_net (region, day, {columns})
select left(region, {level}), day, {total}
from (
    select region, day, {columns} from movement_now where length(region) >= {level}
    union all
    select region, day, {taken} from movement_before where length(region) >= {level}
) part
group by 1, 2
"""

# A place adds up what its finer places come to, and what could be placed no finer than in itself.
_COARSER: LiteralString = """
insert into level_net (region, day, {columns})
select left(region, {level}), day, {total}
from (
    select region, day, {columns} from level_net where length(region) = {finer}
    union all
    select region, day, {columns} from movement_now where length(region) >= {level} and length(region) < {finer}
    union all
    select region, day, {taken} from movement_before where length(region) >= {level} and length(region) < {finer}
) part
group by 1, 2
"""

_JOINED: LiteralString = """
create temp table joined_net on commit drop as
select region, day, {every_total}
from (
    select region, day, {every_column} from level_net
    union all
    select region, day, {every_column} from enterprise_net
) part
group by region, day;
drop table level_net;
alter table joined_net rename to level_net
"""

# The days that have totals already, from the last one before the first change on, between the days that changed:
# number tells which of them each day comes after, itself included.
_COURSE: LiteralString = """
create temp table course on commit drop as
select n.region, n.day, n.is_kept, sum(n.is_kept::int) over days as number, {running}
from (
    select region, day, false as is_kept, {columns} from level_net n where {changed}
    union all
    select d.region, d.day, true, {nothing}
    from (select region, min(day) as day from level_net n where {changed} group by region) first
    join rollup.daily d on d.county = {county} and d.region = first.region and d.day >= coalesce(
        (select max(x.day) from rollup.daily x
         where x.county = {county} and x.region = first.region and x.day < first.day),
        first.day
    )
) n
window days as (partition by n.region order by n.day)
"""

_INSERT: LiteralString = """
insert into rollup.daily (county, region, day, {every_column})
select {county}, n.region, n.day, {started}
from course n
left join (
    select c.region, c.day, c.number, {kept}
    from course c join rollup.daily d on d.county = {county} and d.region = c.region and d.day = c.day
    where c.is_kept
) p on p.region = n.region and p.number = n.number
where not n.is_kept and p.day is distinct from n.day
"""

# Where movements have cancelled out again, nothing needs to be touched.
_UPDATE: LiteralString = """
update rollup.daily d set {moved}
from course n
where d.county = {county} and d.region = n.region and d.day = n.day and n.is_kept and ({changed})
"""
