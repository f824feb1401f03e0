"""Whom a row in quarantine is about, as far as what it says leads to a household."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.sync import journal
from hub.sync.statements import Connection

if TYPE_CHECKING:
    from hub.sync.correct import RawRow

# In this order: the household itself, or what the records place in one.
_WAYS = (
    ("household_id", "select %(value)s::text, %(county)s::text"),
    ("loan_id", "select household_id from record.loan where county = %(county)s and loan_id = %(value)s"),
    ("person_id", "select household_id from record.person where county = %(county)s and person_id = %(value)s"),
    (
        "borrower_identity_number",
        "select household_id from record.person where county = %(county)s and identity_number = %(value)s",
    ),
    (
        "payee_identity_number",
        "select household_id from record.person where county = %(county)s and identity_number = %(value)s",
    ),
    (
        "identity_number",
        "select household_id from record.person where county = %(county)s and identity_number = %(value)s",
    ),
)


def household_of(connection: Connection, county: str, row: RawRow) -> str | None:
    """The household that ``row`` is about; None if nothing it says leads to one."""
    said = {column.field: (row.raw.get(column.heading) or "").strip() for column in row.part.columns if column.field}
    with connection.transaction():
        journal.claim(connection, county)
        for field, way in _WAYS:
            if said.get(field):
                found = connection.execute(way.encode(), {"county": county, "value": said[field]}).fetchone()
                if found is not None and found[0] is not None:
                    return str(found[0])
    return None
