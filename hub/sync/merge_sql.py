"""The statements of a merge, made from the catalogue's entry; they compare key and declared columns only."""

from __future__ import annotations

from collections.abc import Iterable

from psycopg.sql import SQL, Composed, Identifier

from hub.catalog.dataset import Dataset
from hub.catalog.registry import COUNTY, RECORDED_IN, SOURCE_PART, SOURCE_ROW
from hub.storage.columns import record_columns
from hub.sync.placement_sql import PlacementSql
from hub.sync.statements import (
    column,
    columns,
    held,
    history,
    met,
    of_county,
    placed,
    placement_columns,
    record,
    same_key,
    staged,
    superseded,
    temporary,
)

CHANGED = "CHANGED"
WITHDRAWN = "WITHDRAWN"
REPLACED = "REPLACED"

# The part's id in place of its ordinal within the run.
_SOURCE = SQL("(%(parts)s::bigint[])[{}], {}")


def is_empty(dataset: Dataset) -> Composed:
    """Whether nothing of the dataset is known yet."""
    return SQL("select (not exists (select from {} r where {}))::int").format(record(dataset.name), of_county("r"))


def count(dataset: Dataset) -> Composed:
    """How many records there are."""
    return SQL("select count(*) from {} r where {}").format(record(dataset.name), of_county("r"))


def count_new(dataset: Dataset) -> Composed:
    """How many of the rows that differ have no record yet."""
    return SQL("select count(*) from {} p where p.is_new").format(placed(dataset.name))


def insert_all(dataset: Dataset, placement: PlacementSql) -> Composed:
    """Put every staged row into the empty record table."""
    return SQL(
        "insert into {record} ({names}) select %(county)s, {fields}, {placement}, {source}, %(run)s"
        " from {staged} s {joins}"
    ).format(
        record=record(dataset.name),
        names=columns(record_columns(dataset)),
        fields=columns(dataset.field_names, "s"),
        placement=placement.values,
        source=_SOURCE.format(column("part", "s"), column("source_row", "s")),
        staged=staged(dataset.name),
        joins=placement.joins,
    )


def leave_out_newer_known(dataset: Dataset) -> Composed:
    """Take out of a late delivery (``%(as_of)s``) the rows about records that a newer one told of or withdrew."""
    newer = "coalesce(d.as_of, d.received_at) > %(as_of)s"
    return SQL(
        "delete from {staged} s where exists (select from {record} r"
        "  join sync.source_part p on p.county = r.county and p.part_id = r.source_part"
        "  join sync.delivery d on d.county = p.county and d.delivery_id = p.delivery_id"
        "  where {county_r} and {key_r} and {newer})"
        " or exists (select from {history} v join sync.delivery d on d.county = v.county and d.run_id = v.superseded_in"
        "  where {county_v} and {key_v} and v.superseded_by = {reason} and {newer})"
    ).format(
        staged=staged(dataset.name),
        record=record(dataset.name),
        history=history(dataset.name),
        county_r=of_county("r"),
        county_v=of_county("v"),
        key_r=same_key(dataset, "r", "s"),
        key_v=same_key(dataset, "v", "s"),
        newer=SQL(newer),
        reason=WITHDRAWN,
    )


def find_changes(dataset: Dataset) -> tuple[Composed, Composed]:
    """Make the table of staged rows that are new or differ from the record; placed later."""
    shape = SQL("select {}, part, source_row, true as is_new from {}").format(
        columns(dataset.field_names), staged(dataset.name)
    )
    changes = SQL(
        "insert into {delta} select {fields}, s.part, s.source_row, r.{county} is null"
        " from {staged} s left join {record} r on {of_county} and {same_key}"
        " where r.{county} is null or {differs}"
    ).format(
        delta=_delta(dataset),
        fields=columns(dataset.field_names, "s"),
        staged=staged(dataset.name),
        record=record(dataset.name),
        county=column(COUNTY),
        of_county=of_county("r"),
        same_key=same_key(dataset, "r", "s"),
        differs=_differs(dataset),
    )
    return temporary(_delta(dataset), shape), changes


def place_changes(dataset: Dataset, placement: PlacementSql) -> tuple[Composed, Composed]:
    """Give the new and changed rows their household and region."""
    names = (*dataset.field_names, *placement_columns(dataset), SOURCE_PART, SOURCE_ROW)
    shape = SQL("select {}, true as is_new from {}").format(columns(names), record(dataset.name))
    rows = SQL("insert into {placed} select {fields}, {placement}, {source}, s.is_new from {delta} s {joins}").format(
        placed=placed(dataset.name),
        fields=columns(dataset.field_names, "s"),
        placement=placement.values,
        source=_SOURCE.format(column("part", "s"), column("source_row", "s")),
        delta=_delta(dataset),
        joins=placement.joins,
    )
    return temporary(placed(dataset.name), shape), rows


def open_superseded(dataset: Dataset) -> Composed:
    """Make the table of versions that no longer hold."""
    shape = SQL("select {}, ''::text collate \"C\" as superseded_by from {}").format(
        columns(record_columns(dataset)), record(dataset.name)
    )
    return temporary(superseded(dataset.name), shape)


def note_changed(dataset: Dataset) -> Composed:
    """Former versions of changed rows."""
    return SQL(
        "insert into {superseded} select {names}, {reason} from {placed} p join {record} r on {of_county}"
        " and {same_key} where not p.is_new"
    ).format(
        superseded=superseded(dataset.name),
        names=columns(record_columns(dataset), "r"),
        reason=CHANGED,
        placed=placed(dataset.name),
        record=record(dataset.name),
        of_county=of_county("r"),
        same_key=same_key(dataset, "r", "p"),
    )


def note_withdrawn(dataset: Dataset, *, shares: bool) -> Composed:
    """Records that a whole delivery neither brings, changed or unchanged, nor holds in quarantine.

    ``shares``: only those that came with deliveries called ``%(shares)s``, which speak for nothing else.
    """
    came_with = SQL(
        " and exists (select from sync.source_part p"
        " join sync.delivery d on d.county = p.county and d.delivery_id = p.delivery_id"
        " where p.county = r.county and p.part_id = r.source_part and d.name = any(%(shares)s))"
    )
    return SQL(
        "insert into {superseded} select {names}, {reason} from {record} r where {of_county}"
        " and not exists (select from {staged} s where {in_staged})"
        " and not exists (select from {held} h where {in_held})"
        " and not exists (select from {met} m where m.source_part = r.source_part and m.source_row = r.source_row)"
        "{came_with}"
    ).format(
        came_with=came_with if shares else SQL(""),
        superseded=superseded(dataset.name),
        names=columns(record_columns(dataset), "r"),
        reason=WITHDRAWN,
        record=record(dataset.name),
        of_county=of_county("r"),
        staged=staged(dataset.name),
        in_staged=same_key(dataset, "s", "r"),
        held=held(dataset.name),
        met=met(dataset.name),
        in_held=same_key(dataset, "h", "r"),
    )


def keep_history(dataset: Dataset) -> Composed:
    """Copy the superseded versions into history."""
    names = record_columns(dataset)
    return SQL(
        "insert into {history} ({names}, superseded_in, superseded_by)"
        " select {names}, %(run)s, superseded_by from {old}"
    ).format(history=history(dataset.name), names=columns(names), old=superseded(dataset.name))


def update_changed(dataset: Dataset) -> Composed:
    """Write changed rows over their former versions, which history holds by now."""
    names = (*(name for name in dataset.field_names if name not in dataset.key), *placement_columns(dataset))
    return SQL(
        "update {record} r set ({names}, {recorded}) = row({values}, %(run)s) from {placed} p"
        " where {of_county} and {same_key} and not p.is_new"
    ).format(
        record=record(dataset.name),
        names=columns((*names, SOURCE_PART, SOURCE_ROW)),
        recorded=column(RECORDED_IN),
        values=columns((*names, SOURCE_PART, SOURCE_ROW), "p"),
        placed=placed(dataset.name),
        of_county=of_county("r"),
        same_key=same_key(dataset, "r", "p"),
    )


def insert_new(dataset: Dataset) -> Composed:
    """Put new rows into the record table."""
    names: Iterable[str] = record_columns(dataset)[1:-1]
    return SQL(
        "insert into {record} ({all}) select %(county)s, {names}, %(run)s from {placed} p where p.is_new"
    ).format(
        record=record(dataset.name),
        all=columns(record_columns(dataset)),
        names=columns(names, "p"),
        placed=placed(dataset.name),
    )


def delete_withdrawn(dataset: Dataset) -> Composed:
    """Take withdrawn rows out of the record table."""
    return SQL(
        "delete from {record} r using {old} o where {of_county} and {same_key} and o.superseded_by = {reason}"
    ).format(
        record=record(dataset.name),
        old=superseded(dataset.name),
        of_county=of_county("r"),
        same_key=same_key(dataset, "r", "o"),
        reason=WITHDRAWN,
    )


def _delta(dataset: Dataset) -> Identifier:
    return Identifier(f"delta_{dataset.name}")


def _differs(dataset: Dataset) -> Composed:
    names = [name for name in dataset.field_names if name not in dataset.key]
    if not names:
        return SQL("false").format()
    return SQL("row({}) is distinct from row({})").format(columns(names, "s"), columns(names, "r"))
