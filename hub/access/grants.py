"""What the database's reading roles are granted: for each consumer and purpose, what all its agreements together give.

Time and region are not looked at here: whether an agreement is in force today and covers the actor's region is told
with each transaction, dataset by dataset, and compared by row security.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from hub.access.agreement import Agreement
from hub.access.reach import Sight, agreed_of, purposes_of
from hub.actor import Consumer, Purpose, reading_role
from hub.query.entity import MASKED, Entity

Columns = dict[str, set[str]]  # dataset → columns of its view


def wanted_grants(entities: Mapping[str, Entity], agreements: Iterable[Agreement]) -> dict[str, Columns]:
    """The columns of each reading role. ``agreements``: every approved one."""
    agreements = tuple(agreements)
    records = [entity for entity in entities.values() if entity.is_viewed]
    found: dict[str, Columns] = {}
    for consumer in Consumer:
        of_consumer = [item for item in agreements if item.consumer is consumer]
        for purpose in Purpose:
            is_allowed = purpose in purposes_of(of_consumer, consumer)
            applied = [item for item in of_consumer if purpose in item.purposes]
            agreed = agreed_of(records, applied, consumer) if is_allowed else {}
            for finds in (False, True):
                columns = {name: set(_columns(entities[name], sights, finds=finds)) for name, sights in agreed.items()}
                found[reading_role(consumer, purpose, finds=finds)] = columns
    return found


def _columns(entity: Entity, sights: Mapping[str, Sight], *, finds: bool) -> Iterator[str]:
    for item in entity.attributes:
        sight = sights.get(item.name)
        if sight is not None and item.mask is not None:
            yield item.column + MASKED
        if sight is Sight.CLEAR or (sight is Sight.MASKED and finds and is_found_by(entity, item.column)):
            yield item.column


def is_found_by(entity: Entity, column: str) -> bool:
    """Whether rows may be looked up by a column of which only a part is shown: by a filter, or over a relation."""
    return any(item.filterable for item in entity.attributes if item.column == column) or any(
        column == ours for relation in entity.relations for ours, _ in relation.pairs
    )
