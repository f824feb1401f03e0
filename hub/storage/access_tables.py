"""Tables of access: the sharing agreements with their terms, approvals and end; and what clients have spent."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, MetaData, PrimaryKeyConstraint, Table

from hub.catalog.registry import COUNTY
from hub.storage.own_columns import instant_column, text_column

SCHEMA = "access"
BUDGET = "budget"


def declare(metadata: MetaData) -> None:
    """Add access's tables to ``metadata``."""
    Table(
        BUDGET,
        metadata,
        text_column(COUNTY),
        text_column("client"),
        text_column("kind"),
        text_column("span"),  # the minute or day it is of, as ISO 8601 writes it
        Column("spent", BigInteger(), nullable=False),  # leased by all processes
        PrimaryKeyConstraint(COUNTY, "client", "kind", name="budget_pkey"),
        schema=SCHEMA,
    )
    Table(
        "agreement",
        metadata,
        text_column(COUNTY),
        text_column("agreement_id"),
        text_column("provider"),
        text_column("consumer"),
        text_column("terms"),  # JSON, every field written out; never changed once it is here
        text_column("added_by"),
        instant_column("added_at"),
        text_column("provider_approved_by", nullable=True),
        instant_column("provider_approved_at", nullable=True),
        text_column("consumer_approved_by", nullable=True),
        instant_column("consumer_approved_at", nullable=True),
        text_column("revoked_by", nullable=True),
        instant_column("revoked_at", nullable=True),
        text_column("revoked_why", nullable=True),
        PrimaryKeyConstraint(COUNTY, "agreement_id", name="agreement_pkey"),
        schema=SCHEMA,
    )
