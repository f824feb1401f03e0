"""Thresholds for attention that come with the hub: they decide when somebody is told, never what is paid."""

from datetime import date

from hub.catalog.policy import Level, Setting

_SINCE = date(2014, 12, 10)


def _attention(name: str, value: int, note: str = "") -> Setting:
    return Setting(name, value, _SINCE, None, Level.HUB, "枢纽默认提示阈值 Default of the hub", note=note)


ATTENTION = (
    _attention("subsidy_tolerance", 100, "1元, after the loan's own interest method"),
    _attention("subsidy_payment_days", 30),
    _attention("compensation_opening_days", 30),
    _attention("compensation_payment_days", 30),
    _attention("recovery_sharing_days", 15),
    _attention("recovery_action_days", 90),
    _attention("fund_leverage", 10, "10倍以内, as several provinces have it"),
    _attention("fund_least_share", 200_000, "低于应有规模20%时补足, as Gansu has it"),
    _attention("overdue_limit", 30_000, "3%"),
)
