"""The finance bureau's folder of workbooks: subsidies by half-year and township, compensation cases, fund bookings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from connectors.finance import mapping
from connectors.source import Setting, Source, checked, datasets_of
from connectors.transport.folder import FileForm, FolderConnector
from hub.catalog.dataset import Agency
from hub.sync.connector import Connector

SETTINGS = (Setting("folder", "folder into which the bureau drops its workbooks"),)

FILES = (
    # A file for each half-year and township; the bureau may keep only the newest ones in the folder.
    FileForm("贴息发放明细_*.xlsx", (mapping.SUBSIDY_PAYMENT,), share=True),
    FileForm("风险补偿案件台账*.xlsx", (mapping.COMPENSATION_CASE,)),
    FileForm("风险补偿金专户流水*.xlsx", (mapping.FUND_TRANSACTION,)),
)


def connect(settings: Mapping[str, str]) -> Connector:
    """The bureau's connector. Raises ``SettingError`` for a setting that is missing or unknown."""
    given = checked(settings, SETTINGS, Agency.FINANCE)
    return FolderConnector(Agency.FINANCE, Path(given["folder"]), FILES)


SOURCE = Source(
    Agency.FINANCE,
    "Workbooks dropped into a folder.",
    datasets_of(held for file in FILES for held in file.mappings),
    SETTINGS,
    connect,
)
