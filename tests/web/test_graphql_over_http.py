"""What GraphQL over HTTP asks of a server, sentence by sentence: as graphql-http's audit, but without Node."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from starlette.applications import Starlette

from hub.graph.answer import Answerer
from hub.graph.limits import Limits
from hub.web.routes import Services, routes
from tests.support.callers import NoReader, bearer_tokens
from tests.support.county import FACE, GATE
from tests.support.log import unlogged, without_receipt

NEWER, JSON = "application/graphql-response+json", "application/json"
QUESTION = {"query": "{ __typename }"}
ANSWER = {"data": {"__typename": "Query"}}
Post = Callable[..., httpx.Response]


@pytest.fixture
def post(tmp_path: Path) -> Post:
    tokens = bearer_tokens(tmp_path)

    async def ready() -> bool:
        return True

    # No question here reads the database.
    services = Services(Answerer(FACE, NoReader(), Limits(), GATE, unlogged()), tokens, unlogged(), ready, 10_000)
    application = Starlette(routes=list(routes(services)))

    def send(body: Any, *, token: str | None = None, **headers: str | None) -> httpx.Response:
        sent = {"content-type": JSON, "data-purpose": "audit"}
        sent["authorization"] = f"Bearer {token or tokens.issue('auditor')}"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        kept = {name: value for name, value in (sent | named).items() if value is not None}

        async def run() -> httpx.Response:
            transport = httpx.ASGITransport(application)
            async with httpx.AsyncClient(transport=transport, base_url="http://hub") as client:
                client.headers.clear()
                content = body if isinstance(body, bytes) else orjson.dumps(body)
                return await client.post("/graphql", content=content, headers=kept)

        return asyncio.run(run())

    return send


@pytest.mark.parametrize("accept", [NEWER, JSON, "*/*", None])
def test_must_match_what_is_accepted_and_use_utf_8(post: Post, accept: str | None) -> None:
    response = post(QUESTION, accept=accept)
    assert (response.status_code, without_receipt(response.json())) == (200, ANSWER)
    expected = accept if accept == NEWER else JSON
    assert response.headers["content-type"] == f"{expected}; charset=utf-8"


@pytest.mark.parametrize("content_type", [JSON, f"{JSON}; charset=utf-8", f'{JSON};charset="UTF-8"', JSON.upper()])
def test_must_accept_json_in_utf_8_and_assume_it(post: Post, content_type: str) -> None:
    body = '{"query": "query ($n: String!) { __typename } #漢", "variables": {"n": "漢"}}'
    response = post(body.replace("($n: String!) ", "").encode(), content_type=content_type)
    assert without_receipt(response.json()) == ANSWER


@pytest.mark.parametrize("accept", [NEWER, JSON])
@pytest.mark.parametrize(
    "members",
    [
        {"operationName": None},
        {"variables": None},
        {"extensions": None},
        {"operationName": "A", "query": "query A { __typename }"},
        {"variables": {"a": True}, "query": "query ($a: Boolean!) { __typename @include(if: $a) }"},
        {"extensions": {"anything": [1]}},
    ],
)
def test_must_allow_every_member_and_null_for_the_optional_ones(
    post: Post, members: dict[str, Any], accept: str
) -> None:
    assert without_receipt(post({**QUESTION, **members}, accept=accept).json()) == ANSWER


@pytest.mark.parametrize("member", ["query", "operationName", "variables", "extensions"])
@pytest.mark.parametrize("value", [0, 1, False, True, ["x"], "x", {"x": 1}])
def test_members_of_another_kind_are_400(post: Post, member: str, value: object) -> None:
    kinds = {"query": str, "operationName": str, "variables": dict, "extensions": dict}
    if isinstance(value, kinds[member]):
        return
    for accept in (NEWER, JSON):
        assert post({**QUESTION, member: value}, accept=accept).status_code == 400


@pytest.mark.parametrize(
    ("body", "newer", "json"),
    [
        (b"{ not json", 400, 400),
        ({"query": "{"}, 400, 200),
        ({"query": "{ nothing }"}, 400, 200),
        ({"query": "query ($a: Int!) { __typename }", "variables": {"a": "x"}}, 400, 200),
    ],
)
def test_what_is_not_executed_has_no_data_and_the_status_of_its_media_type(
    post: Post, body: Any, newer: int, json: int
) -> None:
    answers = post(body, accept=NEWER), post(body, accept=JSON)
    assert [answer.status_code for answer in answers] == [newer, json]
    assert all("data" not in answer.json() and answer.json()["errors"] for answer in answers)


def test_should_refuse_a_body_of_unsaid_kind_and_an_unknown_caller(post: Post) -> None:
    assert post(QUESTION, content_type=None).status_code == 415
    assert post(QUESTION, token="nonsense").status_code == 401
