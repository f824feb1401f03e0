"""A sharing agreement (共享协议): who gives what to whom, where, what for, on which ground, from when to when.

``read_agreement`` takes what a file says and writes every shorthand out, so that a field added to the catalogue later
is not shared by an agreement made before. Sharing class and sensitivity decide what an agreement may hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from hub.actor import Consumer, Purpose
from hub.catalog.dataset import Agency, Dataset
from hub.catalog.field import Field, Sensitivity, SharingClass
from hub.catalog.registry import HOUSEHOLD, Catalogue, columns_of
from hub.errors import AccessError

_EVERY = "*"
_RULE = re.compile(r"[QW]\d\d")
_OWN = {Consumer.BANK: Agency.BANK, Consumer.FINANCE: Agency.FINANCE, Consumer.RELIEF: Agency.RELIEF}
_MEMBERS = frozenset(
    {
        *("id", "title", "provider", "consumer", "purposes", "regions", "from", "to"),
        *("document", "number", "article", "consent", "smallest_group", "without_rules", "fields"),
    }
)


@dataclass(frozen=True, slots=True)
class Shared:
    """What is shared of one dataset: fields in clear, and fields shown only in part."""

    clear: frozenset[str]
    masked: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Agreement:
    """The terms of one agreement, every field by name. ``last_day`` is still within it.

    ``article`` cites the law that allows it, ``consent`` says where the subjects' written consent is kept; without
    either, neither sensitive values in clear nor personal credit data can be shared. With a ``smallest_group`` it gives
    no records, but figures about at least so many households; 0: records. Findings, evidence and events of the rules
    ``without_rules`` are not given.
    """

    id: str
    title: str
    provider: Agency
    consumer: Consumer
    purposes: frozenset[Purpose]
    regions: tuple[str, ...]
    first_day: date
    last_day: date
    document: str
    number: str
    article: str = ""
    consent: str = ""
    smallest_group: int = 0
    without_rules: frozenset[str] = frozenset()
    fields: Mapping[str, Shared] = field(default_factory=dict[str, Shared])

    def is_within(self, day: date) -> bool:
        """Whether ``day`` lies in its time."""
        return self.first_day <= day <= self.last_day

    def covers(self, region: str) -> bool:
        """Whether the whole of ``region`` lies in its regions."""
        return any(region.startswith(code) for code in self.regions)


def read_agreement(given: Mapping[str, Any], catalogue: Catalogue, county: str) -> Agreement:
    """The agreement that a file describes. Raises ``AccessError`` AGREEMENT_* naming what it may not say."""
    unknown = sorted(set(given) - _MEMBERS)
    if unknown:
        raise _malformed(f"It has a member {unknown[0]!r}.")
    agreement = Agreement(
        id=_text(given, "id"),
        title=_text(given, "title"),
        provider=_choice(Agency, given, "provider"),
        consumer=_choice(Consumer, given, "consumer"),
        purposes=frozenset(_member(Purpose, item, "purposes") for item in _texts(given, "purposes")),
        regions=tuple(_texts(given, "regions")),
        first_day=_day(given, "from"),
        last_day=_day(given, "to"),
        document=_text(given, "document"),
        number=_text(given, "number"),
        article=_text(given, "article", optional=True),
        consent=_text(given, "consent", optional=True),
        smallest_group=_count(given, "smallest_group"),
        without_rules=frozenset(_texts(given, "without_rules")),
        fields=_fields(given.get("fields"), catalogue),
    )
    _check_terms(agreement, county)
    for name, shared in agreement.fields.items():
        _check_shared(agreement, catalogue[name], shared)
    return agreement


def _check_terms(agreement: Agreement, county: str) -> None:
    if agreement.smallest_group == 1:
        raise _not_allowed(agreement.id, "A smallest group of one household withholds nothing.")
    if agreement.last_day < agreement.first_day:
        raise _malformed("It ends before it begins.")
    if not agreement.fields or not agreement.purposes or not agreement.regions:
        raise _malformed("It names no fields, no purposes or no regions.")
    if strange := sorted(code for code in agreement.without_rules if not _RULE.fullmatch(code)):
        raise _malformed(f"{strange[0]!r} is no rule, such as Q12 or W10.")
    if agreement.without_rules and agreement.provider is not Agency.HUB:
        raise _not_allowed(agreement.id, "Only the hub's own findings come from rules.")
    for code in agreement.regions:
        if not code.isdigit() or len(code) not in {6, 9, 12} or not code.startswith(county):
            raise _malformed(f"Its region {code!r} is no code of 6, 9 or 12 digits within {county}.")
    if _OWN.get(agreement.consumer) is agreement.provider:
        raise _not_allowed(agreement.id, "An agency needs no agreement for what it is itself the record of.")


def _check_shared(agreement: Agreement, dataset: Dataset, shared: Shared) -> None:
    if dataset.agency is not agreement.provider:
        raise _not_allowed(
            agreement.id, f"{dataset.name} is of {dataset.agency}, so {agreement.provider} cannot give it away."
        )
    if agreement.smallest_group and HOUSEHOLD not in columns_of(dataset):
        raise _not_allowed(agreement.id, f"{dataset.name} is not about households: there is nothing to count by.")
    has_ground = bool(agreement.article or agreement.consent)
    if is_personal_credit(dataset) and not has_ground:
        raise _not_allowed(
            agreement.id,
            f"{dataset.name} holds personal credit data: 征信业管理条例 article 29 asks for the subject's written "
            "consent, or the article of a law.",
        )
    for name in sorted(shared.clear | shared.masked):
        item = dataset.field(name)
        if item.sharing is SharingClass.WITHHELD:
            raise _not_allowed(agreement.id, f"{dataset.name}.{name} is not shared (不予共享).")
        if name in shared.masked and item.mask is None:
            raise _not_allowed(agreement.id, f"{dataset.name}.{name} has no mask; share it in clear or leave it out.")
        if name in shared.clear and item.sensitivity is Sensitivity.SENSITIVE and not has_ground:
            raise _not_allowed(
                agreement.id, f"{dataset.name}.{name} is sensitive: in clear it needs consent or the article of a law."
            )


def is_personal_credit(dataset: Dataset) -> bool:
    """Whether the dataset is a lender's knowledge of its borrowers (征信业管理条例)."""
    return dataset.agency is Agency.BANK


# ---------------------------------------------------------------- what a file says


def _fields(given: Any, catalogue: Catalogue) -> dict[str, Shared]:
    if not isinstance(given, Mapping):
        raise _malformed("Its member fields is no table of datasets.")
    return {str(name): _shared(str(name), held, catalogue) for name, held in given.items()}


def _shared(name: str, given: Any, catalogue: Catalogue) -> Shared:
    if name not in catalogue:
        raise _malformed(f"There is no dataset {name!r}.")
    if not isinstance(given, Mapping) or set(given) - {"clear", "masked"}:
        raise _malformed(f"Of {name} it says something else than clear and masked.")
    dataset = catalogue[name]
    clear = frozenset(_named(dataset, _texts(given, "clear"), _is_plain))
    masked = frozenset(_named(dataset, _texts(given, "masked"), _is_masked)) - clear
    if not clear | masked:
        raise _malformed(f"It shares no field of {name}.")
    return Shared(clear, masked)


def _named(dataset: Dataset, names: list[str], belongs: Any) -> Iterator[str]:
    for name in names:
        if name == _EVERY:
            yield from (item.name for item in dataset.fields if belongs(item))
        elif name in dataset.field_names:
            yield name
        else:
            raise _malformed(f"{dataset.name} has no field {name!r}.")


def _is_plain(item: Field) -> bool:
    return item.mask is None and item.sensitivity < Sensitivity.SENSITIVE and item.sharing is not SharingClass.WITHHELD


def _is_masked(item: Field) -> bool:
    return item.mask is not None and item.sharing is not SharingClass.WITHHELD


def _text(given: Mapping[str, Any], name: str, *, optional: bool = False) -> str:
    found = given.get(name, "" if optional else None)
    if not isinstance(found, str) or not (found.strip() or optional):
        raise _malformed(f"Its member {name} is no text.")
    return found.strip()


def _texts(given: Mapping[str, Any], name: str) -> list[str]:
    found = given.get(name, [])
    if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
        raise _malformed(f"Its member {name} is no list of names.")
    return found


def _day(given: Mapping[str, Any], name: str) -> date:
    found = given.get(name)
    try:
        return found if type(found) is date else date.fromisoformat(str(found))
    except ValueError:
        raise _malformed(f"Its member {name} is no day, such as 2020-07-08.") from None


def _count(given: Mapping[str, Any], name: str) -> int:
    found = given.get(name, 0)
    if type(found) is not int or found < 0:
        raise _malformed(f"Its member {name} is no whole number.")
    return found


def _choice(kind: Any, given: Mapping[str, Any], name: str) -> Any:
    return _member(kind, given.get(name), name)


def _member(kind: Any, value: Any, name: str) -> Any:
    try:
        return kind(value)
    except ValueError:
        raise _malformed(f"Its {name} must be one of: {', '.join(kind)}.") from None


def _malformed(message: str) -> AccessError:
    return AccessError(
        "AGREEMENT_MALFORMED", f"The agreement cannot be taken: {message}", "docs/access.md shows one.", status=400
    )


def _not_allowed(name: str, message: str) -> AccessError:
    return AccessError(
        "AGREEMENT_NOT_ALLOWED",
        f"Agreement {name} may not say this: {message}",
        "Leave the field out, share it masked, or cite article or consent.",
        status=400,
    )
