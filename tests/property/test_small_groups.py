"""Figures about few are withheld: drawn questions under a drawn threshold, held against the same without one.

The open answer counts the households behind each figure and group; from that alone follows what may be told.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Self

import orjson
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hub.access.agreement import Agreement
from hub.access.gate import Gate
from tests.support.county import FACE, TOWNSHIPS, VILLAGES, County, Session, actor
from tests.support.database import COUNTY
from tests.support.drawn_groups import Choice, literal
from tests.support.sharing import EVERYTHING

EXAMPLES = int(os.environ.get("HUB_TEST_EXAMPLES", "100"))
SETTINGS = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
FIGURES = "{ count countDistinct { householdId } sum { amount } avg { amount } }"
KEYS = {
    "status": Choice("VALUE"),
    "disbursedOn": Choice("MONTH"),
    "rate": Choice("VALUE"),
    "region": Choice("TOWNSHIP"),
    "household": {"povertyStatus": Choice("VALUE")},
}


class ToldTooMuchError(AssertionError):
    """A figure was told that should have been withheld, or the other way round."""


def drawn_filter(draw: Any, depth: int = 0) -> dict[str, Any]:
    ways: list[dict[str, Any]] = [
        {"status": {"in": draw(st.lists(st.sampled_from((Choice("OPEN"), Choice("OVERDUE"), Choice("SETTLED")))))}},
        {"amount": {draw(st.sampled_from(("gt", "lte", "eq"))): draw(st.sampled_from(("10000", "20000", "40000")))}},
        {
            "disbursedOn": {
                draw(st.sampled_from(("lt", "gte", "eq"))): draw(st.sampled_from(("2017-01-10", "2017-04-10")))
            }
        },
        {"regionCode": {"startsWith": draw(st.sampled_from((*TOWNSHIPS, *VILLAGES)))}},
        {"household": {"povertyStatus": {"eq": Choice(draw(st.sampled_from(("POOR", "LIFTED"))))}}},
    ]
    if depth < 2:
        ways.append({"not": drawn_filter(draw, depth + 1)})
        ways.append({"or": [drawn_filter(draw, depth + 1), drawn_filter(draw, depth + 1)]})
        ways.append({"and": [drawn_filter(draw, depth + 1), drawn_filter(draw, depth + 1)]})
    chosen: dict[str, Any] = draw(st.sampled_from(ways))
    return chosen


class Game:
    """One county asked under a threshold that changes, and without."""

    def __init__(self, county: County) -> None:
        self.outcomes: Counter[str] = Counter()
        self._agreements: tuple[Agreement, ...] = EVERYTHING
        self._open = Session(county)
        self._kept = Session(county, Gate(FACE.entities, lambda: self._agreements))

    def __enter__(self) -> Self:
        self._open.__enter__()
        self._kept.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._kept.__exit__()
        self._open.__exit__()

    def play(self, draw: Any, *, honest: bool = True) -> None:
        least = draw(st.integers(2, 5))
        self._agreements = tuple(replace(item, smallest_group=least if honest else 2) for item in EVERYTHING)
        who = actor(draw(st.sampled_from((COUNTY, COUNTY, TOWNSHIPS[0]))))
        chosen = drawn_filter(draw) if draw(st.booleans()) else None
        names = draw(st.lists(st.sampled_from(sorted(KEYS)), min_size=1, max_size=2, unique=True))
        by = f"by: {literal([{name: KEYS[name]} for name in names])}"
        keys = f"keys {{ {' '.join(_selected(name) for name in names)} }}"
        having = draw(st.sampled_from(({}, {"gte": 3}, {"lt": 4}, {"eq": 2}, {"gt": 0})))
        had = f", having: {literal({'count': having})}" if having else ""
        rows = f"filter: {literal(chosen)}" if chosen else ""
        rest = f"rest: loans(filter: {{not: {literal(chosen)}}}) {{ aggregate {FIGURES} }}" if chosen else ""
        over = f"loans{f'({rows})' if rows else ''}"
        asked = f"{{ {over} {{ totalCount aggregate {FIGURES} groups({by}{had}) {{ {keys} aggregate {FIGURES} }} }} }}"
        told = orjson.loads(self._kept.answer(asked, {}, who).body)
        all_ = f"{over} {{ totalCount aggregate {FIGURES} groups({by}) {{ {keys} aggregate {FIGURES} }} }}"
        whole = orjson.loads(self._open.answer(f"{{ {all_} {rest} }}", {}, who).body)
        if "errors" in told or "errors" in whole:
            raise ToldTooMuchError(f"{asked}\n{told}\n{whole}")
        problem = self._wrong(told, whole["data"], least, having)
        if problem:
            raise ToldTooMuchError(f"{problem}: {who.region} {least} {asked}\n{told}\n{whole}")

    def _wrong(self, told: Any, whole: Any, least: int, having: dict[str, int]) -> str:
        found, open_ = told["data"]["loans"], whole["loans"]
        (withheld,) = told["extensions"]["withheld"]
        rest = whole.get("rest")
        if not (_is_large(open_, least) and (not rest or not _count(rest) or _is_large(rest, least))):
            self.outcomes["withheld"] += 1
            nothing = (found["totalCount"], found["aggregate"], found["groups"]) == (None, None, [])
            return "" if nothing and withheld["all"] is True else "told, though about too few"
        self.outcomes["told"] += 1
        if (found["totalCount"], found["aggregate"]) != (open_["totalCount"], open_["aggregate"]):
            return "not told, or told wrong"
        large = [item for item in open_["groups"] if _is_large(item, least)]
        small = len(open_["groups"]) - len(large)
        left_out = small + bool(small and large)
        if withheld["groups"] != left_out:
            return f"{left_out} groups should have been left out"
        self.outcomes["left out"] += bool(left_out)
        shown = [item for item in large if _meets(_count(item), having)]
        missing = [item for item in shown if item not in found["groups"]]
        if any(item not in shown for item in found["groups"]) or len(missing) > bool(small):
            return "other groups were told"
        if any(_households(item) > min(map(_households, large)) for item in missing):
            return "another group than the smallest was left out too"
        self.outcomes["groups"] += len(found["groups"])
        return ""


def _selected(name: str) -> str:
    return {"region": "region { code }", "household": "household { povertyStatus }"}.get(name, name)


def _households(item: Any) -> int:
    return int(item["aggregate"]["countDistinct"]["householdId"])


def _count(item: Any) -> int:
    return int(item["aggregate"]["count"])


def _is_large(item: Any, least: int) -> bool:
    return _households(item) >= least


def _meets(count: int, having: dict[str, int]) -> bool:
    ways = {"gte": int.__ge__, "lt": int.__lt__, "eq": int.__eq__, "gt": int.__gt__}
    return all(ways[name](count, value) for name, value in having.items())


@pytest.fixture
def game(county: County) -> Iterator[Game]:
    with Game(county) as made:
        yield made


def test_figures_are_told_about_enough_households_and_about_no_fewer(game: Game) -> None:
    @SETTINGS
    @given(st.data())
    def drawn(data: st.DataObject) -> None:
        game.play(data.draw)

    drawn()
    for outcome in ("told", "withheld", "left out", "groups"):
        assert game.outcomes[outcome] >= EXAMPLES // 10, game.outcomes


def test_a_milder_threshold_than_agreed_is_noticed(game: Game) -> None:
    @SETTINGS
    @given(st.data())
    def drawn(data: st.DataObject) -> None:
        game.play(data.draw, honest=False)

    with pytest.raises(ToldTooMuchError):
        drawn()
