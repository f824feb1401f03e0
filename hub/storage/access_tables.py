"""Tables of access: the sharing agreements, each with its terms as they were signed, its approvals and its end."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, MetaData, PrimaryKeyConstraint, Table, Text

from hub.catalog.registry import COUNTY

SCHEMA = "access"

_TEXT = Text(collation="C")


def _text(name: str, *, nullable: bool = False) -> Column[str]:
    return Column(name, _TEXT, nullable=nullable)


def _instant(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


def declare(metadata: MetaData) -> None:
    """Add access's tables to ``metadata``."""
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
