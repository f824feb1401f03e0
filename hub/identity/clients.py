"""Who may call: clients of agencies, and members of staff who log in. What a token says of itself decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hub.actor import Purpose, Role
from hub.catalog.dataset import Agency
from hub.errors import AccessError

ADMINISTRATORS = frozenset({Role.AUDITOR, Role.OPERATOR, Role.SECURITY_OFFICER})
CONSOLE = "console"  # the hub's own page, as a client
EVERY_PURPOSE = frozenset(Purpose)

_REGION_DIGITS = {Role.TOWNSHIP_STAFF: 9, Role.VILLAGE_STAFF: 12}
_COUNTY_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Standing:
    """What somebody may be, in this hub's own books.

    Tokens name the ``generation`` they were made for: one more, and all before it are void.
    """

    name: str
    role: Role
    region: str
    agency: Agency | None = None
    purposes: frozenset[Purpose] = EVERY_PURPOSE
    scopes: frozenset[str] = frozenset()
    generation: int = 1
    is_ended: bool = False


@dataclass(frozen=True, slots=True)
class Client(Standing):
    """A system that may call. ``keys`` is its JWK set as JSON; ``redirects`` are the exact addresses to log in for."""

    keys: str = '{"keys": []}'
    redirects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Staff(Standing):
    """Somebody who may log in. ``person`` tells two logins of one natural person from those of two."""

    person: str = ""


@dataclass(frozen=True, slots=True)
class Register:
    """Everybody a county's hub knows, and the tokens that were withdrawn before their time."""

    clients: Mapping[str, Client] = field(default_factory=dict[str, Client])
    staff: Mapping[str, Staff] = field(default_factory=dict[str, Staff])
    revoked: frozenset[str] = frozenset()


def check_standing(standing: Standing, county: str) -> None:
    """Refuse a role that does not fit its region or agency."""
    digits = _REGION_DIGITS.get(standing.role, _COUNTY_DIGITS)
    region = standing.region
    if not (region.isascii() and region.isdigit() and len(region) == digits and region.startswith(county)):
        raise AccessError(
            "ACCESS_REGION_UNFIT",
            f"The region of {standing.role} is not {digits} digits within {county}.",
            "Give the code of the county, township or village the role is for.",
            status=400,
        )
    if (standing.role is Role.AGENCY_SYSTEM) != (standing.agency is not None):
        raise AccessError(
            "ACCESS_AGENCY_UNFIT",
            "An agency's system names its agency, and nobody else does.",
            "Give an agency for agency-system, and none otherwise.",
            status=400,
        )
    if not standing.purposes:
        raise AccessError(
            "ACCESS_PURPOSE_UNFIT", "No purpose is named.", "Name what answers may be wanted for.", status=400
        )
