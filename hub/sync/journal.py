"""The run's own line, committed before its work begins, so that a crash can be seen; and one runner per agency."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hub.catalog.dataset import Agency
from hub.clock import now
from hub.errors import HubError, SyncError
from hub.sync.handover import RunKind
from hub.sync.statements import Connection


def claim(connection: Connection, county: str) -> None:
    """Tell row security which county the open transaction works for."""
    connection.execute("select set_config('hub.county', %s, true)", (county,))


@contextmanager
def only_runner(connection: Connection, county: str, agency: Agency) -> Iterator[None]:
    """Hold the agency's lock; ``SyncError`` SYNC_ALREADY_RUNNING if somebody else does.

    The lock belongs to the connection, so it is free again the moment a runner dies. A pooler that shares
    connections between transactions would break it: connect directly.
    """
    name = f"hub.sync:{county}:{agency.value}"
    row = connection.execute("select pg_try_advisory_lock(hashtextextended(%s, 0))", (name,)).fetchone()
    if not row or not row[0]:
        raise SyncError(
            "SYNC_ALREADY_RUNNING",
            f"A sync of {agency.value} is running already for county {county}.",
            "Wait until it has ended; `hub status` shows it.",
            status=409,
        )
    try:
        yield
    finally:
        if not connection.broken:
            connection.execute("select pg_advisory_unlock(hashtextextended(%s, 0))", (name,))


def wait_for_merge_turn(connection: Connection, county: str) -> None:
    """Merge one agency at a time: rows are placed through the other agencies' rows."""
    connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"hub.merge:{county}",))


def begin(connection: Connection, county: str, agency: Agency, kind: RunKind = RunKind.SYNC) -> int:
    """A RUNNING line; earlier ones of this agency belong to runners that died, and are marked so."""
    with connection.transaction():
        claim(connection, county)
        connection.execute(
            "update sync.run set state = 'FAILED', finished_at = %s, error_code = 'SYNC_INTERRUPTED',"
            " error_message = 'The runner ended without saying why.', error_hint = 'Nothing of it was kept. If it comes"
            " again, look for what ends it: too little memory, or a restart of the machine.'"
            " where county = %s and agency = %s and state = 'RUNNING'",
            (now(), county, agency.value),
        )
        row = connection.execute(
            "insert into sync.run (county, agency, kind, state, started_at)"
            " values (%s, %s, %s, 'RUNNING', %s) returning run_id",
            (county, agency.value, kind.value, now()),
        ).fetchone()
    return int(row[0]) if row else 0


def done(connection: Connection, county: str, run_id: int) -> None:
    """Part of the transaction that brings the data."""
    connection.execute(
        "update sync.run set state = 'DONE', finished_at = %s where county = %s and run_id = %s",
        (now(), county, run_id),
    )


def failed(connection: Connection, county: str, run_id: int, refusal: HubError) -> None:
    """After everything else was rolled back."""
    with connection.transaction():
        claim(connection, county)
        connection.execute(
            "update sync.run set state = 'FAILED', finished_at = %s, error_code = %s, error_message = %s,"
            " error_hint = %s where county = %s and run_id = %s",
            (now(), refusal.code, refusal.message, refusal.hint, county, run_id),
        )
