"""Keep ``rollup.daily``: the ledger's running totals per county, township, village and day.

Only what the run touched is counted again: the movements of the touched households are computed from their facts as
they were before the run and as they are now, and the difference moves the totals. So a ledger at any date costs one
index look-up, and a delta costs what it changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from typing import LiteralString, TypeAlias

import psycopg
from psycopg import sql

from hub.catalog.indicator import Ledger

_Connection: TypeAlias = psycopg.Connection[tuple[object, ...]]

# The facts the ledger is counted from: dataset -> columns, and which rows count.
_FACTS: dict[str, tuple[LiteralString, LiteralString]] = {
    "household": ("registered_on, removed_on", "true"),
    "application": ("application_id, filed_on, rated_on, applied_on, is_eligible, state", "true"),
    "loan": ("loan_id, amount, disbursed_on, due_on, classification", "true"),
    "classification_change": ("change_id, loan_id, changed_on, former_grade, new_grade", "true"),
    "repayment": ("loan_id, paid_on, principal, origin", "true"),
    "extension": ("loan_id, signed_on, extended_due_on, amount", "true"),
    "renewal": ("renewed_on, amount", "true"),
    "subsidy_payment": ("paid_on, amount", "true"),
    "compensation_case": ("paid_on, amount", "paid_on is not null and state in ('PAID', 'CLOSED')"),
    "enterprise_use": ("loan_id, agreed_on, exited_on, amount", "true"),
}
_LENDING = ("loan", "repayment")
_MATURITY = (*_LENDING, "extension", "classification_change")


@dataclass(frozen=True, slots=True)
class _Section:
    """Movements counted from the same facts; a run that touched none of ``facts`` cannot have moved them.

    ``movement/<name>.sql`` fills movement(region, day, measure, value) from the state_* tables.
    """

    name: str
    facts: tuple[str, ...]
    has_course: bool = False  # reads the tables of movement/course.sql, which come from lending and maturity

    @property
    def text(self) -> bytes:
        return files("hub.sync").joinpath("movement", f"{self.name}.sql").read_bytes()


_COURSE = _Section("course", _MATURITY)
_SECTIONS = (
    _Section("lending", _LENDING, has_course=True),
    _Section("overdue", _MATURITY, has_course=True),
    _Section("maturity", _MATURITY, has_course=True),
    _Section("renewal", ("renewal",)),
    _Section("waiting", ("application", "loan")),
    _Section("subsidy", ("subsidy_payment",)),
    _Section("compensation", ("compensation_case",)),
    _Section("extension", ("extension",)),
    _Section("enterprise_use", ("enterprise_use",)),
    _Section("used_overdue", ("enterprise_use", *_MATURITY), has_course=True),
    _Section("coverage", ("household", "application")),
    _Section("satisfied", ("household", "application", "loan"), has_course=True),
)
# Lengths of the region codes a figure is kept for: county, township, village.
_LEVELS = (6, 9, 12)


def update(connection: _Connection, *, ledger: Ledger, county: str, run_id: int, touched: frozenset[str]) -> None:
    """Move the totals of ``county`` by what run ``run_id`` changed in the ``touched`` datasets.

    Runs inside the run's transaction, after every merge; the connection's claims already name the county.
    """
    if is_stale(connection, ledger, county):
        recount(connection, ledger=ledger, county=county)
        return
    relevant = [dataset for dataset in _FACTS if dataset in touched]
    sections = [section for section in _SECTIONS if touched.intersection(section.facts)]
    if not sections:
        return
    claim = {"county": county, "run": run_id}
    _note_touched(connection, relevant, "household_id", "touched_household", claim)
    enterprises = [dataset for dataset in relevant if dataset == "enterprise_use"]
    _note_touched(connection, enterprises, "credit_code", "touched_enterprise", claim)
    _open_net(connection, ledger)
    moved = _count(connection, ledger, sections, claim, before=True)
    moved |= _count(connection, ledger, sections, claim, before=False)
    _apply(connection, ledger, county, moved)


def is_stale(connection: _Connection, ledger: Ledger, county: str) -> bool:
    """Whether the totals of ``county`` were counted by other definitions than this release's.

    Totals of which nothing is kept yet are taken to be by this release's, and noted so.
    """
    digest = _digest(ledger)
    noted = connection.execute("select digest from rollup.counted where county = %s", (county,)).fetchone()
    if noted is not None and noted[0] == digest:
        return False
    if connection.execute("select from rollup.daily where county = %s limit 1", (county,)).fetchone() is not None:
        return True
    _note_counted(connection, county, digest)
    return False


def recount(connection: _Connection, *, ledger: Ledger, county: str) -> None:
    """Count every total of ``county`` anew from the records as they are, in the caller's transaction."""
    claim: dict[str, object] = {"county": county, "run": 0}
    # What another run has merged is either seen here or moves these totals afterwards.
    connection.execute("lock table rollup.daily in share row exclusive mode")
    connection.execute("delete from rollup.daily where county = %s", (county,))
    _note_all(connection, list(_FACTS), "household_id", "touched_household", claim)
    _note_all(connection, ["enterprise_use"], "credit_code", "touched_enterprise", claim)
    _open_net(connection, ledger)
    _apply(connection, ledger, county, _count(connection, ledger, list(_SECTIONS), claim, before=False))
    _note_counted(connection, county, _digest(ledger))


def _digest(ledger: Ledger) -> str:
    """Changes with whatever a total is counted by."""
    texts = b"".join(section.text for section in (_COURSE, *_SECTIONS))
    names = repr((_FACTS, [measure.name for measure in ledger.measures]))
    return sha256(texts + names.encode()).hexdigest()


def _note_counted(connection: _Connection, county: str, digest: str) -> None:
    connection.execute(
        "insert into rollup.counted (county, digest) values (%s, %s)"
        " on conflict (county) do update set digest = excluded.digest",
        (county, digest),
    )


def _open_net(connection: _Connection, ledger: Ledger) -> None:
    """The tables that movements are gathered in; a measure without a movement in a place and day is null there."""
    measures = sql.SQL(", ").join(sql.SQL("{} bigint").format(sql.Identifier(item.name)) for item in ledger.measures)
    connection.execute(
        sql.SQL(
            'create temp table movement (region text collate "C", day date, measure text, value bigint) on commit drop;'
            "create temp table enterprise_net (like movement) on commit drop;"
            'create temp table village_net (region text collate "C", day date, {}) on commit drop'
        ).format(measures)
    )


def _note_touched(
    connection: _Connection, datasets: list[str], column: str, into: str, claim: dict[str, object]
) -> None:
    """Make the table ``into`` of the values that ``column`` has, or had, in the rows which the run changed."""
    changed = [
        sql.SQL(
            "select {column} from {record} where county = %(county)s and recorded_in = %(run)s"
            " union all select {column} from {history} where county = %(county)s and superseded_in = %(run)s"
        ).format(
            column=sql.Identifier(column),
            record=sql.Identifier("record", dataset),
            history=sql.Identifier("history", dataset),
        )
        for dataset in datasets
    ]
    _note_values(connection, changed, column, into, claim)


def _note_all(connection: _Connection, datasets: list[str], column: str, into: str, claim: dict[str, object]) -> None:
    """Make the table ``into`` of every value that ``column`` has."""
    rows = [
        sql.SQL("select {column} from {record} where county = %(county)s").format(
            column=sql.Identifier(column), record=sql.Identifier("record", dataset)
        )
        for dataset in datasets
    ]
    _note_values(connection, rows, column, into, claim)


def _note_values(
    connection: _Connection, selects: list[sql.Composed], column: str, into: str, claim: dict[str, object]
) -> None:
    text = sql.SQL(
        "create temp table {into} on commit drop as select distinct coalesce(x, '') as {column} from ({rows}) y (x)"
    )
    nothing = sql.SQL('select null::text collate "C" where false')
    connection.execute(
        text.format(
            into=sql.Identifier(into),
            column=sql.Identifier(column),
            rows=sql.SQL(" union all ").join(selects) if selects else nothing,
        ),
        claim,
    )
    connection.execute(sql.SQL("analyze {}").format(sql.Identifier(into)))


def _count(
    connection: _Connection, ledger: Ledger, sections: list[_Section], claim: dict[str, object], *, before: bool
) -> set[str]:
    """Add the touched households' and enterprises' movements, or take off those before; which measures they move."""
    has_course = any(section.has_course for section in sections)
    facts = {fact for section in sections for fact in section.facts} | set(_COURSE.facts if has_course else ())
    for dataset in facts:
        _load_state(connection, dataset, claim, before=before)
    for section in [_COURSE, *sections] if has_course else sections:
        connection.execute(section.text)
    moved = _moved(connection, ledger, "movement")
    _gather(connection, moved, before=before)
    _count_enterprises(connection, claim, sign=-1 if before else 1, before=before)
    connection.execute("truncate movement")
    if has_course:
        connection.execute("drop table arrears, grade, maturity, loan_course, received")
    for dataset in facts:
        connection.execute(sql.SQL("drop table {}").format(sql.Identifier(f"state_{dataset}")))
    return {*moved, *_moved(connection, ledger, "enterprise_net")}


def _state(dataset: str, columns: LiteralString, condition: LiteralString, *, before: bool) -> sql.Composed:
    """The rows of ``dataset`` as they are now, or as they were before the run."""
    now = sql.SQL("select {columns} from {record} where county = %(county)s and {condition}").format(
        columns=sql.SQL(columns), record=sql.Identifier("record", dataset), condition=sql.SQL(condition)
    )
    if not before:
        return now
    return sql.SQL(
        "{now} and recorded_in <> %(run)s union all"
        " select {columns} from {history}"
        " where county = %(county)s and superseded_in = %(run)s and recorded_in <> %(run)s and {condition}"
    ).format(
        now=now,
        columns=sql.SQL(columns),
        history=sql.Identifier("history", dataset),
        condition=sql.SQL(condition),
    )


def _load_state(connection: _Connection, dataset: str, claim: dict[str, object], *, before: bool) -> None:
    columns, condition = _FACTS[dataset]
    text = sql.SQL(
        "create temp table {state} on commit drop as"
        " select coalesce(placed_with, '') as household_id, region, {columns} from ({rows}) x"
        " where coalesce(placed_with, '') in (select household_id from touched_household)"
    ).format(
        state=sql.Identifier(f"state_{dataset}"),
        columns=sql.SQL(columns),
        rows=_state(dataset, "household_id as placed_with, region, " + columns, condition, before=before),
    )
    connection.execute(text, claim)
    connection.execute(sql.SQL("analyze {}").format(sql.Identifier(f"state_{dataset}")))


def _count_enterprises(connection: _Connection, claim: dict[str, object], *, sign: int, before: bool) -> None:
    """Enterprises are told apart within each region of each level, so their counts do not add up over regions."""
    rows = _state("enterprise_use", "credit_code, region, agreed_on, exited_on", "true", before=before)
    text = sql.SQL(
        """
        insert into enterprise_net
        select region, day, m.measure, %(sign)s * sum(m.value)
        from (
            select region, day, (open_after > 0)::int - (open_after - change > 0)::int as turn,
                   (day = min(day) over (partition by credit_code, region))::int as first
            from (
                select credit_code, region, day, change,
                       sum(change) over (partition by credit_code, region order by day) as open_after
                from (
                    select u.credit_code, left(u.region, l.length) as region, e.day, sum(e.change) as change
                    from ({rows}) u
                    join touched_enterprise t using (credit_code)
                    join unnest(%(levels)s::int[]) l (length) on length(u.region) >= l.length
                    cross join lateral (values (u.agreed_on, 1), (u.exited_on, -1)) e (day, change)
                    where e.day is not null
                    group by 1, 2, 3
                ) daily
            ) course
        ) turns
        cross join lateral (values
            ('used_enterprises', first), ('remaining_enterprises', turn), ('exited_enterprises', first - turn)
        ) m (measure, value)
        group by region, day, m.measure
        """
    ).format(rows=rows)
    connection.execute(text, {**claim, "sign": sign, "levels": list(_LEVELS)})


def _moved(connection: _Connection, ledger: Ledger, table: str) -> list[str]:
    """The measures that anything in ``table`` moves, in the ledger's order: most runs move few of them."""
    rows = connection.execute(sql.SQL("select distinct measure from {}").format(sql.Identifier(table))).fetchall()
    found = {name for (name,) in rows}
    return [measure.name for measure in ledger.measures if measure.name in found]


def _gather(connection: _Connection, measures: list[str], *, before: bool) -> None:
    """Put the movements side by side, a row for each place and day."""
    if not measures:
        return
    value = sql.SQL("-value" if before else "value")
    connection.execute(
        sql.SQL(
            "insert into village_net (region, day, {columns}) select region, day, {pivot} from movement"
            " group by region, day"
        ).format(columns=_columns(measures), pivot=_pivot(measures, value))
    )


def _columns(measures: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, measures))


def _pivot(measures: Iterable[str], value: sql.Composable) -> sql.Composed:
    return sql.SQL(", ").join(
        sql.SQL("rollup.total({}) filter (where measure = {}) as {}").format(value, name, sql.Identifier(name))
        for name in measures
    )


def _each(pattern: LiteralString, measures: Iterable[str], separator: LiteralString = ", ") -> sql.Composed:
    return sql.SQL(separator).join(sql.SQL(pattern).format(sql.Identifier(name)) for name in measures)


def _apply(connection: _Connection, ledger: Ledger, county: str, moved: set[str]) -> None:
    """Add the net movements to every total from their day on; a day that is new starts from the total before it.

    So the cost is that of the days since the earliest change, which after a first load are few.
    """
    names = [measure.name for measure in ledger.measures if measure.name in moved]
    if names:
        others = [measure.name for measure in ledger.measures if measure.name not in moved]
        parts = {
            "county": sql.Literal(county),
            "levels": sql.Literal(list(_LEVELS)),
            "columns": _columns(names),
            "every_column": _columns([*names, *others]),
            "pivot": _pivot(names, sql.SQL("value")),
            "total": _each("rollup.total({0}) as {0}", names),
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
        connection.execute(sql.SQL(_APPLY).format(**parts))
    connection.execute("drop table touched_household, touched_enterprise, movement, enterprise_net, village_net")


_APPLY: LiteralString = """
create temp table level_net on commit drop as
select region, day, {total}
from (
    select left(v.region, l.length) as region, v.day, {columns}
    from village_net v join unnest({levels}::int[]) l (length) on length(v.region) >= l.length
    union all
    select region, day, {pivot} from enterprise_net group by region, day
) part
group by region, day;

-- The days that have totals already, from the last one before the first change on, between the days that changed:
-- number tells which of them each day comes after, itself included.
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
window days as (partition by n.region order by n.day);
analyze course;

insert into rollup.daily (county, region, day, {every_column})
select {county}, n.region, n.day, {started}
from course n
left join (
    select c.region, c.day, c.number, {kept}
    from course c join rollup.daily d on d.county = {county} and d.region = c.region and d.day = c.day
    where c.is_kept
) p on p.region = n.region and p.number = n.number
where not n.is_kept and p.day is distinct from n.day;

update rollup.daily d set {moved}
from course n
where d.county = {county} and d.region = n.region and d.day = n.day and n.is_kept
  -- Where movements have cancelled out again, nothing needs to be touched.
  and ({changed});

drop table level_net, course;
"""
