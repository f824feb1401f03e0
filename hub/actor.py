"""Who is asking, for whom, where, and what for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from hub.catalog.dataset import Agency


class Role(StrEnum):
    """What kind of caller an actor is."""

    AGENCY_SYSTEM = "agency-system"
    CITY_STAFF = "city-staff"
    TOWNSHIP_STAFF = "township-staff"
    VILLAGE_STAFF = "village-staff"
    AUDITOR = "auditor"
    OPERATOR = "operator"
    SECURITY_OFFICER = "security-officer"


class Purpose(StrEnum):
    """What an answer is wanted for; sent with every request in the header ``Data-Purpose``."""

    LOAN_REVIEW = "loan-review"
    SUBSIDY_REVIEW = "subsidy-review"
    RISK_COMPENSATION = "risk-compensation"
    PROGRAMME_SUPERVISION = "programme-supervision"
    HOUSEHOLD_REQUEST = "household-request"
    AUDIT = "audit"


class Consumer(StrEnum):
    """Whom a sharing agreement is made with: an agency, or those who do one kind of work."""

    BANK = "bank"
    FINANCE = "finance"
    RELIEF = "relief"
    CITY = "city-staff"
    TOWNSHIP = "township-staff"
    VILLAGE = "village-staff"
    AUDITOR = "auditor"
    OPERATOR = "operator"
    SECURITY = "security-officer"


@dataclass(frozen=True, slots=True)
class Actor:
    """An authenticated caller. ``region`` is the code prefix it may see: 6, 9 or 12 digits, the first 6 its county.

    ``staff`` names the person where one asks through a client; ``scopes`` are those of the token; ``token_id`` is its
    ``jti``, for the disclosure log. ``authority`` is the version of who may do what at which it was authorised; the
    database answers only while that is the newest.
    """

    client: str
    role: Role
    region: str
    purpose: Purpose
    agency: Agency | None = None
    staff: str | None = None
    scopes: frozenset[str] = frozenset()
    token_id: str | None = None
    authority: int = 0

    @property
    def county(self) -> str:
        """The tenant."""
        return self.region[:6]

    @property
    def consumer(self) -> Consumer | None:
        """Whose agreements it asks under; None for a system that speaks for no agency, which may ask nothing."""
        if self.role is not Role.AGENCY_SYSTEM:
            return _OF_ROLE[self.role]
        return _OF_AGENCY.get(self.agency) if self.agency else None


_OF_ROLE = {role: Consumer(role.value) for role in Role if role is not Role.AGENCY_SYSTEM}
_OF_AGENCY = {
    Agency.BANK: Consumer.BANK,
    Agency.FINANCE: Consumer.FINANCE,
    Agency.RELIEF: Consumer.RELIEF,
}


def reading_role(consumer: Consumer, purpose: Purpose, *, finds: bool) -> str:
    """The database's role that reads for ``consumer`` and ``purpose`` what agreements give; none other is granted that.

    With ``finds`` it may also compare and join on values that are shown to it only in part.
    """
    return f"hub_{'finds' if finds else 'reads'}_{consumer}_{purpose}".replace("-", "_")
