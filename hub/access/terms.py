"""How the terms of an agreement are kept in the register: JSON, every field written out."""

from __future__ import annotations

from datetime import date

import orjson

from hub.access.agreement import Agreement, Shared
from hub.actor import Consumer, Purpose
from hub.catalog.dataset import Agency


def written(agreement: Agreement) -> str:
    """The terms as they are kept; ``read`` gives them back."""
    held = {
        "id": agreement.id,
        "title": agreement.title,
        "provider": agreement.provider.value,
        "consumer": agreement.consumer.value,
        "purposes": sorted(agreement.purposes),
        "regions": list(agreement.regions),
        "from": agreement.first_day.isoformat(),
        "to": agreement.last_day.isoformat(),
        "document": agreement.document,
        "number": agreement.number,
        "article": agreement.article,
        "consent": agreement.consent,
        "smallest_group": agreement.smallest_group,
        "without_rules": sorted(agreement.without_rules),
        "fields": {
            name: {"clear": sorted(shared.clear), "masked": sorted(shared.masked)}
            for name, shared in agreement.fields.items()
        },
    }
    return orjson.dumps(held).decode()


def read(terms: str) -> Agreement:
    """The agreement whose terms were ``written``."""
    held = orjson.loads(terms)
    return Agreement(
        id=held["id"],
        title=held["title"],
        provider=Agency(held["provider"]),
        consumer=Consumer(held["consumer"]),
        purposes=frozenset(map(Purpose, held["purposes"])),
        regions=tuple(held["regions"]),
        first_day=date.fromisoformat(held["from"]),
        last_day=date.fromisoformat(held["to"]),
        document=held["document"],
        number=held["number"],
        article=held["article"],
        consent=held["consent"],
        smallest_group=held["smallest_group"],
        # Agreements kept by an earlier release say nothing of it.
        without_rules=frozenset(held.get("without_rules", [])),
        fields={
            name: Shared(frozenset(shared["clear"]), frozenset(shared["masked"]))
            for name, shared in held["fields"].items()
        },
    )


def state(agreement: Agreement, day: date, *, is_approved: bool, is_revoked: bool) -> str:
    """PROPOSED, WAITING (till its first day), IN_FORCE, ENDED or REVOKED."""
    if is_revoked:
        return "REVOKED"
    if not is_approved:
        return "PROPOSED"
    if day < agreement.first_day:
        return "WAITING"
    return "IN_FORCE" if agreement.is_within(day) else "ENDED"
