"""Keep ``rollup.daily``: the ledger's running totals per county, township, village and day.

Only what the run touched is counted again: the movements of the touched households are computed from their facts as
they were before the run and as they are now, and the difference moves the totals. So a ledger at any date costs one
index look-up, and a delta costs what it changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from typing import LiteralString, TypeAlias

import psycopg
from psycopg import sql

from hub.catalog.indicator import Ledger
from hub.sync import running_totals

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

    ``movement/<name>.sql`` answers region, day and ``measures`` from the state_* tables, each place and day once.
    """

    name: str
    facts: tuple[str, ...]
    measures: tuple[str, ...]
    has_course: bool = False  # reads the tables of movement/course.sql, which come from lending and maturity

    @property
    def text(self) -> bytes:
        return files("hub.sync").joinpath("movement", f"{self.name}.sql").read_bytes()


_COURSE = _Section("course", _MATURITY, ())  # makes tables instead
_SECTIONS = (
    _Section(
        "lending",
        _LENDING,
        (
            *("disbursed_households", "disbursed_loans", "disbursed_amount", "repaid_loans", "repaid_amount"),
            *("outstanding_households", "outstanding_loans", "outstanding_amount"),
        ),
        has_course=True,
    ),
    _Section(
        "overdue",
        _MATURITY,
        (
            *("overdue_households", "overdue_loans", "overdue_amount"),
            *("late30_amount", "past_due_amount", "bad_loans", "bad_amount"),
        ),
        has_course=True,
    ),
    _Section("maturity", _MATURITY, ("matured_loans", "matured_amount"), has_course=True),
    _Section("renewal", ("renewal",), ("renewed_loans", "renewed_amount")),
    _Section("waiting", ("application", "loan"), ("answered_applications", "waited_days")),
    _Section("subsidy", ("subsidy_payment",), ("subsidy_amount",)),
    _Section("compensation", ("compensation_case",), ("compensated_households", "compensated_amount")),
    _Section("extension", ("extension",), ("extended_households", "extended_amount")),
    _Section(
        "enterprise_use",
        ("enterprise_use",),
        (
            *("used_amount", "exited_amount", "remaining_amount"),
            *("used_households", "exited_households", "remaining_households"),
        ),
    ),
    _Section("used_overdue", ("enterprise_use", *_MATURITY), ("used_overdue_loans",), has_course=True),
    _Section(
        "coverage",
        ("household", "application"),
        ("listed_households", "filed_households", "rated_households", "demanding_households"),
    ),
    _Section("satisfied", ("household", "application", "loan"), ("satisfied_households",), has_course=True),
)
# Counted by themselves, see _count_enterprises.
_ENTERPRISES = ("used_enterprises", "exited_enterprises", "remaining_enterprises")
_UNION = sql.SQL(" union all ")
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
    moved = _count(connection, sections, claim, before=True)
    moved |= _count(connection, sections, claim, before=False)
    running_totals.move(connection, ledger=ledger, county=county, moved=moved, levels=_LEVELS)
    _close_net(connection)


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
    moved = _count(connection, list(_SECTIONS), claim, before=False)
    running_totals.move(connection, ledger=ledger, county=county, moved=moved, levels=_LEVELS)
    _close_net(connection)
    _note_counted(connection, county, _digest(ledger))


def _digest(ledger: Ledger) -> str:
    """Changes with whatever a total is counted by."""
    texts = b"".join(section.text for section in (_COURSE, *_SECTIONS))
    names = repr((_FACTS, [section.measures for section in _SECTIONS], [measure.name for measure in ledger.measures]))
    return sha256(texts + names.encode()).hexdigest()


def _note_counted(connection: _Connection, county: str, digest: str) -> None:
    connection.execute(
        "insert into rollup.counted (county, digest) values (%s, %s)"
        " on conflict (county) do update set digest = excluded.digest",
        (county, digest),
    )


def _open_net(connection: _Connection, ledger: Ledger) -> None:
    """The tables that movements are gathered in; a section leaves the measures of the others null."""
    columns = sql.SQL('region text collate "C", day date, {}').format(
        sql.SQL(", ").join(sql.SQL("{} bigint").format(sql.Identifier(item.name)) for item in ledger.measures)
    )
    for table in ("movement_before", "movement_now", "enterprise_net"):
        connection.execute(sql.SQL("create temp table {} ({}) on commit drop").format(sql.Identifier(table), columns))


def _close_net(connection: _Connection) -> None:
    connection.execute(
        "drop table touched_household, touched_enterprise, movement_before, movement_now, enterprise_net"
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
            rows=_UNION.join(selects) if selects else nothing,
        ),
        claim,
    )
    connection.execute(sql.SQL("analyze {}").format(sql.Identifier(into)))


def _count(connection: _Connection, sections: list[_Section], claim: dict[str, object], *, before: bool) -> set[str]:
    """The touched households' and enterprises' movements before the run, or now; which measures they move."""
    has_course = any(section.has_course for section in sections)
    facts = {fact for section in sections for fact in section.facts} | set(_MATURITY if has_course else ())
    for dataset in facts:
        _load_state(connection, dataset, claim, before=before)
    if has_course:
        connection.execute(_COURSE.text)
    moved: set[str] = set()
    for section in sections:
        insert = sql.SQL("insert into {} (region, day, {}) {}").format(
            sql.Identifier("movement_before" if before else "movement_now"),
            sql.SQL(", ").join(map(sql.Identifier, section.measures)),
            sql.SQL(section.text.decode()),  # a file of this package
        )
        if connection.execute(insert).rowcount:
            moved.update(section.measures)
    if _count_enterprises(connection, claim, sign=-1 if before else 1, before=before):
        moved.update(_ENTERPRISES)
    if has_course:
        connection.execute("drop table arrears, grade, maturity, loan_course, received")
    for dataset in facts:
        connection.execute(sql.SQL("drop table {}").format(sql.Identifier(f"state_{dataset}")))
    return moved


def _state(dataset: str, columns: LiteralString, condition: LiteralString, *, before: bool) -> list[sql.Composed]:
    """The rows of ``dataset`` as they are now, or as they were before the run: what to put together for them."""
    parts = {
        "columns": sql.SQL(columns),
        "record": sql.Identifier("record", dataset),
        "history": sql.Identifier("history", dataset),
        "condition": sql.SQL(condition),
    }
    now = sql.SQL("select {columns} from {record} where county = %(county)s and {condition}").format(**parts)
    if not before:
        return [now]
    superseded = sql.SQL(
        "select {columns} from {history}"
        " where county = %(county)s and superseded_in = %(run)s and recorded_in <> %(run)s and {condition}"
    ).format(**parts)
    return [now + sql.SQL(" and recorded_in <> %(run)s"), superseded]


def _load_state(connection: _Connection, dataset: str, claim: dict[str, object], *, before: bool) -> None:
    columns, condition = _FACTS[dataset]
    # Each by itself, because an index finds the rows of a few households, and those of none, by one comparison only.
    touched = sql.SQL(
        "select household_id, region, {columns} from touched_household join ({rows}) x on placed_with = household_id"
        " union all"
        " select '', region, {columns} from ({rows}) x"
        " where placed_with is null and exists (select from touched_household where household_id = '')"
    )
    selects = [
        touched.format(columns=sql.SQL(columns), rows=rows)
        for rows in _state(dataset, "household_id as placed_with, region, " + columns, condition, before=before)
    ]
    text = sql.SQL("create temp table {} on commit drop as {}").format(
        sql.Identifier(f"state_{dataset}"), _UNION.join(selects)
    )
    connection.execute(text, claim)
    connection.execute(sql.SQL("analyze {}").format(sql.Identifier(f"state_{dataset}")))


def _count_enterprises(connection: _Connection, claim: dict[str, object], *, sign: int, before: bool) -> int:
    """Enterprises are told apart within each region of each level, so their counts do not add up over regions."""
    rows = _UNION.join(_state("enterprise_use", "credit_code, region, agreed_on, exited_on", "true", before=before))
    text = sql.SQL(
        """
        insert into enterprise_net (region, day, {measures})
        select region, day, %(sign)s * sum(first), %(sign)s * sum(first - turn), %(sign)s * sum(turn)
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
        group by region, day
        """
    ).format(rows=rows, measures=sql.SQL(", ").join(map(sql.Identifier, _ENTERPRISES)))
    return connection.execute(text, {**claim, "sign": sign, "levels": list(_LEVELS)}).rowcount
