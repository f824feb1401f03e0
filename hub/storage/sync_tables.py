"""The tables that the sync keeps for itself: what it read last time, and where a person said records belong."""

from __future__ import annotations

from sqlalchemy import ARRAY, BigInteger, Column, LargeBinary, MetaData, PrimaryKeyConstraint, Table

from hub.catalog.registry import COUNTY
from hub.storage.own_columns import TEXT


def declare(metadata: MetaData) -> None:
    """Add the tables to ``metadata``."""
    _accepted_link(metadata)
    _remembered(metadata)


def _accepted_link(metadata: MetaData) -> None:
    """To which entity a record belongs because a person said so; who said it and why is in ``rules.decision``."""
    Table(
        "accepted_link",
        metadata,
        Column(COUNTY, TEXT, nullable=False),
        Column("dataset", TEXT, nullable=False),
        Column("record_key", TEXT, nullable=False),
        Column("entity_key", TEXT, nullable=False),  # empty: taken back
        Column("run_id", BigInteger(), nullable=False),  # that moved the record
        PrimaryKeyConstraint(COUNTY, "dataset", "record_key", name="accepted_link_pkey"),
        schema="sync",
    )


def _remembered(metadata: MetaData) -> None:
    """What the last whole delivery of a dataset held: hub/sync/remembered.py says how it is read."""
    Table(
        "remembered",
        metadata,
        Column(COUNTY, TEXT, nullable=False),
        Column("dataset", TEXT, nullable=False),
        Column("run_id", BigInteger(), nullable=False),
        Column("digests", LargeBinary(), nullable=False),  # 64 bits of each row's raw text, ascending
        Column("part_ids", ARRAY(BigInteger()), nullable=False),
        Column("parts", LargeBinary(), nullable=False),  # 16 bits each: which of part_ids the record came from …
        Column("source_rows", LargeBinary(), nullable=False),  # … 32 bits each: and its row there
        PrimaryKeyConstraint(COUNTY, "dataset", name="remembered_pkey"),
        schema="sync",
    )
