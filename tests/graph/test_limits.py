"""Documents made to hurt are refused before they can."""

from __future__ import annotations

import asyncio
from time import perf_counter

import orjson
import pytest

from hub.graph.answer import Answerer, Question
from hub.graph.limits import Limits
from hub.query.parameters import Claim
from hub.query.to_sql import Statement
from tests.support.county import FACE, actor


class NoDatabase:
    async def read(
        self, statement: Statement, values: list[bytes | None], claims: dict[Claim, str]
    ) -> list[bytes | None]:
        return [b"{}"] * len(statement.keys)


def code_of(document: str) -> str:
    answerer = Answerer(FACE, NoDatabase(), Limits())  # type: ignore[arg-type]  # claims are not looked at
    answer = asyncio.run(answerer.answer(Question(document), actor()))
    held = orjson.loads(answer.body)
    return held["errors"][0]["extensions"]["code"] if "errors" in held else ""


def bomb(fragments: int, *, aliased: bool) -> str:
    spread = "a: parent {{ ...F{n} }} b: parent {{ ...F{n} }}" if aliased else "...F{n} ...F{n}"
    chain = [f"fragment F{n} on Region {{ {spread.format(n=n + 1)} }}" for n in range(fragments)]
    chain.append(f"fragment F{fragments} on Region {{ code }}")
    return '{ region(code: "522301") { ...F0 } } ' + " ".join(chain)


@pytest.mark.parametrize("aliased", [False, True])
def test_a_bomb_of_22_doubling_fragments_is_over_at_once(aliased: bool) -> None:  # noqa: FBT001
    code_of("{ __typename }")
    start = perf_counter()
    found = code_of(bomb(22, aliased=aliased))
    spent = perf_counter() - start
    assert found == ("QUERY_TOO_DEEP" if aliased else "QUERY_TOO_WIDE")
    assert spent < 1, "measured at 5 ms; an exponential walk takes minutes"


def test_fragments_that_reach_themselves_are_invalid() -> None:
    assert code_of('{ region(code: "5") { ...A } } fragment A on Region { parent { ...A } }') == "QUERY_INVALID"
    assert code_of('{ region(code: "5") { ...Missing } }') == "QUERY_INVALID"


def test_filters_follow_only_so_many_relations() -> None:
    deep = "{household: {loans: {some: " * 11 + "{}" + "}}}" * 11
    assert code_of(f"{{ loans(filter: {deep}) {{ totalCount }} }}") == "QUERY_FILTER_TOO_BROAD"
