"""The scalars: amounts and rates are strings, so that no client rounds them. Parsed into what the tables hold."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import NewType

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

Money = NewType("Money", str)
Rate = NewType("Rate", str)
Percent = NewType("Percent", str)
Date = NewType("Date", str)
DateTime = NewType("DateTime", str)

_MONEY = re.compile(r"-?\d{1,15}(\.\d{1,2})?\Z", re.ASCII)
_RATE = re.compile(r"-?\d{1,6}(\.\d{1,4})?\Z", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)


def _scaled(value: object, pattern: re.Pattern[str], scale: int, what: str) -> int:
    if not isinstance(value, str) or not pattern.match(value):
        raise GraphQLError(what)
    return int(Decimal(value).scaleb(scale))


def parse_money(value: object) -> int:
    """Yuan as fen."""
    return _scaled(value, _MONEY, 2, 'Money is a string of yuan with at most two decimals, such as "50000.00".')


def parse_rate(value: object) -> int:
    """Per cent a year as millionths."""
    return _scaled(value, _RATE, 4, 'Rate is a string of per cent a year with at most four decimals, such as "4.75".')


def parse_date(value: object) -> date:
    if not isinstance(value, str) or not _DATE.match(value):
        raise GraphQLError('Date is a string such as "2020-07-08".')
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise GraphQLError("There is no such day in the calendar.") from None


def parse_instant(value: object) -> datetime:
    if not isinstance(value, str):
        raise GraphQLError('DateTime is a string such as "2020-07-08T09:30:00Z".')
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise GraphQLError('DateTime is a string such as "2020-07-08T09:30:00Z".') from None
    if found.tzinfo is None:
        raise GraphQLError("DateTime needs its offset from UTC, or Z.")
    return found.astimezone(UTC)


def _not_an_input(_value: object) -> object:
    raise GraphQLError("Percent is only ever an answer.")


def _scalar(name: str, description: str, parse: Callable[[object], object]) -> ScalarDefinition:
    return strawberry.scalar(name=name, description=description, serialize=str, parse_value=parse)


SCALARS: dict[object, ScalarDefinition] = {
    Money: _scalar("Money", 'Yuan with two decimals, as a string: "263457000.00".\n\n人民币元,两位小数。', parse_money),
    Rate: _scalar("Rate", 'Per cent a year, as a string: "4.75".\n\n年利率,百分数。', parse_rate),
    Percent: _scalar(
        "Percent",
        'A ratio in per cent with two decimals, as a string: "93.02"; null if there is nothing to divide by.'
        "\n\n百分比,两位小数;分母为零时为空。",
        _not_an_input,
    ),
    Date: _scalar("Date", 'A day of the city\'s calendar: "2020-07-08".\n\n日期。', parse_date),
    DateTime: _scalar("DateTime", 'An instant in UTC: "2020-07-08T01:30:00.000Z".\n\n时间,UTC。', parse_instant),
}
