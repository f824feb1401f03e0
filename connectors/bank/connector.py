"""The bank's core-banking database, read table by table in one snapshot."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.bank import mapping
from connectors.source import Setting, Source, checked, datasets_of
from connectors.transport.sql import SqlConnector, TableForm
from hub.catalog.dataset import Agency
from hub.sync.connector import Connector

SETTINGS = (
    Setting("url", "address of the database: dialect+driver://account:password@host/database", secret=True),
    Setting("schema", "schema of the tables, where it is not the account's own", required=False),
)

TABLES = (
    TableForm("借据表", ("借据号",), (mapping.LOAN,)),
    TableForm("贷款回收登记簿", ("交易流水号",), (mapping.REPAYMENT,)),
    TableForm("收息登记簿", ("收息流水号",), (mapping.INTEREST_COLLECTION,)),
    TableForm("展期登记簿", ("展期编号",), (mapping.EXTENSION,)),
    TableForm("续贷对应表", ("借据号",), (mapping.RENEWAL,)),
    TableForm("追回登记簿", ("追回流水号",), (mapping.RECOVERY,)),
    TableForm("形态调整登记簿", ("调整流水号",), (mapping.CLASSIFICATION_CHANGE,), optional=True),
)


def connect(settings: Mapping[str, str]) -> Connector:
    """The bank's connector. Raises ``SettingError`` for a setting that is missing, unknown or no address."""
    given = checked(settings, SETTINGS, Agency.BANK)
    return SqlConnector(Agency.BANK, given["url"], TABLES, given.get("schema"))


SOURCE = Source(
    Agency.BANK,
    "Core-banking database, over SQL.",
    datasets_of(held for table in TABLES for held in table.mappings),
    SETTINGS,
    connect,
)
