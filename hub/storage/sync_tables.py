"""The tables that the sync keeps beside the records: what it read, and where a person said records belong, or not."""

from __future__ import annotations

from sqlalchemy import ARRAY, BigInteger, Boolean, Column, Integer, LargeBinary, MetaData, PrimaryKeyConstraint, Table

from hub.catalog.registry import COUNTY
from hub.storage.own_columns import text_column


def declare(metadata: MetaData) -> None:
    """Add the tables to ``metadata``."""
    _accepted_link(metadata)
    _rejected_link(metadata)
    _lengthened_number(metadata)
    _remembered(metadata)


def _accepted_link(metadata: MetaData) -> None:
    """To which entity a record belongs because a person said so; who said it and why is in ``rules.decision``."""
    Table(
        "accepted_link",
        metadata,
        text_column(COUNTY),
        text_column("dataset"),
        text_column("record_key"),
        text_column("entity_key"),  # empty: taken back
        Column("run_id", BigInteger(), nullable=False),  # that moved the record
        PrimaryKeyConstraint(COUNTY, "dataset", "record_key", name="accepted_link_pkey"),
        schema="sync",
    )


def _rejected_link(metadata: MetaData) -> None:
    """To which entities a record does not belong, whatever its numbers say, because a person said so."""
    Table(
        "rejected_link",
        metadata,
        text_column(COUNTY),
        text_column("dataset"),
        text_column("record_key"),
        text_column("entity_key"),
        Column("holds", Boolean(), nullable=False),  # false: taken back
        Column("run_id", BigInteger(), nullable=False),  # that moved the record
        PrimaryKeyConstraint(COUNTY, "dataset", "record_key", "entity_key", name="rejected_link_pkey"),
        schema="sync",
    )


def _lengthened_number(metadata: MetaData) -> None:
    """Rows that brought a record in which an identity number of 15 digits stood, which has no check character."""
    Table(
        "lengthened_number",
        metadata,
        text_column(COUNTY),
        Column("source_part", BigInteger(), nullable=False),
        Column("source_row", Integer(), nullable=False),
        PrimaryKeyConstraint(COUNTY, "source_part", "source_row", name="lengthened_number_pkey"),
        schema="sync",
    )


def _remembered(metadata: MetaData) -> None:
    """What the last whole delivery of a dataset held: hub/sync/remembered.py says how it is read."""
    Table(
        "remembered",
        metadata,
        text_column(COUNTY),
        text_column("dataset"),
        Column("run_id", BigInteger(), nullable=False),
        Column("digests", LargeBinary(), nullable=False),  # 64 bits of each row's raw text, ascending
        Column("part_ids", ARRAY(BigInteger()), nullable=False),
        Column("parts", LargeBinary(), nullable=False),  # 16 bits each: which of part_ids the record came from …
        Column("source_rows", LargeBinary(), nullable=False),  # … 32 bits each: and its row there
        PrimaryKeyConstraint(COUNTY, "dataset", name="remembered_pkey"),
        schema="sync",
    )
