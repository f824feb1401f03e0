"""When a source is due, and whether a failed run is tried again."""

from datetime import UTC, datetime

import pytest

from hub.catalog.dataset import Agency
from hub.errors import ContractError, SettingError, SourceError, SyncError
from hub.sync.retry import Retry
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
