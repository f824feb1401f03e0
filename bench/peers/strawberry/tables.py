"""The hub's tables as mapped classes, straight from its own metadata."""

from __future__ import annotations

from sqlalchemy.orm import DeclarativeBase

from hub.storage.tables import metadata_of
from schema import CATALOGUE
from schema.ledger import LEDGER

_METADATA = metadata_of(CATALOGUE, LEDGER)


class Mapped(DeclarativeBase):
    """What all have in common."""

    metadata = _METADATA


class Region(Mapped):
    """County, township or village."""

    __table__ = _METADATA.tables["record.region"]


class Household(Mapped):
    """A registered household."""

    __table__ = _METADATA.tables["record.household"]


class Loan(Mapped):
    """A loan."""

    __table__ = _METADATA.tables["record.loan"]


class Repayment(Mapped):
    """A repayment."""

    __table__ = _METADATA.tables["record.repayment"]


class SubsidyPayment(Mapped):
    """A subsidy payment."""

    __table__ = _METADATA.tables["record.subsidy_payment"]


class InterestCollection(Mapped):
    """Interest collected."""

    __table__ = _METADATA.tables["record.interest_collection"]


class Daily(Mapped):
    """The ledger's running totals."""

    __table__ = _METADATA.tables["rollup.daily"]
