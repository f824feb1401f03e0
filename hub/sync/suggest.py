"""What a clerk could look at first for a row in quarantine; a suggestion is never taken by itself."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl
from psycopg.sql import SQL

from hub.catalog.dataset import Dataset
from hub.catalog.field import Field, FieldType
from hub.catalog.registry import Catalogue
from hub.sync import journal
from hub.sync.cells import characters
from hub.sync.correct import RawRow
from hub.sync.fault import Fault
from hub.sync.identity_number import check_characters
from hub.sync.statements import Connection

_KEPT_DIGITS = 15  # as many as a spreadsheet's number holds
_MOST = 5


@dataclass(frozen=True, slots=True)
class Suggestion:
    """``value`` for the cell ``heading``, and where it comes from."""

    advice: str
    heading: str | None
    value: str


def suggest(connection: Connection, county: str, catalogue: Catalogue, row: RawRow) -> list[Suggestion]:
    """Values that could be right, the likeliest first, beside the fault's own advice: for a named person only."""
    dataset = catalogue[row.part.dataset]
    item = dataset.field(row.field)
    found: list[Suggestion] = []
    if row.code == Fault.CODE_UNKNOWN.name:
        found += _nearest_codes(item, row)
    if item.type is FieldType.IDENTITY_NUMBER:
        found += _check_characters(row)
        found += _registered(connection, county, dataset, row)
    return found[:_MOST]


def _heading(row: RawRow) -> str | None:
    return next((column.heading for column in row.part.columns if column.field == row.field), None)


def _raw(row: RawRow) -> str:
    return row.raw.get(_heading(row) or "") or ""


def _nearest_codes(item: Field, row: RawRow) -> Iterator[Suggestion]:
    column = next((column for column in row.part.columns if column.field == row.field), None)
    if column is None:
        return
    known = [*column.codes, *(code.zh for code in item.codes.values()), *item.codes]
    near = difflib.get_close_matches(_raw(row).strip(), known, n=3, cutoff=0.3)
    for value in dict.fromkeys(near):
        yield Suggestion("Nearest value of the code list.", column.heading, value)
    if not near:
        for code in item.codes.values():
            yield Suggestion("Nothing of the code list is like it; it has this.", column.heading, code.zh)


def _check_characters(row: RawRow) -> Iterator[Suggestion]:
    first17 = _raw(row).strip()[:17]
    if row.code == Fault.IDENTITY_CHECK_FAILED.name and first17.isdigit():
        last = chr(int(check_characters(characters(pl.Series([first17]), 17))[0]))
        yield Suggestion("Right if only the last character is wrong.", _heading(row), first17 + last)


def _registered(connection: Connection, county: str, dataset: Dataset, row: RawRow) -> Iterator[Suggestion]:
    """People of the registry with the row's name and almost its number: what a truncated one began with, or near it."""
    names = [column.heading for column in row.part.columns if dataset.field(column.field).type is FieldType.NAME]
    name = next((value.strip() for heading in names if (value := row.raw.get(heading))), None)
    raw = "".join(_raw(row).split()).upper()
    if name is None or not raw:
        return
    with connection.transaction():
        journal.claim(connection, county)
        query = SQL(
            "select identity_number from record.person where county = %s and name = %s order by person_id limit 200"
        )
        numbers = [str(number) for (number,) in connection.execute(query, (county, name))]
    for number in numbers:
        cut = raw[:_KEPT_DIGITS].isdigit() and number.startswith(raw[:_KEPT_DIGITS]) and number != raw
        if cut or difflib.SequenceMatcher(None, number, raw).ratio() >= 0.9:
            yield Suggestion("A registered person of this name; check before you take it.", _heading(row), number)
