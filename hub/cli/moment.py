"""Moments as operators read them: in the hub's time zone, which stands beside each, whatever PostgreSQL's own is."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hub.settings import Settings


def moment(settings: Settings, instant: datetime | None) -> str:
    """To the second; nothing for None. Raises ``SettingError`` SETTING_TIME_ZONE."""
    from hub.sync.schedule import read_zone

    return "" if instant is None else f"{instant.astimezone(read_zone(settings.time_zone)):%F %T %Z}"
