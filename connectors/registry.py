"""Every agency's connector; the one file that knows them all."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.bank.connector import SOURCE as BANK
from connectors.finance.connector import SOURCE as FINANCE
from connectors.relief.connector import SOURCE as RELIEF
from connectors.source import Source
from hub.catalog.dataset import Agency
from hub.errors import SettingError
from hub.sync.connector import Connector

SOURCES: Mapping[Agency, Source] = {source.agency: source for source in (BANK, FINANCE, RELIEF)}


def connect(agency: Agency, settings: Mapping[str, str]) -> Connector:
    """The connector of ``agency`` with its settings.

    Raises ``SettingError`` if there is no such connector, or a setting is missing or wrong.
    """
    source = SOURCES.get(agency)
    if source is None:
        raise SettingError(
            "SETTING_SOURCE_AGENCY", f"{agency} has no connector.", f"There are connectors for {', '.join(SOURCES)}."
        )
    return source.connect(settings)
