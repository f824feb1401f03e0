"""Operators and auditors may see how a question is answered; never a value of it."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest

from hub.actor import Role
from hub.graph.answer import Answerer, Question
from hub.graph.limits import Limits
from hub.query.run import DatabaseReader
from hub.storage.roles import DatabaseRole
from tests.support.county import FACE, GATE, VILLAGES, County, actor
from tests.support.log import unlogged, without_receipt

DOCUMENT = """query ($id: String!) {
  loan(loanId: $id) { amount }
  loans(filter: {amount: {gt: "12345.67"}}) { totalCount nodes { loanId } }
}"""


def asked(county: County, document: str, role: Role, region: str) -> dict[str, Any]:
    async def run() -> dict[str, Any]:
        async with DatabaseReader(county.database.conninfo(DatabaseRole.API)) as reader:
            question = Question(document, None, {"id": "L001"}, wants_plan=True)
            answer = await Answerer(FACE, reader, Limits(), GATE, unlogged()).answer(question, actor(region, role))
            found: dict[str, Any] = without_receipt(orjson.loads(answer.body))
            return found

    return asyncio.run(run())


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.AUDITOR])
@pytest.mark.parametrize("region", ["522301", VILLAGES[1]])
def test_the_plan_stands_beside_the_answer_without_values(county: County, role: Role, region: str) -> None:
    answer = asked(county, DOCUMENT, role, region)
    assert answer["data"]["loans"]["totalCount"]
    plan = answer["extensions"]["plan"]
    assert "from shown.loan" in plan["sql"]
    assert plan["explain"][0]["Plan"]["Total Cost"] > 0
    text = orjson.dumps(plan).decode()
    for value in ("L001", "12345", "1234567", "522301"):
        assert value not in text


def test_what_the_database_is_not_asked_has_no_plan(county: County) -> None:
    assert asked(county, "{ __typename }", Role.OPERATOR, "522301")["extensions"] == {"plan": None}


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.OPERATOR, Role.AUDITOR}))
def test_nobody_else_sees_it(county: County, role: Role) -> None:
    answer = asked(county, DOCUMENT, role, "522301")
    assert answer["errors"][0]["extensions"]["code"] == "ACCESS_PLAN_REFUSED"
    assert "data" not in answer
