"""The quarantine as a list of work: what is open, where it stands, how old it is; never a row's values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from hub.sync import journal
from hub.sync.statements import Connection


@dataclass(frozen=True, slots=True)
class ListedEntry:
    """One entry without its raw row. ``cell`` says where to look in ``delivery``."""

    entry_id: int
    agency: str
    dataset: str
    delivery: str
    cell: str
    field: str
    code: str
    reason: str
    advice: str | None
    state: str
    opened_at: datetime | None
    decided_by: str | None
    note: str | None


_LIST = """
select q.entry_id, q.agency, q.dataset, coalesce(q.delivery, '') as delivery, q.cell, q.field, q.code, q.reason,
       q.advice, q.state, q.opened_at, d.decided_by, d.reason as note
from sync.quarantine q
left join sync.decision d on d.county = q.county and d.entry_id = q.entry_id
where q.county = %(county)s and (%(dataset)s::text is null or q.dataset = %(dataset)s)
  and (%(code)s::text is null or q.code = %(code)s) and (%(state)s::text is null or q.state = %(state)s)
order by q.entry_id
limit %(most)s
"""


def listed(  # a list has as many conditions
    connection: Connection,
    county: str,
    *,
    dataset: str | None = None,
    code: str | None = None,
    state: str | None = "OPEN",
    most: int = 200,
) -> list[ListedEntry]:
    """Entries, the oldest first; a ``state`` of None means all."""
    with connection.transaction():
        journal.claim(connection, county)
        with connection.cursor(row_factory=class_row(ListedEntry)) as cursor:
            values = {"county": county, "dataset": dataset, "code": code, "state": state, "most": most}
            return cursor.execute(_LIST, values).fetchall()
