"""Every question and warning of the brief is declared once, and says how it is answered, or why it is not."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from hub.catalog.rule import COLUMNS, Rule, RuleBook, Standing
from hub.catalog.rule_page import rule_page
from hub.errors import CatalogueError
from schema import CATALOGUE
from schema.policy import POLICY
from schema.rules import RULES

ROOT = Path(__file__).parents[2]
RUNNING = RULES.running()


def test_all_questions_and_warnings_are_declared() -> None:
    numbered = [("Q", 42), ("W", 32)]
    assert [rule.code for rule in RULES] == [
        f"{letter}{number:02d}" for letter, last in numbered for number in range(1, last + 1)
    ]


def test_the_page_of_rules_is_fresh() -> None:
    page = (ROOT / "docs/findings.md").read_text("utf-8")
    assert page == rule_page(RULES, POLICY), "hub schema rules > docs/findings.md"


def test_every_sql_file_belongs_to_a_rule() -> None:
    files = {path.stem.upper() for path in (ROOT / "schema/rules/sql").glob("*.sql")}
    assert files == {rule.code for rule in RUNNING}


# Asked by what the rule rests on: without them there is no verdict, so the rule has to say that it does not run.
BY_THE_ENTITLEMENT = {"household_cap", "subsidy_tolerance", "subsidy_payment_days"}


@pytest.mark.parametrize("rule", RUNNING, ids=lambda rule: rule.code)
def test_a_rule_yields_every_column_and_declares_the_policy_it_asks_for(rule: Rule) -> None:
    for column in COLUMNS:
        assert re.search(rf"\b{column}\b", rule.sql), column
    assert rule.reads <= {dataset.name for dataset in CATALOGUE}
    # The policy is asked for by name, and every name is declared; a part left out without it is an outer join.
    asked = set(re.findall(r"\.name = '(\w+)'", rule.sql))
    assert asked <= {*rule.parameters, *rule.optional}
    through = (
        BY_THE_ENTITLEMENT if "computed.entitlement" in rule.sql or "computed.payment_fault" in rule.sql else set()
    )
    assert {name for name in rule.parameters if name not in rule.sql} <= through
    for name in rule.optional:
        assert re.search(rf"left join setting (\w+)\s+on \1\.name = '{name}'", rule.sql), name


def test_an_agency_whose_data_is_read_is_named() -> None:
    for rule in RUNNING:
        assert {CATALOGUE[name].agency for name in rule.reads} - {CATALOGUE["person"].agency} <= set(rule.agencies)


def test_a_source_that_is_not_connected_is_named_and_never_an_empty_success() -> None:
    for rule in RULES:
        if rule.standing in {Standing.WAITS, Standing.PARTIAL}:
            assert rule.missing
    assert RULES["Q37"].standing is Standing.WAITS
    assert RULES["Q12"].standing is Standing.PARTIAL


@pytest.mark.parametrize(
    "changed",
    [
        (replace(RULES["Q01"], sql=""),),
        (replace(RULES["Q01"], says_zh=""),),
        (replace(RULES["Q01"], answered_by="ledger"),),
        (replace(RULES["W09"], covered_by=("Q37",)), RULES["Q37"]),
        (RULES["Q01"], RULES["Q01"]),
    ],
)
def test_a_contradiction_is_refused_when_the_rules_are_made(changed: tuple[Rule, ...]) -> None:
    with pytest.raises(CatalogueError):
        RuleBook(changed)


def test_an_unknown_rule_is_refused() -> None:
    with pytest.raises(CatalogueError):
        RULES["Q99"]
