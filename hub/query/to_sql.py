"""A restricted plan becomes one statement: a JSON column for each root, whatever the depth below it.

To-one and to-many relations are correlated sub-selects, so that the order of a page is never at a join's mercy.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from hub.query import connections, ledgers
from hub.query.conditions import condition_sql
from hub.query.parameters import Origin
from hub.query.plan import LedgerRoot, ListRoot, RestrictedPlan, Root, SingleRoot
from hub.query.records import record_pairs
from hub.query.writer import Writer, json_object, table

_PARAMETER = re.compile(r"\$(\d+)::")


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL text, where its parameters come from, and the response key of each column."""

    text: bytes
    origins: tuple[Origin, ...]
    keys: tuple[str, ...]


def to_sql(restricted: RestrictedPlan) -> Statement:
    """The one statement that answers ``restricted``."""
    writer = Writer(restricted)
    columns = [_root(writer, root) for root in restricted.plan.roots]
    # The reach stands in the text so that a plan cached for a village's few rows is never reused for the county.
    reach = "county" if restricted.rows.whole_county else "region"
    text, origins = _renumbered(f"/* {reach} */ select {_listed(columns)}", writer.origins)
    return Statement(text.encode(), origins, tuple(root.key for root in restricted.plan.roots))


def _renumbered(text: str, origins: tuple[Origin, ...]) -> tuple[str, tuple[Origin, ...]]:
    """Only the parameters that stand in the text: rows that nothing is wanted of leave some behind."""
    used = sorted({int(number) for number in _PARAMETER.findall(text)})
    if len(used) == len(origins):
        return text, origins
    places = {str(number): place for place, number in enumerate(used, start=1)}
    renumbered = _PARAMETER.sub(lambda found: f"${places[found[1]]}::", text)
    return renumbered, tuple(origins[number - 1] for number in used)


def _root(writer: Writer, root: Root) -> str:
    match root:
        case SingleRoot():
            return _single(writer, root)
        case ListRoot():
            return connections.connection_sql(writer, root.connection)
        case LedgerRoot():
            return ledgers.ledger_sql(writer, root)


def _single(writer: Writer, root: SingleRoot) -> str:
    alias = writer.alias()
    entity = root.record.entity
    found = f"{writer.rows_of(entity, alias, linked=False)} and {condition_sql(writer, root.condition, alias)}"
    return json_object(record_pairs(writer, root.record, alias), f"{table(entity, alias)} where {found}")


def _listed(columns: Iterable[str]) -> str:
    return ", ".join(f"{column} as r{number}" for number, column in enumerate(columns))
