"""How the log stands: how far it is signed, how long the oldest unsigned entry has waited, what witnesses last said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from hub.audit.checkpoints import last_checkpoint
from hub.audit.cosigning import Disagreement, parse_disagreement
from hub.audit.note import PublicKey
from hub.audit.sequencer import refuse_lost_order
from hub.audit.tree import Connection, StoredTree

_OLDEST = """
select entry_id, disclosed_at, clock_timestamp() - disclosed_at from audit.disclosure
where county = %s and xid >= %s::text::xid8 and (xid, entry_id) > (%s::text::xid8, %s)
order by xid, entry_id limit 1
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The oldest entry that no checkpoint covers, and how long ago it was written by its own account."""

    entry_id: UUID
    disclosed_at: datetime
    age: timedelta


@dataclass(frozen=True, slots=True)
class WitnessStanding:
    """What a registered witness last said: the size it cosigned and when it arrived, or what it objects to."""

    name: str
    size: int | None = None
    cosigned_at: datetime | None = None
    silence: timedelta | None = None
    disagreement: Disagreement | None = None
    entry_id: UUID | None = None  # of the entry it objects to, as this database has it


@dataclass(frozen=True, slots=True)
class Standing:
    """The log as the database shows it now."""

    size: int
    signed_size: int
    signed_at: datetime | None
    waiting: Waiting | None
    witnesses: tuple[WitnessStanding, ...]

    @property
    def lag(self) -> timedelta:
        """How long the oldest unsigned entry has waited; nothing if all are signed."""
        return max(self.waiting.age, timedelta()) if self.waiting else timedelta()


def log_standing(connection: Connection, county: str, witnesses: Sequence[PublicKey] = ()) -> Standing:
    """How the log of ``county`` stands; ``LogError`` LOG_ORDER_LOST if it cannot go on."""
    tree = StoredTree(connection, county)
    head, stored = tree.head(), last_checkpoint(connection, county)
    signed_size = stored.checkpoint.size if stored else 0
    signed = tree.head(min(signed_size, head.size))
    newest = connection.execute("select pg_snapshot_xmax(pg_current_snapshot())::text::bigint").fetchone()
    if newest is not None:
        refuse_lost_order(newest[0], head.xid)
    found = connection.execute(_OLDEST, (county, signed.xid, signed.xid, signed.entry_id)).fetchone()
    moment = connection.execute(
        "select signed_at from audit.checkpoint where county = %s order by checkpoint_id desc limit 1", (county,)
    ).fetchone()
    return Standing(
        head.size,
        signed_size,
        moment[0] if moment else None,
        Waiting(*found) if found else None,
        tuple(_witness(connection, tree, county, key) for key in witnesses),
    )


def _witness(connection: Connection, tree: StoredTree, county: str, key: PublicKey) -> WitnessStanding:
    name = str(key)
    said = connection.execute(
        "select size, cosigned_at, clock_timestamp() - received_at from audit.cosignature "
        "where county = %s and witness = %s order by cosignature_id desc limit 1",
        (county, name),
    ).fetchone()
    objected = connection.execute(
        "select report, reported_at from audit.disagreement where county = %s and witness = %s "
        "order by disagreement_id desc limit 1",
        (county, name),
    ).fetchone()
    size, cosigned_at, silence = said or (None, None, None)
    # An objection stands until the same witness, by its own clock, cosigns after it.
    if objected is None or (cosigned_at is not None and cosigned_at > objected[1]):
        return WitnessStanding(key.name, size, cosigned_at, silence)
    disagreement = parse_disagreement(objected[0], key)
    entry_id = None
    if disagreement.index is not None and disagreement.index < tree.head().size:
        entry_id = tree.head(disagreement.index + 1).entry_id
    return WitnessStanding(key.name, size, cosigned_at, silence, disagreement, entry_id)
