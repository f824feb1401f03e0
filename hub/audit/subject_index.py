"""The index by household: written behind the tree, a block of leaves at a time, and compared with its entries.

Written in the way of an answer, it cost more than all the rest of the entry. ``audit.entries_about`` reads it, and what
lies behind its last block entry by entry, so nothing waits for it; "who has looked at me" must not lose a line.
"""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from hub.audit.sequencer import take_log_lock
from hub.audit.tree import Connection, Head, StoredTree
from hub.errors import LogError

# So many entries at most are read one by one for a question about a household, some milliseconds; and a row of the
# index holds about as many pairs as a block has for each of its 1,024 buckets.
BLOCK = 8_192

_PAIRS = """
select audit.bucket_of(named.subject) as bucket,
  date_trunc('month', d.disclosed_at at time zone 'UTC')::date as month, named.subject, d.entry_id
from audit.disclosure d cross join unnest(d.subjects) as named (subject)
where d.county = %(county)s and d.xid >= %(xid)s::text::xid8 and d.xid <= %(last_xid)s::text::xid8
  and (d.xid, d.entry_id) > (%(xid)s::text::xid8, %(entry_id)s)
  and (d.xid, d.entry_id) <= (%(last_xid)s::text::xid8, %(last_entry_id)s)
"""
_POST = f"""
insert into audit.posting (county, bucket, first_index, month, subjects, entry_ids)
select %(county)s, bucket, %(first)s, month, array_agg(subject), array_agg(entry_id)
from ({_PAIRS}) as pair group by bucket, month
"""  # noqa: S608  # the text above
_MARK = """
insert into audit.indexed_block (county, first_index, end_index, last_xid, last_entry_id)
values (%(county)s, %(first)s, %(end)s, %(last_xid)s, %(last_entry_id)s)
"""
_INDEXED = "select end_index from audit.indexed_block where county = %s order by first_index desc limit 1"
_BLOCKS = """
select first_index, end_index, last_xid, last_entry_id from audit.indexed_block where county = %s order by first_index
"""
# A pair in another bucket or month than its own is not found by whoever asks: missing there, one too many here.
_DIFFERENT = f"""
with kept as (
  select p.bucket, p.month, pair.subject, pair.entry_id
  from audit.posting p cross join unnest(p.subjects, p.entry_ids) as pair (subject, entry_id)
  where p.county = %(county)s and p.first_index = %(first)s
), told as ({_PAIRS})
select entry_id, told.is_there is null, count(*)
from (select true as is_there, told.* from told) as told
full join (select true as is_there, kept.* from kept) as kept using (bucket, month, subject, entry_id)
where told.is_there is null or kept.is_there is null group by 1, 2 order by 1, 2
"""  # noqa: S608  # the text above
_POSTED = "select distinct first_index from audit.posting where county = %s"
_STRAY = """
select pair.entry_id, count(*) from audit.posting p cross join unnest(p.entry_ids) as pair (entry_id)
where p.county = %s and p.first_index = %s group by 1 order by 1
"""


def indexed(connection: Connection, county: str) -> int:
    """How many leaves, from the first, are indexed."""
    found = connection.execute(_INDEXED, (county,)).fetchone()
    return int(found[0]) if found else 0


def index_once(connection: Connection, county: str, *, block: int = BLOCK) -> bool:
    """Index the next ``block`` leaves in one transaction, if there are as many; whether there were."""
    with connection.transaction():
        tree = StoredTree(connection, county)
        first = indexed(connection, county)
        if tree.head().size < first + block or not take_log_lock(connection, county):
            return False
        # By the order alone: a plan for all entries would be a plan for the wrong number of them.
        connection.execute("set local enable_seqscan = off")
        values = _place(county, first, first + block, tree.head(first), tree.head(first + block))
        connection.execute(_POST, values)
        connection.execute(_MARK, values)
    return True


def _place(county: str, first: int, end: int, before: Head, last: Head) -> dict[str, object]:
    place = {"first": first, "end": end, "xid": before.xid, "entry_id": before.entry_id}
    return {"county": county, **place, "last_xid": last.xid, "last_entry_id": last.entry_id}


def subject_faults(connection: Connection, county: str) -> Iterator[tuple[str, UUID | None, str]]:
    """Kind of fault, entry and detail, where the index lacks a household of an entry or names one it does not have."""
    connection.execute("set local enable_seqscan = off")
    tree = StoredTree(connection, county)
    posted = {first for (first,) in connection.execute(_POSTED, (county,)).fetchall()}
    expected = 0
    for first, end, last_xid, last_entry_id in connection.execute(_BLOCKS, (county,)).fetchall():
        last = _last(tree, end)
        if first != expected or end <= first or (last.xid, last.entry_id) != (last_xid, last_entry_id):
            # What lies before the mark of the last block is looked for in the index alone.
            yield "SUBJECT_MISSING", last_entry_id, f"the index's block from {first} on is not one of the tree's"
            break
        posted.discard(first)
        values = _place(county, first, end, tree.head(first), last)
        for entry_id, is_invented, count in connection.execute(_DIFFERENT, values).fetchall():
            if is_invented:
                yield "SUBJECT_INSERTED", entry_id, f"the index names {count} households that it did not disclose"
            else:
                yield "SUBJECT_MISSING", entry_id, f"{count} households of it are missing from the index"
        expected = end
    for first in sorted(posted):
        for entry_id, count in connection.execute(_STRAY, (county, first)).fetchall():
            yield "SUBJECT_INSERTED", entry_id, f"the index names {count} households in a block that there is not"


def _last(tree: StoredTree, end: int) -> Head:
    try:
        return tree.head(end)
    except LogError:
        return Head(0)
