"""The database as SQLAlchemy knows it: record and history tables from the catalogue, and the hub's own tables.

Nine PostgreSQL schemas: ``record`` holds what each agency says today, ``history`` what it said before,
``sync`` how each row came, ``rollup`` the ledger's running totals, ``computed`` what the hub works out from records,
``rules`` when it did so, ``audit`` who saw what, ``identity`` who may call, ``access`` who may see what.
Every primary key starts with ``county``: it is the tenant and the distribution column of a larger installation.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
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
from sqlalchemy.types import TypeEngine, UserDefinedType

from hub.catalog.dataset import Dataset
from hub.catalog.field import FieldType
from hub.catalog.indicator import Ledger
from hub.catalog.registry import (
    COMPUTED_IN,
    COUNTY,
    HOUSEHOLD,
    RECORDED_IN,
    REGION,
    SOURCE_PART,
    SOURCE_ROW,
    WRITTEN_IN,
    Catalogue,
    has_household_column,
)
from hub.storage import access_tables, identity_tables, sync_tables
from hub.storage.own_columns import TEXT, instant_column, text_column
from hub.storage.rules_tables import rules_tables
from hub.storage.tree_tables import tree_tables

_COLUMN_TYPES: dict[FieldType, TypeEngine[Any]] = {
    FieldType.MONEY: BigInteger(),
    FieldType.RATE: BigInteger(),
    FieldType.INTEGER: Integer(),
    FieldType.BOOLEAN: Boolean(),
    FieldType.DATE: Date(),
    FieldType.TIMESTAMP: DateTime(timezone=True),
}


def column_type(kind: FieldType) -> TypeEngine[Any]:
    """The PostgreSQL type of a field; everything without a type of its own is byte-ordered text."""
    return _COLUMN_TYPES.get(kind, TEXT)


def _placed_columns(dataset: Dataset) -> list[Column[object]]:
    columns: list[Column[object]] = [text_column(COUNTY)]
    columns += [Column(item.name, column_type(item.type), nullable=not item.required) for item in dataset.fields]
    if has_household_column(dataset):
        columns.append(text_column(HOUSEHOLD, nullable=True))
    if not dataset.is_common:
        columns.append(text_column(REGION))
    return columns


def _columns(dataset: Dataset) -> list[Column[object]]:
    columns = _placed_columns(dataset)
    columns.append(Column(SOURCE_PART, BigInteger(), nullable=False))
    columns.append(Column(SOURCE_ROW, Integer(), nullable=False))
    columns.append(Column(RECORDED_IN, BigInteger(), nullable=False))
    return columns


def _record_table(metadata: MetaData, catalogue: Catalogue, dataset: Dataset) -> Table:
    table = Table(
        dataset.name,
        metadata,
        *_columns(dataset),
        PrimaryKeyConstraint(COUNTY, *dataset.key, name=f"{dataset.name}_pkey"),
        schema="record",
        # Room in each page for some changed rows, of which the indexes then need not be told.
        postgresql_with={"fillfactor": 90},
    )
    # Rows of one run lie together, so a few bytes per block find what a run changed.
    Index(f"{dataset.name}_recorded_in_idx", table.c[RECORDED_IN], postgresql_using="brin")
    _index(table, catalogue, dataset)
    return table


def _index(table: Table, catalogue: Catalogue, dataset: Dataset) -> None:
    for column in _index_columns(catalogue, dataset):
        Index(f"{dataset.name}_{column}_idx", table.c[COUNTY], table.c[column], *(table.c[key] for key in dataset.key))


def _computed_table(metadata: MetaData, catalogue: Catalogue, dataset: Dataset) -> None:
    columns = _placed_columns(dataset)
    columns += [Column(item.name, column_type(item.type), nullable=not item.required) for item in dataset.hidden]
    if dataset.is_sourced:
        columns += [
            Column(SOURCE_PART, BigInteger(), nullable=False),
            Column(SOURCE_ROW, Integer(), nullable=False),
            Column(RECORDED_IN, BigInteger(), nullable=False),
        ]
    columns.append(Column(COMPUTED_IN, BigInteger(), nullable=False))
    if dataset.is_journal:
        # Not by a sequence: a row is safe to pass on when no transaction before its own is still open.
        default = text("pg_current_xact_id()::text::bigint")
        columns.append(Column(WRITTEN_IN, BigInteger(), nullable=False, server_default=default))
    table = Table(
        dataset.name,
        metadata,
        *columns,
        PrimaryKeyConstraint(COUNTY, *dataset.key, name=f"{dataset.name}_pkey"),
        schema="computed",
        info={"journal": dataset.is_journal, "hidden": frozenset(item.name for item in dataset.hidden)},
    )
    _index(table, catalogue, dataset)
    if dataset.is_journal:
        Index(
            f"{dataset.name}_{WRITTEN_IN}_idx", table.c[COUNTY], table.c[WRITTEN_IN], *(table.c[k] for k in dataset.key)
        )
    for item in dataset.hidden:
        Index(f"{dataset.name}_{item.name}_idx", table.c[COUNTY], table.c[item.name])


def _index_columns(catalogue: Catalogue, dataset: Dataset) -> list[str]:
    """Columns that lead an index of their own: filters, the first of both ends of every relation, and the region."""
    wanted = [item.name for item in dataset.fields if item.indexed or item.name in dataset.looked_up]
    wanted += [relation.pairs[0][0] for relation in catalogue.relations(dataset.name)]
    wanted += [] if dataset.is_common else [REGION]
    return [name for name in dict.fromkeys(wanted) if name != dataset.key[0]]


def _history_table(metadata: MetaData, dataset: Dataset) -> Table:
    """Versions that no longer hold: what was said, and the run in which it was changed or withdrawn."""
    table = Table(
        dataset.name,
        metadata,
        *_columns(dataset),
        Column("superseded_in", BigInteger(), nullable=False),
        text_column("superseded_by"),  # CHANGED or WITHDRAWN
        PrimaryKeyConstraint(COUNTY, *dataset.key, "superseded_in", name=f"{dataset.name}_pkey"),
        schema="history",
    )
    # Only added to, so that what one run superseded lies together.
    Index(f"{dataset.name}_superseded_in_idx", table.c.superseded_in, postgresql_using="brin")
    return table


def _run_table(metadata: MetaData) -> None:
    """A run is one sync of one agency."""
    Table(
        "run",
        metadata,
        text_column(COUNTY),
        Column("run_id", BigInteger(), Identity(always=True), nullable=False),
        text_column("agency"),
        Column("kind", TEXT, nullable=False, server_default="SYNC"),  # SYNC, BACKFILL, CORRECTION, LINK
        text_column("state"),  # RUNNING, DONE, FAILED
        instant_column("started_at"),
        instant_column("finished_at", nullable=True),
        text_column("error_code", nullable=True),
        text_column("error_message", nullable=True),
        text_column("error_hint", nullable=True),
        PrimaryKeyConstraint(COUNTY, "run_id", name="run_pkey"),
        schema="sync",
    )


def _dataset_run_table(metadata: MetaData) -> None:
    counts = ("fetched", "accepted", "quarantined", "inserted", "changed", "unchanged", "withdrawn")
    Table(
        "dataset_run",
        metadata,
        text_column(COUNTY),
        Column("run_id", BigInteger(), nullable=False),
        text_column("dataset"),
        *(Column(name, BigInteger(), nullable=False) for name in counts),
        Column("late", BigInteger(), nullable=False, server_default="0"),  # of the unchanged, older than what is known
        text_column("content_digest"),  # of all rows the dataset holds after the run
        Column("milliseconds", BigInteger(), nullable=False),
        Column("is_part", Boolean(), nullable=False, server_default="false"),  # only what had changed was read
        PrimaryKeyConstraint(COUNTY, "run_id", "dataset", name="dataset_run_pkey"),
        schema="sync",
    )


def _delivery_tables(metadata: MetaData) -> None:
    """A delivery is one file, table or endpoint that was read; a part one sheet of it, or all of it."""
    Table(
        "delivery",
        metadata,
        text_column(COUNTY),
        Column("delivery_id", BigInteger(), Identity(always=True), nullable=False),
        Column("run_id", BigInteger(), nullable=False),
        text_column("agency"),
        text_column("kind"),  # FILE, TABLE, ENDPOINT
        text_column("name"),
        text_column("digest"),
        instant_column("received_at"),
        instant_column("as_of", nullable=True),  # the moment whose state it tells, where it says so
        text_column("cursor", nullable=True),  # where a delivery of changes ended, in its connector's words
        PrimaryKeyConstraint(COUNTY, "delivery_id", name="delivery_pkey"),
        schema="sync",
    )
    Table(
        "source_part",
        metadata,
        text_column(COUNTY),
        Column("part_id", BigInteger(), Identity(always=True), nullable=False),
        Column("delivery_id", BigInteger(), nullable=False),
        text_column("dataset"),
        text_column("sheet", nullable=True),  # of a workbook; empty for a table or an endpoint
        Column("fields", ARRAY(TEXT), nullable=False),  # our field names …
        Column("headings", ARRAY(TEXT), nullable=False),  # … and the source's headings for them
        Column("cells", ARRAY(TEXT), nullable=False),  # … and the spreadsheet column letters, or the heading again
        Column("units", ARRAY(TEXT), nullable=False, server_default="{}"),  # … the unit each column is written in
        Column("codes", ARRAY(TEXT), nullable=False, server_default="{}"),  # … and its own code values, as JSON
        Column("rows", BigInteger(), nullable=False),
        Column("control_totals", ARRAY(TEXT), nullable=False),  # "heading=value" of 合计 rows that were compared
        PrimaryKeyConstraint(COUNTY, "part_id", name="source_part_pkey"),
        schema="sync",
    )


def _standing_tables(metadata: MetaData) -> None:
    """What each dataset brought last, and what is not as it usually is."""
    Table(
        "freshness",
        metadata,
        text_column(COUNTY),
        text_column("dataset"),
        text_column("agency"),
        Column("run_id", BigInteger(), nullable=False),
        instant_column("read_at"),
        Column("fetched", BigInteger(), nullable=False),
        instant_column("changed_at", nullable=True),
        instant_column("as_of", nullable=True),
        PrimaryKeyConstraint(COUNTY, "dataset", name="freshness_pkey"),
        schema="sync",
    )
    alarm = Table(
        "alarm",
        metadata,
        text_column(COUNTY),
        Column("alarm_id", BigInteger(), Identity(always=True), nullable=False),
        text_column("agency"),
        text_column("dataset", nullable=True),
        text_column("kind"),
        text_column("message"),
        instant_column("raised_at"),
        instant_column("cleared_at", nullable=True),
        PrimaryKeyConstraint(COUNTY, "alarm_id", name="alarm_pkey"),
        schema="sync",
    )
    Index("alarm_cleared_at_idx", alarm.c[COUNTY], alarm.c.cleared_at)


def _quarantine_table(metadata: MetaData) -> None:
    quarantine = Table(
        "quarantine",
        metadata,
        text_column(COUNTY),
        Column("entry_id", BigInteger(), Identity(always=True), nullable=False),
        Column("run_id", BigInteger(), nullable=False),
        text_column("agency"),
        text_column("dataset"),
        Column("part_id", BigInteger(), nullable=False),
        Column("source_row", Integer(), nullable=False),
        text_column("cell"),  # such as 支付明细!F17, or loan_note.apply_date row 40
        text_column("field"),
        text_column("code"),
        text_column("reason"),
        Column("raw_headings", ARRAY(TEXT), nullable=False),  # the whole raw row, so that it can be corrected and
        Column("raw_values", ARRAY(TEXT), nullable=False),  # replayed; never printed in a message or a log
        # OPEN; CLOSED by a later delivery; CORRECTED, REPLAYED or DISMISSED by a person, as sync.decision says.
        text_column("state"),
        Column("closed_in", BigInteger()),
        text_column("delivery", nullable=True),
        instant_column("opened_at", nullable=True),
        instant_column("closed_at", nullable=True),
        text_column("advice", nullable=True),
        PrimaryKeyConstraint(COUNTY, "entry_id", name="quarantine_pkey"),
        schema="sync",
    )
    Index("quarantine_state_idx", quarantine.c[COUNTY], quarantine.c.dataset, quarantine.c.state)


def _decision_table(metadata: MetaData) -> None:
    """What a person did about a row in quarantine; both raw rows are kept, the former one in the entry."""
    decision = Table(
        "decision",
        metadata,
        text_column(COUNTY),
        Column("decision_id", BigInteger(), Identity(always=True), nullable=False),
        Column("entry_id", BigInteger(), nullable=False),
        text_column("action"),  # CORRECTED, REPLAYED, DISMISSED
        text_column("decided_by"),
        text_column("reason"),
        instant_column("decided_at"),
        Column("run_id", BigInteger()),  # that brought the row in
        Column("raw_headings", ARRAY(TEXT), nullable=False),
        Column("raw_values", ARRAY(TEXT), nullable=False),
        PrimaryKeyConstraint(COUNTY, "decision_id", name="decision_pkey"),
        schema="sync",
    )
    Index("decision_entry_id_idx", decision.c[COUNTY], decision.c.entry_id)


def _rollup_tables(metadata: MetaData, ledger: Ledger) -> None:
    Table(
        "daily",
        metadata,
        text_column(COUNTY),
        text_column(REGION),
        Column("day", Date(), nullable=False),
        *(Column(measure.name, BigInteger(), nullable=False) for measure in ledger.measures),
        PrimaryKeyConstraint(COUNTY, REGION, "day", name="daily_pkey"),
        schema="rollup",
    )
    Table(
        "counted",
        metadata,
        text_column(COUNTY),
        text_column("digest"),  # of what the totals were counted by
        PrimaryKeyConstraint(COUNTY, name="counted_pkey"),
        schema="rollup",
    )


class TransactionId(UserDefinedType[object]):
    """PostgreSQL's 64-bit transaction number."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """The type's name in SQL."""
        return "XID8"


def _audit_tables(metadata: MetaData) -> None:
    """One line for each answer, in monthly partitions; subjects are named by keyed pseudonym, values never kept.

    ``disclosure`` is what is proved, column by column (``hub/audit/entry.py``); ``tree_tables`` has what follows from
    it. The partitions lie in a schema of their own that nobody who logs in may enter.
    """
    disclosure = Table(
        "disclosure",
        metadata,
        text_column(COUNTY),
        instant_column("disclosed_at"),  # to the millisecond, which is in the entry's id too
        Column("entry_id", Uuid(), nullable=False),
        # What commits later has a number that is not below the horizon yet: the sequencer's order.
        Column("xid", TransactionId(), nullable=False, server_default=text("pg_current_xact_id()")),
        text_column("door"),  # GRAPHQL, EXPORT, PAGE, EVENTS, SHELL, COMMAND
        text_column("request_id"),
        Column("part", Integer(), nullable=False),  # of an export, from 1; 0 if the answer is whole
        text_column("outcome"),  # ANSWERED, REFUSED, FAILED
        text_column("code", nullable=True),  # of a refusal
        *(
            text_column(name, nullable=True)
            for name in ("client", "staff", "role", "agency", "region", "purpose", "agreement")
        ),
        text_column("token_id", nullable=True),
        text_column("operation_name", nullable=True),
        Column("operation_digest", LargeBinary()),
        text_column("dataset", nullable=True),  # what the first list or record asked for is of
        Column("datasets", ARRAY(TEXT), nullable=False),
        Column("fields", ARRAY(TEXT), nullable=False),  # "loan.amount", in clear …
        Column("masked", ARRAY(TEXT), nullable=False),  # … and those shown only in part
        Column("row_count", BigInteger(), nullable=False),
        text_column("key_id", nullable=True),  # of the key the pseudonyms were made with
        Column("subjects", ARRAY(Uuid()), nullable=False),  # households
        Column("request_digest", LargeBinary()),
        Column("response_digest", LargeBinary()),
        PrimaryKeyConstraint(COUNTY, "disclosed_at", "entry_id", name="disclosure_pkey"),
        postgresql_partition_by="RANGE (disclosed_at)",
        schema="audit",
    )
    Index("disclosure_xid_idx", disclosure.c.xid)
    _ways_into_the_log(disclosure)


def _ways_into_the_log(disclosure: Table) -> None:
    """What an auditor looks for, newest first; what most entries have, or have not, is not in the index."""
    columns = disclosure.c
    for name, rare in (
        ("client", None),
        ("staff", columns.staff.is_not(None)),
        ("purpose", None),
        ("dataset", columns.dataset.is_not(None)),
        ("outcome", columns.outcome != text("'ANSWERED'")),
    ):
        Index(f"disclosure_{name}_idx", columns[COUNTY], columns[name], columns.disclosed_at, postgresql_where=rare)


def metadata_of(catalogue: Catalogue, ledger: Ledger) -> MetaData:
    """Every table of the hub, derived from the catalogue and the ledger's measures."""
    metadata = MetaData()
    for dataset in catalogue.delivered():
        _record_table(metadata, catalogue, dataset)
        _history_table(metadata, dataset)
    for dataset in catalogue.computed():
        _computed_table(metadata, catalogue, dataset)
    _run_table(metadata)
    _dataset_run_table(metadata)
    _delivery_tables(metadata)
    _standing_tables(metadata)
    _quarantine_table(metadata)
    _decision_table(metadata)
    sync_tables.declare(metadata)
    _rollup_tables(metadata, ledger)
    rules_tables(metadata)
    _audit_tables(metadata)
    tree_tables(metadata)
    identity_tables.declare(metadata)
    access_tables.declare(metadata)
    return metadata
