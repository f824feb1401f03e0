"""A city's own policy: a TOML file with dated values, the document that sets each, and both sides' approval."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from hub.catalog.policy import Level, Parameter, Policy, Setting, ValueKind, first_overlap
from hub.errors import RuleError
from hub.rules.policy import Connection, declare, overlapping, store, stored

_LEVELS = (Level.PROVINCE, Level.PREFECTURE, Level.COUNTY)
_FIELDS = (
    *("name", "value", "unit", "level", "valid_from", "valid_to", "document", "document_number"),
    *("approved_by_finance", "approved_by_partner", "approved_on", "note"),
)
_APPROVAL = ("approved_by_finance", "approved_by_partner", "approved_on")
# Stored units in one of the file's.
_SCALES = {ValueKind.MONEY: 100, ValueKind.SHARE: 10_000, ValueKind.NUMBER: 1}


def read_policy(text: str, policy: Policy) -> list[Setting]:
    """Every ``[[parameter]]`` of a settings file.

    Raises ``RuleError`` POLICY_FILE_UNREADABLE, POLICY_UNKNOWN, POLICY_VALUE_UNUSABLE, POLICY_NOT_APPROVED or
    POLICY_OVERLAP, naming the entry.
    """
    try:
        entries = tomllib.loads(text).get("parameter", [])
    except tomllib.TOMLDecodeError:
        raise RuleError(
            "POLICY_FILE_UNREADABLE", "The policy file is not TOML.", "See docs/policy.md.", status=400
        ) from None
    found = [_setting(entry, place, policy) for place, entry in enumerate(entries, start=1)]
    if overlap := first_overlap(found):
        raise overlapping(*overlap)
    return found


def _setting(entry: Mapping[str, Any], place: int, policy: Policy) -> Setting:
    name = str(entry.get("name", ""))
    if name not in policy:
        raise _refused(
            "POLICY_UNKNOWN", place, f"there is no parameter {name!r}", "`hub policy list` shows every name."
        )
    if unknown := sorted(set(entry) - set(_FIELDS)):
        raise _refused("POLICY_UNKNOWN", place, f"{unknown[0]!r} is not known", f"An entry has {', '.join(_FIELDS)}.")
    if missing := [item for item in _APPROVAL if not entry.get(item)]:
        raise _refused(
            "POLICY_NOT_APPROVED", place, f"{missing[0]} is missing", "A value holds when both sides have approved it."
        )
    since, until, approved = (_day(entry, item, place) for item in ("valid_from", "valid_to", "approved_on"))
    if since is None or (until is not None and until < since):
        raise _unusable(place, "valid_from must be a date, and valid_to one that is not before it")
    level = str(entry.get("level", "COUNTY"))
    if level not in {item.name for item in _LEVELS}:
        raise _unusable(place, "level must be PROVINCE, PREFECTURE or COUNTY")
    if not entry.get("document"):
        raise _unusable(place, "the document that sets it is missing")
    return Setting(
        name=name,
        value=_value(policy[name], entry, place),
        valid_from=since,
        valid_to=until,
        level=Level[level],
        document=str(entry["document"]),
        document_number=str(entry.get("document_number", "")),
        approved_by_finance=str(entry["approved_by_finance"]),
        approved_by_partner=str(entry["approved_by_partner"]),
        approved_on=approved,
        note=str(entry.get("note", "")),
    )


def _value(parameter: Parameter, entry: Mapping[str, Any], place: int) -> int | str:
    """The value in stored units; the unit must be written beside it, so that 70 is never taken for 0.7."""
    given, unit = entry.get("value"), entry.get("unit", "")
    if parameter.kind is ValueKind.CODE:
        if given not in parameter.codes:
            raise _unusable(place, f"value must be one of {', '.join(parameter.codes)}")
        return str(given)
    if unit != parameter.kind.value:
        raise _unusable(place, f"the unit must be {parameter.kind.value!r}")
    try:
        number = Decimal(str(given)) * _SCALES[parameter.kind]
    except InvalidOperation:
        raise _unusable(place, "value must be a number") from None
    if isinstance(given, bool) or not number.is_finite() or number != int(number) or not 0 <= number < 2**31 * 100:
        raise _unusable(place, "value must be a number that is not negative and not finer than its unit allows")
    if parameter.kind is ValueKind.SHARE and number > 1_000_000:
        raise _unusable(place, "a share or rate is at most 100 %")
    return int(number)


def _day(entry: Mapping[str, Any], name: str, place: int) -> date | None:
    given = entry.get(name)
    if given is None:
        return None
    if type(given) is not date:
        raise _unusable(place, f"{name} must be a date such as 2020-07-08, without quotation marks")
    return given


def _refused(code: str, place: int, what: str, hint: str) -> RuleError:
    return RuleError(code, f"Entry {place} of the policy file: {what}.", hint, status=400)


def _unusable(place: int, what: str) -> RuleError:
    return _refused("POLICY_VALUE_UNUSABLE", place, what, "See docs/policy.md.")


def add_policy(connection: Connection, policy: Policy, county: str, settings: Iterable[Setting]) -> int:
    """Keep settings beside those known, all or none; how many are new or ended.

    What was said before may be ended (given ``valid_to``) but not otherwise changed. Raises ``RuleError``
    POLICY_OVERLAP or POLICY_SETTLED.
    """
    settings = list(settings)
    declare(connection, policy, county)
    known = {(item.name, item.level, item.valid_from): item for item in stored(connection, policy, county)}
    for item in settings:
        former = known.get((item.name, item.level, item.valid_from))
        if former is not None and (former.value != item.value or (former.valid_to or item.valid_to) != item.valid_to):
            raise RuleError(
                "POLICY_SETTLED",
                f"{item.name} ({item.level.name}) since {item.valid_from} has another value or end already.",
                "End it and add a new value from a later day; what was decided by it stays explicable.",
                status=409,
            )
        known[item.name, item.level, item.valid_from] = item
    if overlap := first_overlap(known.values()):
        raise overlapping(*overlap)
    return store(connection, policy, county, settings)
