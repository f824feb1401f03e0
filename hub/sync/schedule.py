"""When a source is due: cron expressions in a time zone, for all of an agency's datasets or for some of them.

A setting holds one or more entries, separated by ``;``. An entry is five cron fields, then the datasets it is for (all
of the agency's if none is named), and may begin with ``TZ=Asia/Urumqi``: ``30 2 * * *; TZ=UTC 0 * * * * repayment``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from croniter import croniter

from hub.catalog.dataset import Agency
from hub.catalog.registry import Catalogue
from hub.errors import SettingError
from hub.sync.handover import Due

_FIELDS = 5
_ZONE = "TZ="


@dataclass(frozen=True, slots=True)
class Schedule:
    """One entry: what is due, and when."""

    due: Due
    cron: str
    zone: ZoneInfo

    @property
    def name(self) -> str:
        """Tells it from every other entry; stays the same while nobody changes it."""
        return f"{self.due.agency.value}:{','.join(self.due.datasets)}:{self.zone.key}:{self.cron}"

    def last_due(self, instant: datetime) -> datetime:
        """The newest moment up to ``instant`` at which it was due."""
        local = instant.astimezone(self.zone)
        if croniter.match(self.cron, local):
            return local.replace(second=0, microsecond=0)
        return _moment(croniter(self.cron, local).get_prev(datetime))

    def next_due(self, instant: datetime) -> datetime:
        """The first moment after ``instant`` at which it will be due."""
        return _moment(croniter(self.cron, instant.astimezone(self.zone)).get_next(datetime))


def _moment(found: object) -> datetime:
    if not isinstance(found, datetime):  # croniter's own types leave it open
        raise TypeError
    return found


def parse_schedules(text: str, agency: Agency, catalogue: Catalogue, zone: str) -> tuple[Schedule, ...]:
    """The entries of one agency's setting. Raises ``SettingError`` SETTING_SCHEDULE naming what cannot be read."""
    entries = [entry for entry in (part.strip() for part in text.split(";")) if entry]
    return tuple(_entry(entry, agency, catalogue, zone) for entry in entries)


def _entry(text: str, agency: Agency, catalogue: Catalogue, zone: str) -> Schedule:
    words = text.split()
    if words[0].startswith(_ZONE):
        zone = words.pop(0).removeprefix(_ZONE)
    cron = " ".join(words[:_FIELDS])
    named = tuple(words[_FIELDS:])
    if len(words) < _FIELDS or not croniter.is_valid(cron):
        raise _wrong(agency, f"{cron!r} is not five cron fields")
    own = tuple(dataset.name for dataset in catalogue.of_agency(agency))
    unknown = [name for name in named if name not in own]
    if unknown:
        raise _wrong(agency, f"{unknown[0]!r} is not one of {', '.join(own)}")
    return Schedule(Due(agency, named or own), cron, read_zone(zone))


def read_zone(name: str) -> ZoneInfo:
    """A time zone by its IANA name. Raises ``SettingError`` SETTING_TIME_ZONE."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise SettingError(
            "SETTING_TIME_ZONE", f"There is no time zone {name!r}.", "Name one like Asia/Shanghai."
        ) from None


def _wrong(agency: Agency, what: str) -> SettingError:
    return SettingError(
        "SETTING_SCHEDULE",
        f"The schedule of {agency.value} cannot be read: {what}.",
        "Write entries like '30 2 * * *' or '0 * * * * loan repayment', with ';' between them.",
    )
