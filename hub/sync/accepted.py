"""Records that belong, or do not, where a person said so: what was decided is kept, and moves them there or back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from psycopg.sql import SQL

from hub.catalog.dataset import Agency, Dataset
from hub.sync import journal
from hub.sync.connector import Delivery
from hub.sync.handover import Due, RunKind
from hub.sync.replace import decided_keys, replace_keys
from hub.sync.run import Errand
from hub.sync.statements import Connection, Workspace

# Nothing is accepted of the record any more.
NOWHERE = ""


@dataclass(frozen=True, slots=True)
class NothingToRead:
    """The connector of a run that only moves what is there."""

    agency: Agency

    def deliveries(self, due: Due) -> Iterator[Delivery]:  # noqa: ARG002  # the protocol's
        """None."""
        return iter(())


@dataclass(frozen=True, slots=True)
class Decided:
    """What people say of links: ``accepted``, the entity's key by dataset and record; ``rejected``, with that key."""

    accepted: Mapping[tuple[str, str], str]
    rejected: AbstractSet[tuple[str, str, str]]


@dataclass(slots=True)
class Moves:
    """What is to hold of one dataset from now on.

    ``accepted``: the entity's key by the record's, ``NOWHERE`` if none any more. ``rejected``: whether it is, by the
    record's key and the entity's.
    """

    accepted: dict[str, str] = field(default_factory=dict[str, str])
    rejected: dict[tuple[str, str], bool] = field(default_factory=dict[tuple[str, str], bool])


def still_to_follow(connection: Connection, county: str, wanted: Decided) -> dict[str, Moves]:
    """By dataset, what is to hold where something else holds; what is not ``wanted`` any more is to hold no more."""
    with connection.transaction():
        journal.claim(connection, county)
        rows = connection.execute(
            "select dataset, record_key, entity_key from sync.accepted_link where county = %s", (county,)
        ).fetchall()
        refused = connection.execute(
            "select dataset, record_key, entity_key from sync.rejected_link where county = %s and holds", (county,)
        ).fetchall()
    holds = {(str(dataset), str(key)): str(entity) for dataset, key, entity in rows}
    found: dict[str, Moves] = {}
    for place in {*holds, *wanted.accepted}:
        entity = wanted.accepted.get(place, NOWHERE)
        if holds.get(place, NOWHERE) != entity:
            found.setdefault(place[0], Moves()).accepted[place[1]] = entity
    for name, key, entity in {(str(a), str(b), str(c)) for a, b, c in refused} ^ wanted.rejected:
        found.setdefault(name, Moves()).rejected[key, entity] = (name, key, entity) in wanted.rejected
    return found


def errand(dataset: Dataset, moves: Moves) -> Errand:
    """The run that moves records of ``dataset`` to what was accepted of them, and away from what was refused."""

    def move(work: Workspace) -> dict[str, int]:
        for (key, entity), holds in moves.rejected.items():
            work.connection.execute(
                "insert into sync.rejected_link as a (county, dataset, record_key, entity_key, holds, run_id)"
                " values (%s, %s, %s, %s, %s, %s) on conflict (county, dataset, record_key, entity_key)"
                " do update set holds = excluded.holds, run_id = excluded.run_id",
                (work.county, dataset.name, key, entity, holds, work.run_id),
            )
        for key, entity in moves.accepted.items():
            work.connection.execute(
                "insert into sync.accepted_link as a (county, dataset, record_key, entity_key, run_id)"
                " values (%s, %s, %s, %s, %s) on conflict (county, dataset, record_key)"
                " do update set entity_key = excluded.entity_key, run_id = excluded.run_id",
                (work.county, dataset.name, key, entity, work.run_id),
            )
        tables = ("accepted_link", "rejected_link")
        decided = [decided_keys(dataset, SQL("a.run_id = %(run)s"), table=table) for table in tables]
        return {dataset.name: replace_keys(work, dataset, decided)}

    return Errand(RunKind.LINK, settle=_nothing_to_settle, prepare=move)


def _nothing_to_settle(connection: Connection, run_id: int) -> None:
    """No row was read, so none was rejected."""
