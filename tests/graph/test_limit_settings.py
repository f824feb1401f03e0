"""Every limit of a question is a setting, and a refusal names it."""

from __future__ import annotations

import asyncio
from dataclasses import asdict

import orjson
import pytest

from hub.graph.answer import Answerer, Question
from hub.graph.limits import Limits
from hub.query.parameters import Claim
from hub.query.to_sql import Statement
from hub.settings import Settings
from tests.support.county import FACE, GATE, actor
from tests.support.log import unlogged


class NoDatabase:
    async def read(
        self, statement: Statement, values: list[bytes | None], claims: dict[Claim, str]
    ) -> list[bytes | None]:
        return [b"{}"] * len(statement.keys)


def test_every_limit_is_a_setting_with_the_same_default() -> None:
    assert Settings().limits == asdict(Limits())


@pytest.mark.parametrize(
    ("limit", "document"),
    [
        ("tokens", "{ a: __typename b: __typename }"),
        ("depth", '{ loan(loanId: "1") { loanId } }'),
        ("aliases", "{ a: __typename b: __typename }"),
        ("root_fields", "{ __typename me { role } }"),
        ("fields", "{ me { role region } }"),
        ("page_most", "{ loans(first: 2) { totalCount } }"),
        ("page_most", "{ loans(first: 2) { nodes { loanId } } }"),
        ("filter_relations", "{ loans(filter: {household: {loans: {some: {}}}}) { totalCount } }"),
        ("cost", "{ loans { totalCount } }"),
        ("variables", "query ($a: [String!]) { loans(filter: {loanId: {in: $a}}) { totalCount } }"),
    ],
)
def test_a_refusal_names_limit_value_and_setting(limit: str, document: str) -> None:
    limits = Limits(**{limit: 1})
    answerer = Answerer(FACE, NoDatabase(), limits, GATE, unlogged())  # type: ignore[arg-type]  # claims are not looked at
    variables = {"a": ["1", "2"]} if "$a" in document else {}
    answer = asyncio.run(answerer.answer(Question(document, None, variables), actor()))
    error = orjson.loads(answer.body)["errors"][0]
    assert f"HUB_LIMIT_{limit.upper()} allows 1" in error["message"]
    assert error["extensions"]["hint"]
