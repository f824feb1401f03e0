"""Rows of one delivery that share a key: equal ones count once, contradicting ones are all put aside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby, islice

import numpy as np
import numpy.typing as npt
import polars as pl
from psycopg.sql import SQL, Identifier

from hub.catalog.dataset import Dataset
from hub.catalog.field import Field, FieldType
from hub.sync.amounts import MONEY_PLACES, PERCENT_PLACES
from hub.sync.fault import Fault
from hub.sync.handover import Column, Reject, Unit
from hub.sync.statements import Connection, columns, held, repeated, same_key, staged
from hub.sync.tally import PartTally

_AT_A_TIME = 1000
# The seed only has to stay the same within one run.
_SEED = 20200708
_SORTED_AT_ONCE = 2_000_000


class KeyWatch:
    """Remembers a 64-bit hash of every key read, so that the exact search is only made where it can find anything."""

    def __init__(self) -> None:
        self._hashes: list[npt.NDArray[np.uint64]] = []
        self._repeats = False

    def note(self, keys: pl.DataFrame) -> None:
        """The keys of one batch."""
        self._hashes.append(keys.hash_rows(_SEED).to_numpy())

    def may_repeat(self) -> bool:
        """Whether two keys have the same hash; if not, no two keys are the same. No key is noted afterwards."""
        count = sum(map(len, self._hashes))
        # A share of all hashes at a time, by their remainder: a sorted copy of tens of millions is never held.
        shares = np.uint64(count // _SORTED_AT_ONCE + 1)
        for share in range(int(shares)) if count else ():
            ordered = np.concatenate([hashes[hashes % shares == share] for hashes in self._hashes])
            ordered.sort()
            if (ordered[1:] == ordered[:-1]).any():
                self._repeats = True
                break
        self._hashes.clear()
        return self._repeats


def set_aside(
    connection: Connection, dataset: Dataset, parts: Mapping[int, PartTally]
) -> Iterator[tuple[int, list[Reject]]]:
    """Take rows with a repeated key out of the staging table; yields their rejects by part, some at a time.

    Equal rows: the first stays, the others are DUPLICATE_ROW. Contradicting rows: all are CONFLICTING_KEY, and the
    key is held, so that an earlier good version stays.
    """
    taken = repeated(dataset.name)
    _take(connection, dataset, taken)
    names = [*dataset.field_names, "part", "source_row", "conflicting"]
    select = SQL("select {} from {} order by part, source_row").format(columns(names), taken)
    with connection.cursor(name="repeated") as cursor:
        cursor.execute(select)
        while chunk := list(islice(cursor, _AT_A_TIME)):
            for ordinal, rows in groupby(chunk, key=lambda row: int(row[-3])):
                yield ordinal, [_reject(dataset, parts[ordinal], row) for row in rows]


def leave_out_older(connection: Connection, dataset: Dataset, ages: Sequence[int]) -> int:
    """Of rows with one key in deliveries of different age, keep those of the newest; how many were left out.

    ``ages`` by ordinal: a part with a larger number is newer.
    """
    key = columns(dataset.key)
    return connection.execute(
        SQL(
            "with aged as (select s.ctid as place, {key}, a.age from {staged} s"
            "  join unnest(%s::int[]) with ordinality a (age, part) on a.part = s.part),"
            " newest as (select {key}, max(age) as age from aged group by {key} having min(age) < max(age))"
            " delete from {staged} s using aged o, newest n where s.ctid = o.place and {same_key} and o.age < n.age"
        ).format(key=key, staged=staged(dataset.name), same_key=same_key(dataset, "o", "n")),
        (list(ages),),
    ).rowcount


def _take(connection: Connection, dataset: Dataset, taken: Identifier) -> None:
    fields = columns(dataset.field_names)
    key = columns(dataset.key)
    connection.execute(
        SQL(
            "create temp table {taken} on commit drop as"
            " select {fields}, part, source_row, conflicting from ("
            "  select {fields}, part, source_row,"
            "   row_number() over w as position,"
            "   min(hash_record_extended(row({fields}), 0)) over k <>"
            "   max(hash_record_extended(row({fields}), 0)) over k as conflicting"
            "  from {staged} where ({key}) in (select {key} from {staged} group by {key} having count(*) > 1)"
            "  window k as (partition by {key}), w as (partition by {key} order by part, source_row)"
            " ) rows where conflicting or position > 1"
        ).format(taken=taken, fields=fields, key=key, staged=staged(dataset.name))
    )
    connection.execute(
        SQL("delete from {} s using {} t where {} and s.part = t.part and s.source_row = t.source_row").format(
            staged(dataset.name), taken, same_key(dataset, "s", "t")
        )
    )
    connection.execute(
        SQL("insert into {} ({key}) select distinct {key} from {} where conflicting").format(
            held(dataset.name), taken, key=key
        )
    )


def _reject(dataset: Dataset, tally: PartTally, row: tuple[object, ...]) -> Reject:
    fault = Fault.CONFLICTING_KEY if row[-1] else Fault.DUPLICATE_ROW
    values = dict(zip(dataset.field_names, row, strict=False))
    of_key = {column.field: column for column in tally.part.columns}[dataset.key[0]]
    number = int(str(row[-2]))
    return Reject(
        part=tally.part,
        row=number,
        field=dataset.key[0],
        cell=tally.part.cell_name(tally.source, of_key, number),
        code=fault.name,
        reason=fault.value,
        raw={
            column.heading: _as_source(dataset.field(column.field), column, values[column.field])
            for column in tally.part.columns
        },
    )


def _as_source(item: Field, column: Column, value: object) -> str | None:
    """A stored value in the source's spelling again, such that the contract reads the same value from it."""
    if value is None:
        return None
    if item.type is FieldType.MONEY:
        return f"{Decimal(str(value)).scaleb(-MONEY_PLACES[column.unit]):f}"
    if item.type is FieldType.RATE and column.unit is Unit.PERMILLE_MONTH:
        return f"{Decimal(str(value)) / 12000:.8f}"
    if item.type is FieldType.RATE:
        return f"{Decimal(str(value)).scaleb(-PERCENT_PLACES):f}"
    if item.type is FieldType.CODE:
        return next((theirs for theirs, ours in column.codes.items() if ours == value), str(value))
    return str(value)
