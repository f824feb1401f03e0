"""Records that belong where a person said they do: what was accepted is kept, and they are moved there, or back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

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


def still_to_follow(
    connection: Connection, county: str, wanted: Mapping[tuple[str, str], str]
) -> dict[str, dict[str, str]]:
    """By dataset and record, the entity's key that is to hold from now on, where another one holds.

    ``wanted``: the accepted entity's key by dataset and record. What is not in it any more is to lead ``NOWHERE``.
    """
    with connection.transaction():
        journal.claim(connection, county)
        rows = connection.execute(
            "select dataset, record_key, entity_key from sync.accepted_link where county = %s", (county,)
        ).fetchall()
    holds = {(str(dataset), str(key)): str(entity) for dataset, key, entity in rows}
    found: dict[str, dict[str, str]] = {}
    for place in {*holds, *wanted}:
        entity = wanted.get(place, NOWHERE)
        if holds.get(place, NOWHERE) != entity:
            found.setdefault(place[0], {})[place[1]] = entity
    return found


def errand(dataset: Dataset, entities: Mapping[str, str]) -> Errand:
    """The run that moves records of ``dataset``: to the entity with this key, by the record's key."""

    def move(work: Workspace) -> dict[str, int]:
        for key, entity in entities.items():
            work.connection.execute(
                "insert into sync.accepted_link as a (county, dataset, record_key, entity_key, run_id)"
                " values (%s, %s, %s, %s, %s) on conflict (county, dataset, record_key)"
                " do update set entity_key = excluded.entity_key, run_id = excluded.run_id",
                (work.county, dataset.name, key, entity, work.run_id),
            )
        return {dataset.name: replace_keys(work, dataset, [decided_keys(dataset, SQL("a.run_id = %(run)s"))])}

    return Errand(RunKind.LINK, settle=_nothing_to_settle, prepare=move)


def _nothing_to_settle(connection: Connection, run_id: int) -> None:
    """No row was read, so none was rejected."""
