"""Months whose time is over: their entries are dropped once every one of them is found in the signed tree.

The leaves stay, so roots, proofs between checkpoints and everybody's receipts go on to hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import psycopg
from psycopg import sql

from hub.audit.checkpoints import last_checkpoint
from hub.audit.leaves import LEAF_COLUMNS, leaves
from hub.audit.tree import Connection, StoredTree
from hub.errors import LogError
from hub.storage.roles import OWNER
from hub.storage.server import connect

_PARTITIONS = """
select to_date(substring(child.relname from '\\d{4}_\\d{2}$'), 'YYYY_MM') as month
from pg_inherits i join pg_class child on child.oid = i.inhrelid
where i.inhparent = 'audit.disclosure'::regclass and child.relname ~ '_\\d{4}_\\d{2}$'
order by 1
"""
_DUE = "select %s::date + interval '1 month' + make_interval(years => %s) <= date_trunc('day', now())"
_IN_MONTH = f"""
select {LEAF_COLUMNS} from audit.disclosure d
where d.county = %s and d.disclosed_at >= %s::timestamp at time zone 'UTC'
  and d.disclosed_at < (%s::date + interval '1 month') at time zone 'UTC' order by d.xid, d.entry_id
"""  # noqa: S608  # the columns are the entry's


def expire(connection: Connection, owner: str, county: str, years: int, *, dry_run: bool) -> list[tuple[date, int]]:
    """Drop every month older than ``years``; ``owner`` is the connection string of whoever owns the tables.

    Raises ``LogError`` LOG_MONTH_UNSOUND, with that month and later ones kept.
    """
    done = []
    for month in due_months(connection, years):
        entries = _confirmed(connection, county, month)
        if not dry_run:
            connection.execute(
                "insert into audit.expired_month (county, month, entries) values (%s, %s, %s) on conflict do nothing",
                (county, month, entries),
            )
            _drop(owner, month, entries)
        done.append((month, entries))
    return done


def due_months(connection: Connection, years: int) -> list[date]:
    """The months with a partition whose time is over."""
    months = [month for (month,) in connection.execute(_PARTITIONS).fetchall()]
    due = (connection.execute(_DUE, (month, years)).fetchone() for month in months)
    return [month for month, row in zip(months, due, strict=True) if row and row[0]]


def _confirmed(connection: Connection, county: str, month: date) -> int:
    """How many entries the month has, each of them compared with its leaf under a signed checkpoint."""
    signed = last_checkpoint(connection, county)
    size = signed.checkpoint.size if signed else 0
    if signed is not None and StoredTree(connection, county).root(size) != signed.checkpoint.root:
        raise _unsound(month, "the last checkpoint is not the root of the stored tree")
    kept = _leaves_of(connection, county, month, size)
    count = 0
    with connection.transaction(), psycopg.ServerCursor(connection, "month") as cursor:
        cursor.itersize = 2_000
        cursor.execute(_IN_MONTH, (county, month, month), binary=True)
        for leaf in leaves(cursor):
            if next(kept, None) != leaf.hash:
                raise _unsound(month, f"the entry {leaf.entry_id} is not what was signed, or not signed yet")
            count += 1
    if next(kept, None) is not None:
        raise _unsound(month, "entries are missing from it")
    return count


def _leaves_of(connection: Connection, county: str, month: date, size: int) -> Iterator[bytes]:
    """The leaves of a month among the first ``size``, in the tree's order, a page of runs at a time."""
    after = -1
    while True:
        page = connection.execute(
            "select first_index, hashes from audit.leaf_run where county = %s and month = %s and first_index > %s "
            "and first_index < %s order by first_index limit 100",
            (county, month, after, size),
        ).fetchall()
        if not page:
            return
        for first, hashes in page:
            yield from (hashes[place : place + 32] for place in range(0, min(len(hashes), (size - first) * 32), 32))
            after = first


def _drop(owner: str, month: date, entries: int) -> None:
    partition = sql.Identifier("audit_month", f"disclosure_{month:%Y_%m}")
    index = sql.Identifier("audit_month", f"posting_{month:%Y_%m}")
    with connect(owner) as connection:
        connection.execute(sql.SQL("set local role {}").format(sql.Identifier(OWNER)))
        connection.execute("set local lock_timeout = '10s'")
        connection.execute(sql.SQL("lock table {} in access exclusive mode").format(partition))
        # The wall hides rows from the owner too; what came since they were compared must not go with the rest.
        connection.execute(sql.SQL("alter table {} disable row level security").format(partition))
        found = connection.execute(sql.SQL("select count(*) from {}").format(partition)).fetchone()
        if found != (entries,):
            raise _unsound(month, "entries were added while it was compared")
        connection.execute(sql.SQL("drop table {}, {}").format(partition, index))


def _unsound(month: date, why: str) -> LogError:
    return LogError(
        "LOG_MONTH_UNSOUND",
        f"The month {month:%Y-%m} of the disclosure log cannot be dropped: {why}.",
        "Run `hub audit verify`; nothing of the month was dropped.",
    )
