"""What one actor may see for one purpose on one day: field by field, clear or in part; worked out from agreements.

Pure. An agency sees all of what it is the record of; everybody sees what is shared unconditionally; the rest is what
live agreements say, as far as the token's scopes go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from hub.access.agreement import Agreement
from hub.access.scopes import scope_for
from hub.actor import Actor, Consumer, Purpose
from hub.catalog.dataset import Agency
from hub.catalog.field import SharingClass
from hub.query.entity import (
    CHECKPOINT,
    COSIGNATURE,
    DISAGREEMENT,
    DISCLOSURE,
    DISCLOSURE_ABOUT,
    LOG_ALARM,
    OWN_WORK,
    Attribute,
    Entity,
)

_COUNTY_DIGITS = 6
LEDGER = "ledger"
_AGENCIES = {Consumer.BANK: Agency.BANK, Consumer.FINANCE: Agency.FINANCE, Consumer.RELIEF: Agency.RELIEF}
_EVERYBODY = frozenset(Consumer) - {Consumer.SECURITY}
# What the hub keeps about its own work, and for whom; no agency is asked.
_HUBS_OWN: Mapping[str, frozenset[Consumer]] = {
    **dict.fromkeys(OWN_WORK, _EVERYBODY),
    DISCLOSURE: frozenset({Consumer.AUDITOR}),
    DISCLOSURE_ABOUT: _EVERYBODY - {Consumer.OPERATOR},
    LOG_ALARM: frozenset({Consumer.AUDITOR, Consumer.OPERATOR, Consumer.SECURITY}),
    **dict.fromkeys((CHECKPOINT, COSIGNATURE, DISAGREEMENT), frozenset({Consumer.AUDITOR, Consumer.OPERATOR})),
}
# What somebody may be here for without any agency's agreement: looking after the hub, never at records.
_STANDING_PURPOSES: Mapping[Consumer, frozenset[Purpose]] = {
    Consumer.AUDITOR: frozenset({Purpose.AUDIT}),
    Consumer.OPERATOR: frozenset({Purpose.AUDIT, Purpose.PROGRAMME_SUPERVISION}),
    Consumer.SECURITY: frozenset({Purpose.AUDIT}),
    **dict.fromkeys(_AGENCIES, frozenset(Purpose)),
}


class Sight(StrEnum):
    """How much of a value is shown."""

    CLEAR = "clear"
    MASKED = "masked"


Sights = Mapping[str, Sight]  # attribute → how much of it; what is absent is refused


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """What may be seen. Everything that statements, schemas and answers depend on is in ``content``.

    ``datasets`` holds the entities of which anything may be seen; ``agreed`` is the same before the token's scopes
    narrowed it; ``agreements`` names those used for each entity. ``smallest_groups`` holds the entities of which
    something is given only in figures: for each attribute, about how many households they must be.
    """

    consumer: Consumer | None
    purpose: Purpose
    is_allowed: bool  # whether the purpose is allowed at all
    whole_county: bool
    datasets: Mapping[str, Sights]
    agreed: Mapping[str, Sights]
    agreements: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    smallest_groups: Mapping[str, Mapping[str, int]] = field(default_factory=dict[str, Mapping[str, int]])
    claim: str = ","  # the datasets as the database is told them, and the rules that are left out

    @property
    def has_ledger(self) -> bool:
        """Whether the ledger's figures may be seen."""
        return self.is_allowed and self.consumer in _EVERYBODY

    @property
    def of_anyone(self) -> bool:
        """Whether the disclosure log may be asked about households that are not shown: an auditor sees none."""
        return self.consumer is Consumer.AUDITOR

    @property
    def content(self) -> tuple[object, ...]:
        """Equal for reaches that see the same: the key of whatever is made for one."""
        seen = tuple((name, tuple(sights.items())) for name, sights in self.datasets.items())
        used = tuple(self.agreements.items())
        return (
            self.consumer,
            self.purpose,
            self.is_allowed,
            self.whole_county,
            seen,
            used,
            tuple((name, tuple(least.items())) for name, least in self.smallest_groups.items()),
            self.agreed == self.datasets,
            self.claim,
        )

    def sight(self, entity: Entity, attribute: Attribute) -> Sight | None:
        """How much of ``attribute`` may be seen; None if nothing."""
        return self.datasets.get(entity.name, {}).get(attribute.name)

    def shows_records(self, name: str) -> bool:
        """Whether records of the entity called ``name`` may be seen, and not only figures about many."""
        return name in self.datasets and not min(self.smallest_groups.get(name, {"": 0}).values())

    def smallest_group(self, entity: Entity, attribute: Attribute | None) -> int:
        """About how many households a figure of it must be; 0 if records are shown. Without an attribute: of rows."""
        least = self.smallest_groups.get(entity.name)
        if least is None:
            return 0
        return min(least.values()) if attribute is None else least.get(attribute.name, 0)


def live(agreements: Iterable[Agreement], actor: Actor, day: date) -> tuple[Agreement, ...]:
    """Those that ``actor`` may ask under on ``day``, for whatever purpose."""
    return tuple(
        item
        for item in agreements
        if item.consumer is actor.consumer and item.is_within(day) and item.covers(actor.region)
    )


def purposes_of(agreements: Iterable[Agreement], consumer: Consumer | None) -> frozenset[Purpose]:
    """Every purpose that ``agreements``, or the work itself, allow."""
    standing = _STANDING_PURPOSES.get(consumer, frozenset()) if consumer else frozenset()
    return standing.union(*(item.purposes for item in agreements))


def reach_of(entities: Iterable[Entity], agreements: Iterable[Agreement], actor: Actor, day: date) -> Reach:
    """What ``actor`` may see on ``day`` under ``agreements``, of which only approved ones may be given."""
    usable = live(agreements, actor, day)
    is_allowed = actor.purpose in purposes_of(usable, actor.consumer)
    applied = [item for item in usable if actor.purpose in item.purposes]
    agreed = agreed_of(entities, applied, actor.consumer) if is_allowed else {}
    if actor.consumer is not Consumer.AUDITOR and actor.purpose is not Purpose.HOUSEHOLD_REQUEST:
        # Who looked at a household is told at its own request, or to who watches over the log.
        agreed.pop(DISCLOSURE_ABOUT, None)
    seen = {name: sights for name, sights in _narrowed(entities, agreed, actor.scopes) if sights}
    has_ledger = is_allowed and actor.consumer in _EVERYBODY
    return Reach(
        consumer=actor.consumer,
        purpose=actor.purpose,
        is_allowed=is_allowed,
        whole_county=len(actor.region) == _COUNTY_DIGITS,
        datasets=seen,
        agreed=agreed,
        agreements={name: _ids(applied, name) for name in agreed if _ids(applied, name)},
        smallest_groups=_smallest_groups(entities, applied, actor.consumer, agreed),
        claim=",".join(["", *seen, *([LEDGER] if has_ledger else []), *_left_out(entities, applied), ""]),
    )


def agreed_of(
    entities: Iterable[Entity], agreements: Iterable[Agreement], consumer: Consumer | None
) -> dict[str, Sights]:
    """What ``consumer`` may see of each entity if all ``agreements`` apply."""
    found: dict[str, Sights] = {}
    for entity in entities:
        giving = [item for item in agreements if entity.name in item.fields and item.provider is entity.agency]
        sights = dict(_sights(entity, giving, consumer))
        if sights:
            found[entity.name] = sights
    return found


def _left_out(entities: Iterable[Entity], applied: list[Agreement]) -> Iterator[str]:
    """The rules that of findings, evidence or events no agreement gives, as the database is told them.

    It is told of all three together: what is given of one only, as evidence without its finding, is left out.
    """
    found: set[str] = set()
    for entity in entities:
        giving = [item.without_rules for item in applied if item.provider is Agency.HUB and entity.name in item.fields]
        if entity.of_rule and giving:
            found |= frozenset.intersection(*giving)
    yield from (f"-{code}" for code in sorted(found))


def _smallest_groups(
    entities: Iterable[Entity], applied: list[Agreement], consumer: Consumer | None, agreed: Mapping[str, Sights]
) -> dict[str, Mapping[str, int]]:
    found: dict[str, Mapping[str, int]] = {}
    for entity in entities:
        giving = [item for item in applied if entity.name in item.fields and item.provider is entity.agency]
        is_own = consumer is not None and _AGENCIES.get(consumer) is entity.agency
        if any(item.smallest_group for item in giving) and not is_own:
            sights = agreed.get(entity.name, {})
            least = {name: _least(entity, entity.attribute(name), giving, sight) for name, sight in sights.items()}
            if any(least.values()):
                found[entity.name] = least
    return found


def _least(entity: Entity, item: Attribute, giving: list[Agreement], sight: Sight) -> int:
    """The mildest of the agreements that give so much of an attribute; key and place come with each."""
    if item.is_placed or item.name in entity.key:
        is_open = any(other.sharing is SharingClass.UNCONDITIONAL for other in entity.attributes)
        return 0 if is_open else min(agreement.smallest_group for agreement in giving)
    given = [
        agreement.smallest_group
        for agreement in giving
        if item.name in agreement.fields[entity.name].clear
        or (sight is Sight.MASKED and item.name in agreement.fields[entity.name].masked)
    ]
    return min(given, default=0)


def _ids(agreements: Iterable[Agreement], entity: str) -> tuple[str, ...]:
    return tuple(sorted(item.id for item in agreements if entity in item.fields))


def _sights(entity: Entity, giving: list[Agreement], consumer: Consumer | None) -> Iterator[tuple[str, Sight]]:
    if consumer is None:
        return
    declared = [item for item in entity.attributes if not item.is_placed]
    found = {item.name: _sight(entity, item, giving, consumer) for item in declared}
    if not any(found.values()):
        return
    for item in entity.attributes:
        # The key and the place come with any field: without them a record is nothing that can be spoken of.
        comes_along = item.is_placed or (item.name in entity.key and item.sharing is not SharingClass.WITHHELD)
        sight = Sight.CLEAR if comes_along and item.mask is None else found.get(item.name)
        if sight is not None:
            yield item.name, sight


def _sight(entity: Entity, item: Attribute, giving: list[Agreement], consumer: Consumer) -> Sight | None:
    if entity.name in _HUBS_OWN:
        return Sight.CLEAR if consumer in _HUBS_OWN[entity.name] else None
    is_withheld, is_open = item.sharing is SharingClass.WITHHELD, item.sharing is SharingClass.UNCONDITIONAL
    given = [agreement.fields[entity.name] for agreement in giving]
    if (
        _AGENCIES.get(consumer) is entity.agency
        or (is_open and consumer in _EVERYBODY)
        or (not is_withheld and any(item.name in shared.clear for shared in given))
    ):
        return Sight.CLEAR
    return Sight.MASKED if not is_withheld and any(item.name in shared.masked for shared in given) else None


def _narrowed(
    entities: Iterable[Entity], agreed: Mapping[str, Sights], scopes: frozenset[str]
) -> Iterator[tuple[str, Sights]]:
    for entity in entities:
        sights = agreed.get(entity.name, {})
        if not scopes or entity.name in _HUBS_OWN:
            yield entity.name, sights
            continue
        kept = {}
        for item in entity.attributes:
            sight = sights.get(item.name)
            if sight is Sight.CLEAR and scope_for(entity.name, item, in_clear=True) not in scopes:
                sight = Sight.MASKED if item.mask is not None else None
            if sight is Sight.MASKED and scope_for(entity.name, item, in_clear=False) not in scopes:
                sight = None
            if sight is None and item.name in sights and item.mask is None and _comes_along(entity, item, scopes):
                sight = Sight.CLEAR
            if sight is not None:
                kept[item.name] = sight
        yield entity.name, kept


def _comes_along(entity: Entity, item: Attribute, scopes: frozenset[str]) -> bool:
    return (item.is_placed or item.name in entity.key) and any(
        scope.partition(":")[0] == entity.name for scope in scopes
    )
