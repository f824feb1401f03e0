"""The index by household against the entries it is an index of: "who has looked at me" must not lose a line."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import psycopg

from hub.audit.tree import Connection

_LOST = """
select d.entry_id, count(*) from audit.disclosure d cross join unnest(d.subjects) as named (subject)
where d.county = %s and not exists (
    select from audit.subject s where s.county = d.county and s.subject = named.subject
      and s.disclosed_at = d.disclosed_at and s.entry_id = d.entry_id)
group by d.entry_id
"""
_INVENTED = """
select s.entry_id, count(*) from audit.subject s
where s.county = %s and not exists (
    select from audit.disclosure d where d.county = s.county and d.disclosed_at = s.disclosed_at
      and d.entry_id = s.entry_id and s.subject = any(d.subjects))
group by s.entry_id
"""


def subject_faults(connection: Connection, county: str) -> Iterator[tuple[str, UUID, str]]:
    """Kind of fault, entry and detail, where the index lacks a household of an entry or names one it does not have."""
    if connection.execute("select 1 from audit.subject where county = %s limit 1", (county,)).fetchone() is None:
        return  # the index is not kept
    for kind, query, detail in (
        ("SUBJECT_MISSING", _LOST, "households of it are missing from the index"),
        ("SUBJECT_INSERTED", _INVENTED, "the index names households that it did not disclose"),
    ):
        with psycopg.ServerCursor(connection, kind.lower()) as cursor:
            cursor.execute(query, (county,))
            for entry_id, count in cursor:
                yield kind, entry_id, f"{count} {detail}"
