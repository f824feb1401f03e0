from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date, timedelta

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.catalog.policy import Level, NotConfigured, Policy, Setting, first_overlap
from hub.errors import CatalogueError, RuleError
from hub.rules.policy import PolicyBook, lay_out, stored
from hub.rules.policy_file import read_policy
from hub.storage.roles import DatabaseRole
from schema.policy import POLICY
from tests.rules.office import APPROVAL, Office, entry
from tests.support.database import COUNTY

START = date(2020, 1, 1)


def _set(name: str, value: int | str, since: int, until: int | None, level: Level = Level.COUNTY) -> Setting:
    to = None if until is None else START + timedelta(days=until)
    return Setting(name, value, START + timedelta(days=since), to, level, "d")


@st.composite
def _settings(draw: st.DrawFn) -> list[Setting]:
    """Some values of one parameter on several levels, never two of one level on one day."""
    found: list[Setting] = []
    for _ in range(draw(st.integers(0, 6))):
        since = draw(st.integers(0, 20))
        until = draw(st.one_of(st.none(), st.integers(since, 22)))
        more = _set("term_months", draw(st.integers(1, 3)), since, until, draw(st.sampled_from(list(Level))))
        if first_overlap([*found, more]) is None:
            found.append(more)
    return found


@given(_settings())
def test_on_every_day_the_value_nearest_to_the_county_holds(settings: list[Setting]) -> None:
    book = PolicyBook(POLICY, settings)
    for offset in range(-2, 26):
        day = START + timedelta(days=offset)
        inside = [item for item in settings if item.holds_on(day)]
        expected = max(inside, key=lambda item: item.level).value if inside else NotConfigured("term_months", day)
        assert book.at("term_months", day) == expected


@given(_settings())
def test_periods_never_overlap(settings: list[Setting]) -> None:
    periods = PolicyBook(POLICY, settings).periods_of("term_months")
    for earlier, later in itertools.pairwise(periods):
        assert earlier.valid_until is not None
        assert earlier.valid_until <= later.valid_from


def test_a_value_nobody_verified_moves_no_money_but_may_call_for_attention() -> None:
    unverified = Setting("rate_ceiling_long", 47_500, START, None, Level.NATIONAL, "d", is_verified=False)
    assert isinstance(PolicyBook(POLICY, [unverified]).at("rate_ceiling_long", START), NotConfigured)
    limit = Setting("renewal_count", 1, START, None, Level.NATIONAL, "d", is_verified=False)
    assert PolicyBook(POLICY, [limit]).at("renewal_count", START) == 1


def test_what_only_a_city_can_say_is_not_configured_before_it_does() -> None:
    book = PolicyBook(POLICY, POLICY.settings)
    for name in ("loss_share_of_fund", "compensation_trigger_days", "cap_allocation", "rate_ceiling_long"):
        assert isinstance(book.at(name, date(2019, 3, 1)), NotConfigured), name
    assert isinstance(book.at("subsidy_share_of_contract", date(2021, 1, 1)), NotConfigured)
    assert book.at("subsidy_share_of_contract", date(2020, 12, 31)) == 1_000_000


def test_two_values_of_one_level_for_one_day_are_refused_wherever_they_come_from() -> None:
    twice = [_set("term_months", 36, 0, 10), _set("term_months", 24, 10, None)]
    with pytest.raises(RuleError) as refusal:
        PolicyBook(POLICY, twice)
    assert refusal.value.code == "POLICY_OVERLAP"
    with pytest.raises(CatalogueError):
        Policy(list(POLICY), twice)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[[parameter]", "POLICY_FILE_UNREADABLE"),
        (entry("nothing", "1", "number"), "POLICY_UNKNOWN"),
        (entry("term_months", "36", "number", more='colour = "red"'), "POLICY_UNKNOWN"),
        (entry("term_months", "36", "number").replace(APPROVAL, 'approved_by_finance = "甲"\n'), "POLICY_NOT_APPROVED"),
        (entry("loss_share_of_fund", "0.7"), "POLICY_VALUE_UNUSABLE"),
        (entry("loss_share_of_fund", "700", "%"), "POLICY_VALUE_UNUSABLE"),
        (entry("loss_share_of_fund", "seventy", "%"), "POLICY_VALUE_UNUSABLE"),
        (entry("loss_share_of_fund", "NaN", "%"), "POLICY_VALUE_UNUSABLE"),
        (entry("household_cap", "0.001", "yuan"), "POLICY_VALUE_UNUSABLE"),
        (entry("household_cap", "-5", "yuan"), "POLICY_VALUE_UNUSABLE"),
        (entry("interest_method", "GUESS"), "POLICY_VALUE_UNUSABLE"),
        (entry("term_months", "36", "number", since='"2020-01-01"'), "POLICY_VALUE_UNUSABLE"),
        (entry("term_months", "36", "number", more="valid_to = 2014-01-01"), "POLICY_VALUE_UNUSABLE"),
        (entry("term_months", "36", "number", more='level = "NATIONAL"'), "POLICY_VALUE_UNUSABLE"),
        (entry("term_months", "36", "number") + entry("term_months", "24", "number", "2018-01-01"), "POLICY_OVERLAP"),
    ],
)
def test_a_policy_file_that_leaves_anything_to_guess_is_refused(text: str, code: str) -> None:
    with pytest.raises(RuleError) as refusal:
        read_policy(text, POLICY)
    assert refusal.value.code == code


def test_a_city_s_value_goes_before_the_national_one_from_its_day_on(office: Office) -> None:
    assert office.decide(entry("household_cap", "100000", "yuan", "2021-03-04")) == 1
    with office.as_rules() as connection:
        book = PolicyBook(POLICY, stored(connection, POLICY, COUNTY))
    assert [book.at("household_cap", day) for day in (date(2021, 3, 3), date(2021, 3, 4))] == [5_000_000, 10_000_000]


def test_the_same_file_twice_changes_nothing(office: Office) -> None:
    text = entry("household_cap", "100000", "yuan", "2021-03-04")
    assert [office.decide(text), office.decide(text)] == [1, 0]


def test_a_value_may_be_ended_but_not_rewritten(office: Office) -> None:
    office.decide(entry("term_months", "24", "number"))
    assert office.decide(entry("term_months", "24", "number", more="valid_to = 2019-12-31")) == 1
    for changed in (
        entry("term_months", "30", "number", more="valid_to = 2019-12-31"),
        entry("term_months", "24", "number", more="valid_to = 2020-12-31"),
        entry("term_months", "24", "number"),
    ):
        with pytest.raises(RuleError) as refusal:
            office.decide(changed)
        assert refusal.value.code == "POLICY_SETTLED"


def test_a_file_whose_values_meet_earlier_ones_is_refused_whole(office: Office) -> None:
    office.decide(entry("term_months", "24", "number"))
    with pytest.raises(RuleError) as refusal:
        office.decide(entry("household_cap", "60000", "yuan"), entry("term_months", "30", "number", "2019-01-01"))
    assert refusal.value.code == "POLICY_OVERLAP"
    assert office.rows("select count(*) from computed.policy_parameter where level = 'COUNTY'") == [(1,)]


@pytest.fixture
def laid_out(office: Office) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    office.decide(entry("interest_method", "ACCUMULATED"), entry("household_cap", "60000", "yuan", "2018-01-01"))
    with office.as_rules() as connection, connection.transaction():
        lay_out(connection, PolicyBook(POLICY, stored(connection, POLICY, COUNTY)))
        yield connection


def test_sql_sees_the_same_periods_and_no_row_where_nothing_is_configured(
    laid_out: psycopg.Connection[tuple[object, ...]],
) -> None:
    text = "select valid_from::text, valid_until::text, value, code from policy_period where name = %s order by 1"
    assert laid_out.execute(text, ("household_cap",)).fetchall() == [
        ("2014-12-10", "2018-01-01", 5_000_000, None),
        ("2018-01-01", "infinity", 6_000_000, None),
    ]
    assert laid_out.execute(text, ("interest_method",)).fetchall() == [("2015-01-01", "infinity", None, "ACCUMULATED")]
    assert laid_out.execute(text, ("loss_share_of_fund",)).fetchall() == []


@pytest.mark.parametrize("role", [DatabaseRole.CONNECTOR, DatabaseRole.API])
def test_nobody_but_the_rules_can_write_policy(office: Office, role: DatabaseRole) -> None:
    office.decide(entry("term_months", "24", "number"))
    with office.database.connect(role) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("update computed.policy_parameter set number = 1")
