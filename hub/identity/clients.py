"""The clients the hub knows. A fixed list for now: three agencies' systems and five members of staff."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hub.actor import Role
from hub.catalog.dataset import Agency


@dataclass(frozen=True, slots=True)
class Client:
    """Who may call, as whom, and for which region."""

    name: str
    role: Role
    region: str
    agency: Agency | None = None


def known_clients(county: str) -> Mapping[str, Client]:
    """Every client of ``county``'s hub by name."""
    township, village = f"{county}100", f"{county}100200"
    clients = (
        Client("bank-system", Role.AGENCY_SYSTEM, county, Agency.BANK),
        Client("finance-system", Role.AGENCY_SYSTEM, county, Agency.FINANCE),
        Client("relief-system", Role.AGENCY_SYSTEM, county, Agency.RELIEF),
        Client("city-officer", Role.CITY_STAFF, county),
        Client("township-officer", Role.TOWNSHIP_STAFF, township),
        Client("village-officer", Role.VILLAGE_STAFF, village),
        Client("auditor", Role.AUDITOR, county),
        Client("operator", Role.OPERATOR, county),
    )
    return {client.name: client for client in clients}
