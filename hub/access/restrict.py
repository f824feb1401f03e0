"""The first wall: which rows, which attributes, and which values only in part. The database's is the second."""

from __future__ import annotations

from collections.abc import Iterator

from hub.access.grants import is_found_by
from hub.access.reach import Reach, Sight
from hub.access.scopes import scope_for
from hub.access.withhold import refused_of, smallest_group
from hub.actor import Actor, Purpose, reading_role
from hub.errors import AccessError
from hub.query.entity import DISCLOSURE_ABOUT, LOG, Attribute, Entity
from hub.query.parameters import Claim
from hub.query.plan import LedgerRoot, Plan, RestrictedPlan, RowScope
from hub.query.walk import Use, uses_of

_MOST_NAMED = 8


def restrict(plan: Plan, reach: Reach) -> RestrictedPlan:
    """``plan`` as far as ``reach`` goes; depends on nothing else, so it can be cached.

    Raises ``AccessError``: PURPOSE_REFUSED, or ACCESS_FIELD_REFUSED naming every field and what it would need.
    """
    if not reach.is_allowed:
        raise _purpose_refused(reach)
    uses = _distinct(plan, reach)
    refused = tuple(dict.fromkeys([*_refused(uses, reach), *_refused_ledgers(plan, reach)]))
    refused = refused or tuple(dict.fromkeys(phrase for root in plan.roots for phrase in refused_of(root, reach)))
    if refused:
        raise _fields_refused(refused)
    masked = frozenset(
        (use.entity.name, use.attribute.name)
        for use in uses
        if use.attribute is not None and reach.sight(use.entity, use.attribute) is Sight.MASKED
    )
    finds = any(
        not use.is_shown and use.attribute is not None and (use.entity.name, use.attribute.name) in masked
        for use in uses
    )
    datasets = dict.fromkeys(use.entity.name for use in uses)
    reader = reader_of(reach, finds=finds)
    agreements = sorted({name for dataset in datasets for name in reach.agreements.get(dataset, ())})
    least = tuple(smallest_group(root, reach) for root in plan.roots)
    return RestrictedPlan(
        plan,
        RowScope(whole_county=reach.whole_county),
        masked,
        tuple(agreements),
        reader,
        least if any(least) else (),
        of_anyone=reach.of_anyone,
    )


def reader_of(reach: Reach, *, finds: bool = False) -> str:
    """The database's role that may read as much. Raises ``AccessError`` PURPOSE_REFUSED."""
    if not reach.is_allowed or reach.consumer is None:
        raise _purpose_refused(reach)
    return reading_role(reach.consumer, reach.purpose, finds=finds)


def _distinct(plan: Plan, reach: Reach) -> tuple[Use, ...]:
    uses = [use for use in uses_of(plan) if not (use.is_asked_about and reach.of_anyone)]
    found = {(use.entity.name, use.attribute.name if use.attribute else None, use.is_shown): use for use in uses}
    return tuple(found.values())


def _refused(uses: tuple[Use, ...], reach: Reach) -> Iterator[str]:
    for use in uses:
        entity, attribute = use.entity, use.attribute
        sights = reach.datasets.get(entity.name)
        if attribute is None:
            if sights is None:
                yield f"{entity.name} ({_needed(entity, None, reach)})"
        elif sights is not None and attribute.name not in sights:
            yield f"{entity.name}.{attribute.name} ({_needed(entity, attribute, reach)})"
        elif sights is not None and _is_guessed(use, sights[attribute.name]):
            yield f"{entity.name}.{attribute.name} (is shown in part; to count it, it must be given in clear)"


def _is_guessed(use: Use, sight: Sight) -> bool:
    """Whether a value that is shown in part decides about the answer in a way by which no row may be looked up."""
    if use.is_shown or use.attribute is None or sight is not Sight.MASKED:
        return False
    return not is_found_by(use.entity, use.attribute.column)


def _refused_ledgers(plan: Plan, reach: Reach) -> Iterator[str]:
    if not reach.has_ledger and any(isinstance(root, LedgerRoot) for root in plan.roots):
        yield "ledger (is not for this role)"


def _needed(entity: Entity, attribute: Attribute | None, reach: Reach) -> str:
    if entity.name == DISCLOSURE_ABOUT:
        return f"is for auditors, and for the purpose {Purpose.HOUSEHOLD_REQUEST}"
    if entity.name in LOG:
        return "is for those who look after the log, whatever agreements say"
    agreed = reach.agreed.get(entity.name)
    if attribute is None:
        scope, is_agreed = f"{entity.name}:read", agreed is not None
    else:
        scope = scope_for(entity.name, attribute, in_clear=attribute.mask is None)
        is_agreed = agreed is not None and attribute.name in agreed
    if is_agreed:
        return f"needs the scope {scope}"
    return f"needs the scope {scope} and an agreement of {entity.agency} that names it"


def _fields_refused(refused: tuple[str, ...]) -> AccessError:
    named = ", ".join(refused[:_MOST_NAMED])
    more = f" and {len(refused) - _MOST_NAMED} more" if len(refused) > _MOST_NAMED else ""
    return AccessError(
        "ACCESS_FIELD_REFUSED",
        f"Out of reach for this client and purpose: {named}{more}.",
        "Leave them out, ask with a wider token, or agree on them: `me { purposes agreements { id purposes } }` shows "
        "what there is.",
        status=403,
    )


def _purpose_refused(reach: Reach) -> AccessError:
    asking = reach.consumer.value if reach.consumer else "a system that speaks for no agency"
    return AccessError(
        "PURPOSE_REFUSED",
        f"No agreement in force lets {asking} ask for the purpose {reach.purpose.value}.",
        "Send one of `me { purposes }`; agreements are made with `hub agreement add`.",
        status=403,
    )


def claims_of(actor: Actor, reach: Reach) -> dict[Claim, str]:
    """What the database is told of the actor; both walls compare with these."""
    # Codes are digits: everything that begins with the prefix lies between the prefix and the prefix followed by "~".
    return {
        Claim.COUNTY: actor.county,
        Claim.REGION_FROM: actor.region,
        Claim.REGION_TO: f"{actor.region}~",
        Claim.DATASETS: reach.claim,
        Claim.AUTHORITY: str(actor.authority),
    }
