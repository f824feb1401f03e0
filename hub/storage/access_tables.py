"""Tables of access: the sharing agreements with their terms, approvals and end; and what clients have spent."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, DateTime, MetaData, PrimaryKeyConstraint, Table, Text

from hub.catalog.registry import COUNTY

SCHEMA = "access"
BUDGET = "budget"

_TEXT = Text(collation="C")


def _text(name: str, *, nullable: bool = False) -> Column[str]:
    return Column(name, _TEXT, nullable=nullable)


def _instant(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


def declare(metadata: MetaData) -> None:
    """Add access's tables to ``metadata``."""
    Table(
        BUDGET,
        metadata,
        _text(COUNTY),
        _text("client"),
        _text("kind"),
        _text("span"),  # the minute or day it is of, as ISO 8601 writes it
        Column("spent", BigInteger(), nullable=False),  # leased by all processes
        PrimaryKeyConstraint(COUNTY, "client", "kind", name="budget_pkey"),
        schema=SCHEMA,
    )
    Table(
        "agreement",
        metadata,
        _text(COUNTY),
        _text("agreement_id"),
        _text("provider"),
        _text("consumer"),
        _text("terms"),  # JSON, every field written out; never changed once it is here
        _text("added_by"),
        _instant("added_at"),
        _text("provider_approved_by", nullable=True),
        _instant("provider_approved_at", nullable=True),
        _text("consumer_approved_by", nullable=True),
        _instant("consumer_approved_at", nullable=True),
        _text("revoked_by", nullable=True),
        _instant("revoked_at", nullable=True),
        _text("revoked_why", nullable=True),
        PrimaryKeyConstraint(COUNTY, "agreement_id", name="agreement_pkey"),
        schema=SCHEMA,
    )
