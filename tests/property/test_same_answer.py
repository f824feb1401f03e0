"""Drawn operations: the compiled statement answers as plain graphql-core does over the same rows."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.support.county import County, Session
from tests.support.log import PSEUDONYMS
from tests.support.operations import Drawing
from tests.support.oracle import Oracle


@pytest.fixture
def session(county: County) -> Iterator[Session]:
    with Session(county) as open_session:
        yield open_session


# Nightly runs draw more, and other operations each time.
PROFILE = os.environ.get("HUB_TEST_EXAMPLES")

SETTINGS = settings(
    max_examples=int(PROFILE or 160),
    deadline=None,
    database=None,
    derandomize=PROFILE is None,
    phases=[Phase.explicit, Phase.generate],  # a drawn operation is short enough to be read as it is
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


def plain(value: Any) -> Any:
    """Numbers by their value: 2 and 2.0 are the same Float."""
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


KINDS: dict[str, Callable[[Drawing], str]] = {
    "any": Drawing.operation,
    "filtered": Drawing.filtered,
    "grouped": Drawing.grouped,
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_answer_as_resolvers_give(session: Session, kind: str) -> None:
    oracle = Oracle(session.county.database)

    @SETTINGS
    @given(st.data())
    def same(data: st.DataObject) -> None:
        drawing = Drawing(data)
        document = KINDS[kind](drawing)
        found = orjson.loads(session.answer(document, drawing.variables).body)
        asked = f"{document}\n{drawing.variables}"
        if "errors" in found:
            pytest.fail(f"{asked}\n{found}")
        oracle.shown, oracle.touched = set(), set()
        expected = plain(orjson.loads(orjson.dumps(oracle.ask(document, drawing.variables))))
        if orjson.dumps(plain(found["data"])) != orjson.dumps(expected):
            pytest.fail(f"{asked}\ncompiled: {found['data']}\nplain:    {expected}")
        logged = session.log.rows[-1]["subjects"]
        assert {PSEUDONYMS.of(name).hex() for name in oracle.shown} <= set(logged), f"unseen: {asked}"
        if not any(word in document for word in ("totalCount", "aggregate", "groups")):
            assert set(logged) <= {PSEUDONYMS.of(name).hex() for name in oracle.touched}, f"never shown: {asked}"

    same()
    assert len(session.county.statements) >= 100


ORDERS = ("amount", "disbursedOn", "settledOn", "status", "previousLoanId", "householdId")


def test_pages_joined_are_the_whole_list(session: Session) -> None:
    document = """query ($first: Int, $last: Int, $after: String, $before: String, $order: [LoanOrder!]) {
      loans(first: $first, last: $last, after: $after, before: $before, orderBy: $order) {
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { loanId }
      }
    }"""

    def page(variables: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = orjson.loads(session.answer(document, variables).body)["data"]["loans"]
        return found

    def names(found: dict[str, Any]) -> list[str]:
        return [node["loanId"] for node in found["nodes"]]

    key = st.builds(lambda name, way: {name: way}, st.sampled_from(ORDERS), st.sampled_from(("ASC", "DESC")))
    through = st.sampled_from(("ASC", "DESC")).map(lambda way: {"household": {"removedOn": way}})

    @SETTINGS
    @given(st.lists(key | through, max_size=3), st.integers(1, 9), st.booleans())
    def joined(order: list[dict[str, Any]], size: int, backward: bool) -> None:  # noqa: FBT001
        whole = names(page({"order": order}))
        assert len(whole) == 23
        seen: list[str] = []
        edge: str | None = None
        while True:
            if backward:
                found = page({"order": order, "last": size, "before": edge})
                seen, edge, more = names(found) + seen, found["pageInfo"]["startCursor"], "hasPreviousPage"
            else:
                found = page({"order": order, "first": size, "after": edge})
                seen, edge, more = seen + names(found), found["pageInfo"]["endCursor"], "hasNextPage"
            if not found["pageInfo"][more]:
                break
        assert seen == whole

    joined()


def test_one_data_statement_for_one_operation_at_any_depth(county: County) -> None:
    answer = county.ask(
        """{ households(first: 9) { nodes { persons(first: 9) { nodes { loans(first: 9) { nodes {
               repayments(first: 9) { nodes { loan { household { village { parent { parent { name } } } } } }
               } } } } } } }
             ledger(region: "522301", asOf: "2020-07-08") { asOf } syncRuns { totalCount } }"""
    )
    assert "errors" not in answer
    assert len(county.statements) == 1
