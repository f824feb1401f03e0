"""A folder of CSV files. For an SQL database see connectors/bank, for a REST API connectors/relief."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from connectors.source import Setting, Source, checked, datasets_of
from connectors.template import mapping
from connectors.transport.folder import FileForm, FolderConnector
from hub.catalog.dataset import Agency
from hub.sync.connector import Connector

# Your agency, as hub/catalog/dataset.py lists it.
AGENCY = Agency.RELIEF

# What an operator must tell you. Secrets are marked, so that they are never shown.
SETTINGS = (Setting("folder", "folder into which the agency drops its files"),)

# One form per kind of file. Bar-delimited text has separator="|" and quoted=False; a workbook needs neither, and may
# say which of its sheets are meant. A file without a header must declare its headings in their order.
FILES = (FileForm("服务站点_*.csv", (mapping.SERVICE_POINT,)),)


def connect(settings: Mapping[str, str]) -> Connector:
    """The connector. Raises ``SettingError`` for a setting that is missing or unknown."""
    given = checked(settings, SETTINGS, AGENCY)
    return FolderConnector(AGENCY, Path(given["folder"]), FILES)


# Name this in connectors/registry.py, and run tests/connectors/test_every_connector.py with a file of yours.
SOURCE = Source(
    AGENCY,
    "CSV files dropped into a folder.",
    datasets_of(held for file in FILES for held in file.mappings),
    SETTINGS,
    connect,
)
