"""When a source is due, and whether a failed run is tried again."""

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import psycopg
import pytest

from hub.catalog.dataset import Agency
from hub.errors import ContractError, SettingError, SourceError, SyncError
from hub.sync.retry import PASSING, Retry, is_passing
from hub.sync.schedule import Schedule, parse_schedules
from schema import CATALOGUE

SHANGHAI = "Asia/Shanghai"


def only(text: str, agency: Agency = Agency.BANK, zone: str = SHANGHAI) -> Schedule:
    (schedule,) = parse_schedules(text, agency, CATALOGUE, zone)
    return schedule


def test_a_time_of_day_is_the_citys_unless_the_entry_names_a_zone() -> None:
    instant = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)  # 14:00 in Shanghai
    assert only("30 2 * * *").last_due(instant) == datetime(2026, 11, 23, 18, 30, tzinfo=UTC)
    assert only("30 2 * * *").next_due(instant) == datetime(2026, 11, 24, 18, 30, tzinfo=UTC)
    assert only("TZ=UTC 30 2 * * *").last_due(instant) == datetime(2026, 11, 24, 2, 30, tzinfo=UTC)


def test_the_minute_itself_is_due() -> None:
    instant = datetime(2026, 11, 24, 6, 0, 12, tzinfo=UTC)
    assert only("0 14 * * *").last_due(instant) == datetime(2026, 11, 24, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize("cron", ["30 2 * * *", "15 1 * * *", "0 * * * *", "0 3 * * 0"])
@pytest.mark.parametrize("day", [datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 10, 24, tzinfo=UTC)])
def test_no_due_moment_is_lost_or_out_of_order_where_the_clock_is_changed(cron: str, day: datetime) -> None:
    schedule = only(f"TZ=Europe/Berlin {cron}")
    moments: list[datetime] = []
    for minutes in range(0, 60 * 48, 5):
        instant = day + timedelta(minutes=minutes)
        last, following = schedule.last_due(instant), schedule.next_due(instant)
        assert last <= instant < following
        assert schedule.last_due(following) == following
        moments.append(last)
    assert moments == sorted(moments)
    longest = {"0 * * * *": timedelta(hours=1), "0 3 * * 0": timedelta(days=7, hours=1)}.get(cron, timedelta(hours=25))
    found = sorted({moment.astimezone(UTC) for moment in moments})
    assert all(later - earlier <= longest for earlier, later in pairwise(found))


def test_entries_may_be_for_some_datasets_only() -> None:
    first, second = parse_schedules("30 2 * * *; 0 * * * * repayment loan", Agency.BANK, CATALOGUE, SHANGHAI)
    assert first.due.datasets == tuple(dataset.name for dataset in CATALOGUE.of_agency(Agency.BANK))
    assert second.due.datasets == ("repayment", "loan")
    assert first.name != second.name


@pytest.mark.parametrize("text", ["30 2 * *", "61 2 * * *", "30 2 * * * household", "@daily", "x y z a b"])
def test_an_unreadable_schedule_is_refused(text: str) -> None:
    with pytest.raises(SettingError, match="SETTING_SCHEDULE"):
        only(text)


def test_an_unknown_time_zone_is_refused() -> None:
    with pytest.raises(SettingError, match="SETTING_TIME_ZONE"):
        only("TZ=Asia/Xingyi 30 2 * * *")


def test_what_may_pass_is_tried_again_later_each_time_and_not_for_ever() -> None:
    away = SourceError("SOURCE_UNREACHABLE", "away", "wait")
    retry = Retry(most=4, first_seconds=10, longest_seconds=35)
    waits = [retry.wait_seconds(away, tried) for tried in range(1, 6)]
    assert waits[4] is None
    for wait, whole in zip(waits[:4], (10, 20, 35, 35), strict=True):
        assert wait is not None
        assert whole / 2 <= wait <= whole


@pytest.mark.parametrize(
    "error",
    [
        ContractError("CONTRACT_X", "", ""),
        SyncError("SYNC_TOTAL_DISAGREES", "", ""),
        SourceError("SOURCE_HEADING_MISSING", "", ""),
        SourceError("SOURCE_LOGIN_REFUSED", "", ""),
        ValueError(),
    ],
)
def test_what_needs_a_person_is_not_tried_again(error: Exception) -> None:
    assert Retry().wait_seconds(error, 1) is None


# Of what a source can say: about what it holds, or made worse by asking again.
STAYING = {
    *("SOURCE_ARCHIVE_UNSAFE", "SOURCE_DAYS_DIFFER", "SOURCE_DAY_MISSING", "SOURCE_ENCODING"),
    *("SOURCE_ENDPOINT_MISSING", "SOURCE_FILE_BROKEN", "SOURCE_FILE_LOCKED", "SOURCE_FILE_MISSING"),
    *("SOURCE_FILE_TOO_LARGE", "SOURCE_HEADER_NOT_FOUND", "SOURCE_HEADING_AMBIGUOUS", "SOURCE_HEADING_MISSING"),
    *("SOURCE_HEADING_UNKNOWN", "SOURCE_HOST_KEY", "SOURCE_LOGIN_REFUSED", "SOURCE_NAME_UNSAFE"),
    *(
        "SOURCE_FILE_UNREADABLE",
        "SOURCE_NO_ROOM",
        "SOURCE_ROW_TORN",
        "SOURCE_SHEET_MISSING",
        "SOURCE_TABLE_MISSING",
        "SOURCE_UNIT_MISSING",
        "SOURCE_UNIT_UNKNOWN",
    ),
}


def test_every_refusal_of_a_source_either_passes_or_raises_an_alarm() -> None:
    house = Path(__file__).resolve().parents[2]
    texts = [path.read_text(encoding="utf-8") for path in (house / "connectors").rglob("*.py")]
    raised = {code for text in texts for code in re.findall(r'"(SOURCE_[A-Z_]+)"', text)}
    known = STAYING | {code for code in PASSING if code.startswith("SOURCE_")}
    assert raised == known, "a new code goes into STAYING here, or into PASSING of hub/sync/retry.py"
    assert not STAYING & PASSING


def test_a_database_that_goes_away_between_two_steps_passes() -> None:
    assert is_passing(psycopg.errors.AdminShutdown())
    assert not is_passing(psycopg.errors.UniqueViolation())
