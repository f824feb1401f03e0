"""The first wall: which rows, and which values only in part. The database's row security is the second."""

from __future__ import annotations

from hub.actor import Actor
from hub.catalog.field import Mask
from hub.query.parameters import Claim
from hub.query.plan import Plan, RestrictedPlan, RowScope
from hub.query.walk import attributes_shown

# Shown only in part to everybody until sharing agreements can allow the clear value.
_ALWAYS_MASKED = frozenset({Mask.IDENTITY_NUMBER, Mask.PHONE, Mask.ACCOUNT})

_COUNTY_DIGITS = 6


def restrict(plan: Plan, actor: Actor) -> RestrictedPlan:
    """``plan`` as far as ``actor`` may see. Depends on ``reach(actor)`` and the role alone, so it can be cached."""
    masked = frozenset(
        (entity.name, attribute.name)
        for entity, attribute in attributes_shown(plan)
        if attribute.mask in _ALWAYS_MASKED
    )
    return RestrictedPlan(plan, RowScope(whole_county=sees_whole_county(actor)), masked)


def sees_whole_county(actor: Actor) -> bool:
    """Whether the actor's region is the county itself."""
    return len(actor.region) == _COUNTY_DIGITS


def claims_of(actor: Actor) -> dict[Claim, str]:
    """What the database is told of the actor; both walls compare with these."""
    # Codes are digits: everything that begins with the prefix lies between the prefix and the prefix followed by "~".
    return {
        Claim.COUNTY: actor.county,
        Claim.REGION_FROM: actor.region,
        Claim.REGION_TO: f"{actor.region}~",
        Claim.AUTHORITY: str(actor.authority),
    }
