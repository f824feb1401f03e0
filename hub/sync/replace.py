"""Place already loaded rows anew when the rows they are placed through changed, came later or went away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from psycopg.sql import SQL, Composed, Identifier

from hub.catalog.dataset import Dataset
from hub.catalog.registry import RECORDED_IN
from hub.storage.columns import record_columns
from hub.sync.placement_sql import placement_sql
from hub.sync.statements import (
    Workspace,
    column,
    columns,
    history,
    moved,
    of_county,
    placement_columns,
    record,
    record_key,
    same_key,
    temporary,
)

# For each dataset touched in this run, the tables that hold its rows as they were and as they are.
Touched = Mapping[str, Sequence[Identifier]]


def replace(work: Workspace, dataset: Dataset, touched: Touched) -> int:
    """Place the rows anew that hang on a touched row; the former placement goes into history. Returns how many moved.

    The source stays: it is the same statement of the same agency, only elsewhere on the map.
    """
    parts = [part for step in dataset.placement.through for part in _affected(dataset, step.dataset, step.on, touched)]
    return replace_keys(work, dataset, [*parts, *_affected_by_decision(work, dataset, touched)])


def replace_keys(work: Workspace, dataset: Dataset, parts: Sequence[Composed]) -> int:
    """Place anew the rows whose keys ``parts`` select; how many moved."""
    if not parts:
        return 0
    affected = Identifier(f"affected_{dataset.name}")
    work.run(temporary(affected, SQL("select {} from {}").format(columns(dataset.key), record(dataset.name))))
    count = work.run(SQL("insert into {} {}").format(affected, SQL(" union ").join(parts)))
    if not count:
        return 0
    work.analyze(affected)
    shape, rows = _find_moved(work, dataset, affected, count)
    work.run(shape)
    found = work.run(rows)
    if found:
        work.analyze(moved(dataset.name))
        work.run(_keep_history(dataset))
        work.run(_update(dataset))
    return found


def _affected(dataset: Dataset, target: str, on: Mapping[str, str], touched: Touched) -> list[Composed]:
    """Keys of the rows whose joining fields appear in a touched row of ``target``."""
    return [
        SQL("select {key} from {record} r where {of_county} and ({mine}) in (select {theirs} from {table} t)").format(
            key=columns(dataset.key, "r"),
            record=record(dataset.name),
            of_county=of_county("r"),
            mine=columns(on.keys(), "r"),
            theirs=columns(on.values(), "t"),
            table=table,
        )
        for table in touched.get(target, ())
    ]


def _affected_by_decision(work: Workspace, dataset: Dataset, touched: Touched) -> list[Composed]:
    """Keys of the rows that a person said belong to a touched row."""
    target = dataset.placement.decided
    if target is None or target not in touched:
        return []
    # Mostly there is none, and to find that out by a join would read the whole table.
    if not work.number(
        SQL(
            "select count(*) from sync.accepted_link a where a.county = %(county)s and a.dataset = {}"
            " and a.entity_key <> ''"
        ).format(dataset.name)
    ):
        return []
    theirs = columns(work.catalogue[target].key, "t")
    return [
        decided_keys(dataset, SQL("a.entity_key in (select {} from {} t)").format(theirs, table))
        for table in touched[target]
    ]


def decided_keys(dataset: Dataset, which: SQL | Composed, *, table: str = "accepted_link") -> Composed:
    """Keys of the rows of which a person said whom they are about, or are not, by ``which`` of the decisions ``a``."""
    return SQL(
        "select {key} from {record} r join sync.{table} a on a.county = r.county and a.dataset = {dataset}"
        " and a.record_key = {record_key} where {of_county} and {which}"
    ).format(
        key=columns(dataset.key, "r"),
        table=Identifier(table),
        record=record(dataset.name),
        dataset=dataset.name,
        record_key=record_key(dataset, "r"),
        of_county=of_county("r"),
        which=which,
    )


def _find_moved(work: Workspace, dataset: Dataset, affected: Identifier, count: int) -> tuple[Composed, Composed]:
    names = placement_columns(dataset)
    shape = SQL("select {}, {} from {}").format(
        columns(record_columns(dataset)),
        SQL(", ").join(SQL("{} as {}").format(column(name), column(f"new_{name}")) for name in names),
        record(dataset.name),
    )
    placement = placement_sql(work, dataset, "r", rows=count)
    rows = SQL(
        "insert into {moved} select {all}, {placement} from {affected} a"
        " join {record} r on {of_county} and {same_key} {joins}"
        " where row({old}) is distinct from row({placement})"
    ).format(
        moved=moved(dataset.name),
        all=columns(record_columns(dataset), "r"),
        placement=placement.values,
        affected=affected,
        record=record(dataset.name),
        of_county=of_county("r"),
        same_key=same_key(dataset, "r", "a"),
        joins=placement.joins,
        old=columns(names, "r"),
    )
    return temporary(moved(dataset.name), shape), rows


def _keep_history(dataset: Dataset) -> Composed:
    return SQL(
        "insert into {history} ({names}, superseded_in, superseded_by) select {names}, %(run)s, 'REPLACED' from {moved}"
    ).format(history=history(dataset.name), names=columns(record_columns(dataset)), moved=moved(dataset.name))


def _update(dataset: Dataset) -> Composed:
    names = placement_columns(dataset)
    return SQL(
        "update {record} r set ({names}, {recorded}) = row({new}, %(run)s) from {moved} m"
        " where {of_county} and {same_key}"
    ).format(
        record=record(dataset.name),
        names=columns(names),
        recorded=column(RECORDED_IN),
        new=columns([f"new_{name}" for name in names], "m"),
        moved=moved(dataset.name),
        of_county=of_county("r"),
        same_key=same_key(dataset, "r", "m"),
    )
