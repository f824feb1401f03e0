"""The tables of ``rules``: when the hub worked out what follows from the records, and what it keeps for next time."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, Identity, Index, MetaData, PrimaryKeyConstraint, Table

from hub.catalog.registry import COUNTY
from hub.storage.own_columns import instant_column, text_column


def rules_tables(metadata: MetaData) -> None:
    """A rules' run works out everything that follows from the sync runs it covers."""
    Table(
        "run",
        metadata,
        text_column(COUNTY),
        Column("run_id", BigInteger(), Identity(always=True), nullable=False),
        Column("as_of", Date(), nullable=False),
        text_column("code_digest"),  # of the rules and the policy: if either changes, all is redone
        Column("booked_on", Date()),  # the last day on which the bank had booked anything
        instant_column("started_at"),
        instant_column("finished_at"),
        PrimaryKeyConstraint(COUNTY, "run_id", name="run_pkey"),
        schema="rules",
    )
    decision = Table(
        "decision",
        metadata,
        text_column(COUNTY),
        Column("decision_id", BigInteger(), Identity(always=True), nullable=False),
        text_column("kind"),  # LINK, CONFLICT
        text_column("subject"),  # dataset|record|entity|key of a link, number of a conflict
        text_column("action"),  # ACCEPTED, REJECTED, UNDONE; EXPLAINED, REOPENED
        text_column("decided_by"),
        text_column("reason"),
        instant_column("decided_at"),
        PrimaryKeyConstraint(COUNTY, "decision_id", name="decision_pkey"),
        schema="rules",
    )
    Index("decision_subject_idx", decision.c[COUNTY], decision.c.kind, decision.c.subject)
    Table(
        "covered",
        metadata,
        text_column(COUNTY),
        Column("sync_run_id", BigInteger(), nullable=False),
        Column("run_id", BigInteger(), nullable=False),
        PrimaryKeyConstraint(COUNTY, "sync_run_id", name="covered_pkey"),
        schema="rules",
    )
    due = Table(
        "entitlement_due",
        metadata,
        text_column(COUNTY),
        text_column("loan_id"),
        Column("settled_on", Date(), nullable=False),  # the period that time alone will move …
        Column("since", Date(), nullable=False),  # … its first day
        Column("changes_on", Date(), nullable=False),  # … and when
        PrimaryKeyConstraint(COUNTY, "loan_id", "settled_on", name="entitlement_due_pkey"),
        schema="rules",
    )
    Index("entitlement_due_changes_on_idx", due.c[COUNTY], due.c.changes_on, due.c.loan_id)
