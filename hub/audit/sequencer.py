"""The sequencer: puts committed entries into the tree, in an order that no later commit can change.

The order is (transaction number, entry id), and only entries below the horizon are taken: below it no transaction that
may write the log is still at work. Clocks have no part in it. Any number of sequencers may run; a lock in the database
lets one at a time act, and a crash leaves what was committed.
"""

from __future__ import annotations

from dataclasses import dataclass

from hub.audit.leaves import LEAF_COLUMNS, leaves
from hub.audit.tree import SHA256, Connection, Head, StoredTree
from hub.errors import LogError
from hub.storage.roles import DatabaseRole

# A connector's transaction may take an hour and cannot write the log: it must not hold the log up. What a snapshot
# counts as running and the locks no longer show has ended in between, and counts as running.
_HORIZON = """
select coalesce(min(running.xid), pg_snapshot_xmax(pg_current_snapshot()))
from pg_snapshot_xip(pg_current_snapshot()) as running (xid)
where not exists (
    select from pg_locks held join pg_stat_activity backend on backend.pid = held.pid
    where held.locktype = 'transactionid' and held.mode = 'ExclusiveLock' and held.granted
      and held.transactionid = running.xid::xid and backend.usename = any(%s))
"""
_CANNOT_WRITE = [role.value for role in DatabaseRole if role is not DatabaseRole.LOG]

_NEW = f"""
select {LEAF_COLUMNS} from audit.disclosure d
where d.county = %(county)s and d.xid >= %(xid)s::text::xid8 and d.xid < %(horizon)s::text::xid8
  and (d.xid, d.entry_id) > (%(xid)s::text::xid8, %(entry_id)s)
order by d.xid, d.entry_id limit %(most)s
"""  # noqa: S608  # the columns are the entry's

MOST_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class Sequenced:
    """What one step did: leaves appended, and the tree's size now; ``size`` is None if another sequencer is at it."""

    appended: int
    size: int | None


def take_log_lock(connection: Connection, county: str) -> bool:
    """Whether this transaction is the one that may add to the tree of ``county``; others do not wait."""
    found = connection.execute(
        "select pg_try_advisory_xact_lock(hashtextextended('relief-credit-hub log ' || %s, 0))", (county,)
    ).fetchone()
    return bool(found and found[0])


def sequence_once(
    connection: Connection, county: str, *, most: int = MOST_AT_ONCE, algorithms: tuple[str, ...] = (SHA256,)
) -> Sequenced:
    """Append up to ``most`` committed entries to the tree, in one transaction."""
    with connection.transaction():
        if not take_log_lock(connection, county):
            return Sequenced(0, None)
        tree = StoredTree(connection, county)
        head = tree.head()
        horizon = _horizon(connection, head)
        with connection.cursor(binary=True) as cursor:
            cursor.execute(
                _NEW,
                {"county": county, "xid": head.xid, "entry_id": head.entry_id, "horizon": horizon, "most": most},
            )
            found = list(leaves(cursor))
        tree.append(head.size, found)
        size = head.size + len(found)
        for algorithm in algorithms:
            tree.complete(size, algorithm, max(most, MOST_AT_ONCE))
        return Sequenced(len(found), size)


def _horizon(connection: Connection, head: Head) -> int:
    found = connection.execute(_HORIZON, (_CANNOT_WRITE,)).fetchone()
    horizon = int(str(found[0])) if found else 0
    if horizon <= head.xid:
        newest = connection.execute("select pg_snapshot_xmax(pg_current_snapshot())").fetchone()
        refuse_lost_order(int(str(newest[0])) if newest else 0, head.xid)
    return horizon


def refuse_lost_order(newest_xid: int, last_xid: int) -> None:
    """LOG_ORDER_LOST where the server counts transactions from lower than it did: it was loaded from a dump."""
    if newest_xid <= last_xid:
        raise LogError(
            "LOG_ORDER_LOST",
            "The database server counts its transactions anew, so new entries would come before old ones.",
            "After loading a dump into a new server, stop it and run pg_resetwal --epoch with the next higher number; "
            "docs/log.md says how.",
            status=503,
        )
