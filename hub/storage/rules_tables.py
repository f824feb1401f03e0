"""The tables of ``rules``: when the hub worked out what follows from the records, and what it keeps for next time."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, DateTime, Identity, Index, MetaData, PrimaryKeyConstraint, Table, Text

from hub.catalog.registry import COUNTY

TEXT = Text(collation="C")


def rules_tables(metadata: MetaData) -> None:
    """A rules' run works out everything that follows from the sync runs it covers."""
    Table(
        "run",
        metadata,
        Column(COUNTY, TEXT, nullable=False),
        Column("run_id", BigInteger(), Identity(always=True), nullable=False),
        Column("as_of", Date(), nullable=False),
        Column("code_digest", TEXT, nullable=False),  # of the rules and the policy: if either changes, all is redone
        Column("booked_on", Date()),  # the last day on which the bank had booked anything
        Column("started_at", DateTime(timezone=True), nullable=False),
        Column("finished_at", DateTime(timezone=True), nullable=False),
        PrimaryKeyConstraint(COUNTY, "run_id", name="run_pkey"),
        schema="rules",
    )
    decision = Table(
        "decision",
        metadata,
        Column(COUNTY, TEXT, nullable=False),
        Column("decision_id", BigInteger(), Identity(always=True), nullable=False),
        Column("kind", TEXT, nullable=False),  # LINK, CONFLICT
        Column("subject", TEXT, nullable=False),  # dataset|record|entity|key of a link, number of a conflict
        Column("action", TEXT, nullable=False),  # ACCEPTED, REJECTED, UNDONE; EXPLAINED, REOPENED
        Column("decided_by", TEXT, nullable=False),
        Column("reason", TEXT, nullable=False),
        Column("decided_at", DateTime(timezone=True), nullable=False),
        PrimaryKeyConstraint(COUNTY, "decision_id", name="decision_pkey"),
        schema="rules",
    )
    Index("decision_subject_idx", decision.c[COUNTY], decision.c.kind, decision.c.subject)
    Table(
        "covered",
        metadata,
        Column(COUNTY, TEXT, nullable=False),
        Column("sync_run_id", BigInteger(), nullable=False),
        Column("run_id", BigInteger(), nullable=False),
        PrimaryKeyConstraint(COUNTY, "sync_run_id", name="covered_pkey"),
        schema="rules",
    )
    due = Table(
        "entitlement_due",
        metadata,
        Column(COUNTY, TEXT, nullable=False),
        Column("loan_id", TEXT, nullable=False),
        Column("settled_on", Date(), nullable=False),  # the period that time alone will move …
        Column("since", Date(), nullable=False),  # … its first day
        Column("changes_on", Date(), nullable=False),  # … and when
        PrimaryKeyConstraint(COUNTY, "loan_id", "settled_on", name="entitlement_due_pkey"),
        schema="rules",
    )
    Index("entitlement_due_changes_on_idx", due.c[COUNTY], due.c.changes_on, due.c.loan_id)
