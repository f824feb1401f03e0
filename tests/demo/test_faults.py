"""The list of planted faults is true: every question finds exactly what it names, and nothing in a clean world."""

from collections import Counter
from typing import Any

import polars as pl
import pytest

from tests.demo.questions import QUESTIONS, interest
from tests.demo.sources import Sources

# Overpaid only by the entitlement, which counts the days before a late extension was signed; these questions do not.
_BY_ENTITLEMENT = {("Q26", "Q02")}


def expected(sources: Sources, code: str, kind: str) -> set[str]:
    items = [item for item in sources.listing["planted"] if (item["code"], code) not in _BY_ENTITLEMENT]
    return {key for item in items if code in (item["code"], *item["also"]) for key in item["keys"].get(kind, [])}


@pytest.mark.parametrize("code", sorted(QUESTIONS))
def test_a_question_finds_what_was_planted(faulty: Sources, code: str) -> None:
    ask, kind = QUESTIONS[code]
    found, wanted = ask(faulty), expected(faulty, code, kind)
    assert found == wanted, {"not planted": sorted(found - wanted), "not found": sorted(wanted - found)}


@pytest.mark.parametrize("code", sorted(QUESTIONS))
def test_a_clean_world_answers_no_question(clean: Sources, code: str) -> None:
    assert QUESTIONS[code][0](clean) == set()


def test_every_planted_code_is_asked(faulty: Sources) -> None:
    counted = Counter(item["code"] for item in faulty.listing["planted"])
    assert set(counted) == set(QUESTIONS)
    assert all(times <= 5 for times in counted.values())


def test_a_clean_world_lists_nothing(clean: Sources) -> None:
    clean.read_all()
    assert not clean.listing["planted"]
    assert not clean.listing["quarantined"]
    assert not clean.unreadable


def test_what_cannot_be_read_is_what_is_listed(faulty: Sources) -> None:
    faulty.read_all()
    listed = {(item["dataset"], item["loan"]) for item in faulty.listing["quarantined"]}
    found = [(dataset, row["loan"]) for dataset, row in faulty.unreadable]
    assert set(found) == listed
    assert len(found) == len(listed) <= 6


def test_awkward_rows_are_there_and_still_link(faulty: Sources) -> None:
    raw = {
        "loan": faulty.raw("bank", "loan").rename({"借据号": "loan"}),
        "person": faulty.raw("relief", "households-by-person").rename({"人编号": "person"}),
    }
    for item in faulty.listing["awkward"]:
        dataset = item["dataset"]
        if dataset == "subsidy_payment":
            rows = faulty.subsidies.filter((pl.col("loan") == item["loan"]) & (pl.col("batch") == item["batch"]))
            assert rows.filter((pl.col("raw_loan") != pl.col("loan")) | pl.col("name").str.contains(" ")).height
        else:
            cell = raw[dataset].filter(pl.col(dataset) == item[dataset])[item["column"]].item()
            assert not cell.isascii() or cell != cell.strip().upper()
    assert Counter(item["form"] for item in faulty.listing["awkward"]).keys() >= {"小写x", "全角数字", "前后空格"}


def test_every_payment_is_counted_right_by_its_own_figures(either: Sources) -> None:
    rows = either.subsidies.with_columns(right=interest("principal", "rate", "days"))
    assert rows.filter((pl.col("due") != pl.col("right")) | (pl.col("amount") != pl.col("right"))).is_empty()


def test_interest_follows_the_calendar(either: Sources) -> None:
    rows = either.interest.join(either.loans, on="loan").with_columns(
        right=interest("amount", "rate", "days"),
        span=(pl.col("until") - pl.col("since")).dt.total_days() + 1,
    )
    assert rows.filter((pl.col("interest") != pl.col("right")) | (pl.col("days") != pl.col("span"))).is_empty()
    on_the_20th = (pl.col("collected").dt.day() == 20) & (pl.col("collected").dt.month() % 3 == 0)
    at_the_end = (pl.col("collected") == pl.col("settled")) | (pl.col("collected") >= pl.col("due"))
    assert rows.filter(~on_the_20th & ~at_the_end).is_empty()
    ordered = either.interest.sort("loan", "since").with_columns(before=pl.col("until").shift().over("loan"))
    gaps = ordered.filter(pl.col("before").is_not_null()).with_columns(
        gap=(pl.col("since") - pl.col("before")).dt.total_days()
    )
    assert gaps["gap"].unique().to_list() == [1]


def test_loans_obey_the_rules_in_a_clean_world(clean: Sources) -> None:
    rows = clean.placed
    assert (rows["amount"] <= 5_000_000).all()
    assert rows.filter(pl.col("due") > pl.col("disbursed").dt.offset_by("36mo")).is_empty()
    assert rows.filter(pl.col("registered") > pl.col("disbursed")).is_empty()
    assert rows.filter(pl.col("issue") == "无还本续贷").height == clean.renewals.height
    origins = clean.repayments.join(clean.renewals, left_on="loan", right_on="previous", suffix="_new")
    assert origins.select((pl.col("origin") == "无还本续贷").all()).item()
    assert origins.select((pl.col("principal") == pl.col("amount")).all()).item()


def test_each_fault_names_records_that_exist(faulty: Sources) -> None:
    known: dict[str, set[Any]] = {
        "household": set(faulty.persons["household"]),
        "person": set(faulty.persons["person"]),
        "risk_event": set(faulty.events["key"]),
        "compensation_case": set(faulty.cases["key"]),
        "recovery": set(faulty.recoveries["key"]),
        "enterprise_use": set(faulty.uses["key"]),
        "loan": set(faulty.loans["loan"]) | set(faulty.subsidies["loan"]) | set(faulty.uses["loan"]),
    }
    for item in faulty.listing["planted"]:
        for kind, found in item["keys"].items():
            assert set(found) <= known[kind], item
