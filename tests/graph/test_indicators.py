"""Named indicators: each is its numerator ÷ denominator, read from the same totals as the ledger, with its words."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from schema.ledger import LEDGER
from tests.support.county import County

DAY = "2020-07-08"


def _ask(county: County, name: str, fields: str, grouping: str = "") -> dict[str, Any]:
    given = f", groupBy: {grouping}" if grouping else ""
    document = f'{{ indicator(name: {name.upper()}, region: "522301", asOf: "{DAY}"{given}) {{ {fields} }} }}'
    answer: dict[str, Any] = county.ask(document)["data"]["indicator"]
    return answer


def _totals(county: County) -> dict[str, int]:
    names = [measure.name for measure in LEDGER.measures]
    with county.database.connect() as connection:
        row = connection.execute(
            f"select {', '.join(names)} from rollup.daily where region = '522301' and day <= '{DAY}'"
            " order by day desc limit 1"
        ).fetchone()
    assert row is not None
    return dict(zip(names, (int(str(value)) for value in row), strict=True))


@pytest.mark.parametrize("definition", LEDGER.named, ids=lambda item: item.name)
def test_the_value_is_its_numerator_over_its_denominator(county: County, definition: Any) -> None:
    totals = _totals(county)
    found = _ask(county, definition.name, "name zh version formula formulaZh numerator denominator value")
    above = sum(totals[name] for name in definition.numerator)
    below = sum(totals[name] for name in definition.denominator)
    expected = f"{Decimal(above) / 100:.2f}" if definition.numerator[0].endswith("amount") else str(above)
    assert found["numerator"] == expected
    assert (found["name"], found["zh"], found["version"]) == (definition.name, definition.zh, definition.version)
    assert (found["formula"], found["formulaZh"]) == (definition.about, definition.about_zh)
    if not definition.denominator:
        assert (found["denominator"], found["value"]) == (None, expected)
    elif below == 0:
        assert found["value"] is None
    else:
        ratio = (Decimal(above) * 100 / Decimal(below)).quantize(Decimal("0.01"), ROUND_HALF_UP)
        assert found["value"] == str(ratio)


def test_the_published_overdue_rate_is_the_ledger_s(county: County) -> None:
    ledger = county.ask(f'{{ ledger(region: "522301", asOf: "{DAY}") {{ overdue {{ rate }} }} }}')["data"]["ledger"]
    assert _ask(county, "overdue_rate_by_amount", "value")["value"] == ledger["overdue"]["rate"]


def test_parts_of_a_region_carry_the_same_definition(county: County) -> None:
    fields = "asOf region { code } groups { region { code } name value groups { name } }"
    found = _ask(county, "outstanding_balance", fields, "TOWNSHIP")
    assert found["region"]["code"] == "522301"
    assert {part["name"] for part in found["groups"]} == {"outstanding_balance"}
    assert all(part["groups"] == [] and part["region"]["code"].startswith("522301") for part in found["groups"])


def test_which_indicator_may_be_a_variable(county: County) -> None:
    document = (
        f'query Q($name: IndicatorName!) {{ indicator(name: $name, region: "522301", asOf: "{DAY}") {{ name }} }}'
    )
    for name in ("OVERDUE_RATE_BY_COUNT", "EXIT_RATE_BY_HOUSEHOLDS"):
        assert county.ask(document, {"name": name})["data"]["indicator"]["name"] == name.lower()


def test_a_name_nobody_defined_is_refused(county: County) -> None:
    answer = county.ask(f'{{ indicator(name: GUESS, region: "522301", asOf: "{DAY}") {{ value }} }}')
    assert "errors" in answer


def test_every_definition_counts_measures_that_are_kept() -> None:
    for definition in LEDGER.named:
        for name in (*definition.numerator, *definition.denominator):
            LEDGER.measure(name)
