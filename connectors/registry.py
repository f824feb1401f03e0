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


def by_agency(*sources: Source) -> Mapping[Agency, Source]:
    """Each agency's one source. Raises ``SettingError`` SETTING_SOURCE_TWICE: the second would hide the first."""
    found: dict[Agency, Source] = {}
    for source in sources:
        if source.agency in found:
            raise SettingError(
                "SETTING_SOURCE_TWICE",
                f"Two connectors say that they are {source.agency}'s.",
                "Give the new one its own agency, or make one connector of both.",
            )
        found[source.agency] = source
    return found


SOURCES = by_agency(BANK, FINANCE, RELIEF)


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
