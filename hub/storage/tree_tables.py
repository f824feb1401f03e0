"""The tables of the disclosure log's tree: what the sequencer appends, what witnesses say, which months were dropped.

The index by household is appended too, a block of leaves at a time: whoever asks about a household reads one short row
of each block, and what lies behind the last block entry by entry.

Rows are only ever added. ``leaf_run`` outlives the entries it was made of: proofs and roots need nothing else.
"""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Uuid,
    text,
)

from hub.catalog.registry import COUNTY
from hub.storage.own_columns import instant_column, text_column


def tree_tables(metadata: MetaData) -> None:
    """Add the tables to ``metadata``."""
    _tree(metadata)
    _index(metadata)
    _said_of_the_tree(metadata)
    _alarms(metadata)


def _tree(metadata: MetaData) -> None:
    run = Table(
        "leaf_run",
        metadata,
        text_column(COUNTY),
        Column("first_index", BigInteger(), nullable=False),
        Column("leaves", Integer(), nullable=False),  # at most 256, within one tile and one month
        Column("month", Date(), nullable=False),  # whose partition held the entries
        Column("last_xid", BigInteger(), nullable=False),
        # The entries' order, (xid, entry_id), and their ids; then 32 bytes of SHA-256 for each.
        Column("xids", ARRAY(BigInteger()), nullable=False),
        Column("entry_ids", ARRAY(Uuid()), nullable=False),
        Column("hashes", LargeBinary(), nullable=False),
        PrimaryKeyConstraint(COUNTY, "first_index", name="leaf_run_pkey"),
        schema="audit",
    )
    Index("leaf_run_last_xid_idx", run.c.county, run.c.last_xid)
    Table(
        "node",
        metadata,
        text_column(COUNTY),
        text_column("algorithm"),  # SHA-256, SM3
        Column("level", Integer(), nullable=False),  # complete subtrees of 256^level leaves
        Column("number", BigInteger(), nullable=False),
        Column("hash", LargeBinary(), nullable=False),
        PrimaryKeyConstraint(COUNTY, "algorithm", "level", "number", name="node_pkey"),
        schema="audit",
    )
    checkpoint = Table(
        "checkpoint",
        metadata,
        text_column(COUNTY),
        Column("checkpoint_id", BigInteger(), Identity(always=True), nullable=False),
        Column("size", BigInteger(), nullable=False),
        text_column("note"),  # as signed, without cosignatures
        _moment("signed_at"),
        PrimaryKeyConstraint(COUNTY, "checkpoint_id", name="checkpoint_pkey"),
        schema="audit",
    )
    Index("checkpoint_size_idx", checkpoint.c.county, checkpoint.c.size)


def _index(metadata: MetaData) -> None:
    posting = Table(
        "posting",
        metadata,
        text_column(COUNTY),
        Column("bucket", Integer(), nullable=False),  # audit.bucket_of(subject): its first ten bits
        Column("first_index", BigInteger(), nullable=False),  # of the block
        Column("month", Date(), nullable=False),  # of the entries, in UTC, as in leaf_run
        # Household and entry by pairs: the n-th of one was disclosed in the n-th of the other.
        Column("subjects", ARRAY(Uuid()), nullable=False),
        Column("entry_ids", ARRAY(Uuid()), nullable=False),
        PrimaryKeyConstraint(COUNTY, "bucket", "first_index", "month", name="posting_pkey"),
        postgresql_partition_by="RANGE (month)",
        schema="audit",
    )
    Index("posting_block_idx", posting.c.county, posting.c.first_index)
    Table(
        "indexed_block",
        metadata,
        text_column(COUNTY),
        Column("first_index", BigInteger(), nullable=False),
        Column("end_index", BigInteger(), nullable=False),
        # The place in the order of the block's last leaf: what comes after the last block is not indexed yet.
        Column("last_xid", BigInteger(), nullable=False),
        Column("last_entry_id", Uuid(), nullable=False),
        PrimaryKeyConstraint(COUNTY, "first_index", name="indexed_block_pkey"),
        schema="audit",
    )


def _alarms(metadata: MetaData) -> None:
    """How many households each was told of in an hour, and what was unusual about one: what ``trawling.py`` adds."""
    who = ("client", "staff")  # empty where there is none
    Table(
        "told_hour",
        metadata,
        text_column(COUNTY),
        instant_column("hour"),
        *(text_column(name) for name in who),
        Column("households", BigInteger(), nullable=False),
        PrimaryKeyConstraint(COUNTY, "hour", *who, name="told_hour_pkey"),
        schema="audit",
    )
    Table(
        "log_alarm",
        metadata,
        text_column(COUNTY),
        instant_column("hour"),
        text_column("kind"),
        *(text_column(name) for name in who),
        text_column("message"),
        _moment("raised_at"),
        PrimaryKeyConstraint(COUNTY, "hour", "kind", *who, name="log_alarm_pkey"),
        schema="audit",
    )


def _said_of_the_tree(metadata: MetaData) -> None:
    cosignature = Table(
        "cosignature",
        metadata,
        text_column(COUNTY),
        Column("cosignature_id", BigInteger(), Identity(always=True), nullable=False),
        text_column("witness"),
        Column("size", BigInteger(), nullable=False),
        text_column("line"),  # as it stands in a note
        instant_column("cosigned_at"),  # by the witness's clock
        _moment("received_at"),
        PrimaryKeyConstraint(COUNTY, "cosignature_id", name="cosignature_pkey"),
        schema="audit",
    )
    Index("cosignature_witness_idx", cosignature.c.county, cosignature.c.witness, cosignature.c.cosignature_id)
    Index("cosignature_size_idx", cosignature.c.county, cosignature.c.size)
    Table(
        "disagreement",
        metadata,
        text_column(COUNTY),
        Column("disagreement_id", BigInteger(), Identity(always=True), nullable=False),
        text_column("witness"),
        text_column("report"),  # a note signed by the witness
        instant_column("reported_at"),
        _moment("received_at"),
        PrimaryKeyConstraint(COUNTY, "disagreement_id", name="disagreement_pkey"),
        schema="audit",
    )
    Table(
        "expired_month",
        metadata,
        text_column(COUNTY),
        Column("month", Date(), nullable=False),
        Column("entries", BigInteger(), nullable=False),
        _moment("expired_at"),
        PrimaryKeyConstraint(COUNTY, "month", name="expired_month_pkey"),
        schema="audit",
    )


def _moment(name: str) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()"))
