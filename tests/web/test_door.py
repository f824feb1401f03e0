"""The door, black box: media types, status codes, tokens and every kind of bad input."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from hub.graph.answer import Answerer
from hub.graph.limits import Limits
from hub.identity.tokens import Tokens
from hub.query.run import DatabaseReader
from hub.storage.roles import DatabaseRole
from hub.web.last_door import LastDoor
from hub.web.pages import Markup, filled
from hub.web.routes import Services, routes
from tests.support.callers import bearer_tokens
from tests.support.county import FACE, GATE, County
from tests.support.log import unlogged, without_receipt

Ask = Callable[..., httpx.Response]
GRAPHQL = "application/graphql-response+json"


@pytest.fixture
def tokens(tmp_path: Path) -> Tokens:
    return bearer_tokens(tmp_path)


@pytest.fixture
def ask(county: County, tokens: Tokens) -> Ask:
    token = tokens.issue("bank-system")

    async def request(content: bytes | None, method: str, path: str, headers: dict[str, str]) -> httpx.Response:
        async with DatabaseReader(county.database.conninfo(DatabaseRole.API)) as reader:
            limits = Limits()
            services = Services(
                Answerer(FACE, reader, limits, GATE, unlogged()), tokens, unlogged(), reader.is_ready, limits.body_bytes
            )
            transport = httpx.ASGITransport(Starlette(routes=list(routes(services))), raise_app_exceptions=True)
            async with httpx.AsyncClient(transport=transport, base_url="http://hub") as client:
                return await client.request(method, path, content=content, headers=headers)

    def send(body: Any, method: str = "POST", path: str = "/graphql", **headers: str | None) -> httpx.Response:
        sent: dict[str, str | None] = {
            "content-type": "application/json",
            "authorization": f"Bearer {token}",
            "data-purpose": "loan-review",
        }
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        content = body if isinstance(body, bytes) else httpx.Request("POST", "http://hub", json=body).content
        kept = {name: value for name, value in sent.items() if value is not None}
        job: Coroutine[Any, Any, httpx.Response] = request(content, method, path, kept)
        return asyncio.run(job)

    return send


def code(response: httpx.Response) -> str:
    error = response.json()["errors"][0]
    assert error["message"]
    assert error["extensions"]["hint"]
    found: str = error["extensions"]["code"]
    return found


def test_an_answer_says_how_long_each_step_took(ask: Ask) -> None:
    response = ask({"query": '{ loan(loanId: "L001") { amount } }'})
    assert response.status_code == 200
    assert without_receipt(response.json()) == {"data": {"loan": {"amount": "20000.00"}}}
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert {part.split(";")[0].strip() for part in response.headers["server-timing"].split(",")} == {
        "parse",
        "plan",
        "sql",
        "log",
        "total",
    }
    assert response.headers["x-request-id"]


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (GRAPHQL, GRAPHQL),
        ("application/json", "application/json"),
        ("*/*", "application/json"),
        (f"text/html, {GRAPHQL};q=0.9, */*;q=0.1", GRAPHQL),
        (f"{GRAPHQL};q=0, application/json", "application/json"),
    ],
)
def test_the_answer_comes_in_a_type_that_is_accepted(ask: Ask, accept: str, expected: str) -> None:
    response = ask({"query": "{ __typename }"}, accept=accept)
    assert response.headers["content-type"] == f"{expected}; charset=utf-8"


@pytest.mark.parametrize("document", ["{", "{ nothing }", "query ($a: Int!) { loans(first: $a) { totalCount } }", ""])
def test_what_cannot_be_executed_is_400_in_the_newer_type_and_200_in_json(ask: Ask, document: str) -> None:
    newer = ask({"query": document}, accept=GRAPHQL)
    assert newer.status_code == 400
    assert "data" not in newer.json()
    assert ask({"query": document}, accept="application/json").status_code == 200


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", "QUERY_REQUEST_MALFORMED"),
        (b"{", "QUERY_REQUEST_MALFORMED"),
        (b"\xff\xfe", "QUERY_REQUEST_MALFORMED"),
        (b"[" * 100_000, "QUERY_REQUEST_MALFORMED"),
        (b'"text"', "QUERY_REQUEST_MALFORMED"),
        (b"[]", "QUERY_BATCH_REFUSED"),
        (b'{"query": 1}', "QUERY_REQUEST_MALFORMED"),
        (b"{}", "QUERY_REQUEST_MALFORMED"),
        (b'{"query": "{ a }", "variables": []}', "QUERY_REQUEST_MALFORMED"),
        (b'{"query": "{ a }", "variables": "x"}', "QUERY_REQUEST_MALFORMED"),
        (b'{"query": "{ a }", "operationName": 1}', "QUERY_REQUEST_MALFORMED"),
        (b'{"query": "{ a }", "extensions": "x"}', "QUERY_REQUEST_MALFORMED"),
        (b'{"query": "{ a }", "extensions": 0}', "QUERY_REQUEST_MALFORMED"),
        (b'{"query": "{ a }", "extensions": false}', "QUERY_REQUEST_MALFORMED"),
        (b'{"query": "{ a }", "variables": 0}', "QUERY_REQUEST_MALFORMED"),
        (b'{"query": "{ a }", "operationName": false}', "QUERY_REQUEST_MALFORMED"),
        (b'{"query": "\\ud800"}', "QUERY_REQUEST_MALFORMED"),
    ],
)
def test_malformed_bodies_are_refused(ask: Ask, body: bytes, expected: str) -> None:
    response = ask(body)
    assert response.status_code == 400
    assert code(response) == expected


def test_other_methods_types_and_sizes_are_refused(ask: Ask) -> None:
    got = ask(b"", method="GET", path="/graphql?query={__typename}")
    assert (got.status_code, got.headers["allow"], code(got)) == (405, "POST", "QUERY_METHOD_REFUSED")
    assert ask({"query": "{ a }"}, content_type="text/plain").status_code == 415
    assert ask({"query": "{ a }"}, content_type=None).status_code == 415
    assert ask({"query": "{ a }"}, content_type="application/json; charset=utf-16").status_code == 415
    assert ask({"query": "{ a }"}, accept="text/html").status_code == 406
    large = ask({"query": "#" + "x" * 300_000})
    assert (large.status_code, code(large)) == (413, "QUERY_BODY_TOO_LARGE")


def test_who_is_not_known_or_says_no_purpose_is_refused(ask: Ask, tokens: Tokens) -> None:
    question = {"query": "{ __typename }"}
    cases: list[tuple[dict[str, str | None], int, str]] = [
        ({"authorization": None}, 401, "TOKEN_MISSING"),
        ({"authorization": "Basic eDp5"}, 401, "TOKEN_MISSING"),
        ({"authorization": "Bearer nonsense"}, 401, "TOKEN_INVALID"),
        ({"authorization": "Bearer " + tokens.issue("auditor")[:-3] + "abc"}, 401, "TOKEN_INVALID"),
        ({"authorization": "Bearer " + tokens.issue("auditor", timedelta(0))}, 401, "TOKEN_EXPIRED"),
        ({"data_purpose": None}, 400, "PURPOSE_MISSING"),
        ({"data_purpose": "curiosity"}, 400, "PURPOSE_UNKNOWN"),
    ]
    for headers, status, expected in cases:
        response = ask(question, **headers)
        assert (response.status_code, code(response)) == (status, expected)


@pytest.mark.parametrize(
    ("document", "variables", "expected"),
    [
        ("{ loans(first: 1001) { totalCount } }", {}, "QUERY_PAGE_TOO_LARGE"),
        ("{ loans(first: -1) { totalCount } }", {}, "QUERY_PAGE_INVALID"),
        ("{ loans(first: 1, last: 1) { totalCount } }", {}, "QUERY_PAGE_CONTRADICTION"),
        ('{ loans(after: "x") { nodes { loanId } } }', {}, "QUERY_CURSOR_MALFORMED"),
        ('{ loans(after: "WyJ4Il0") { nodes { loanId } } }', {}, "QUERY_CURSOR_FOREIGN"),
        ("{ loans(filter: {loanId: {eq: null}}) { totalCount } }", {}, "QUERY_FILTER_NULL"),
        ("{ loans(filter: {loanId: null}) { totalCount } }", {}, "QUERY_FILTER_NULL"),
        ('{ loans(filter: {amount: {eq: "1.234"}}) { totalCount } }', {}, "QUERY_INVALID"),
        ('{ loans(filter: {disbursedOn: {eq: "2020-02-30"}}) { totalCount } }', {}, "QUERY_INVALID"),
        ('{ loans(filter: {borrowerName: {eq: "x"}}) { totalCount } }', {}, "QUERY_INVALID"),
        ("{ loans(orderBy: [{borrowerIdentityNumber: ASC}]) { totalCount } }", {}, "QUERY_INVALID"),
        ("query ($i: String!) { loan(loanId: $i) { loanId } }", {"i": "\x00"}, "QUERY_TEXT_INVALID"),
        ("query ($i: String!) { loan(loanId: $i) { loanId } }", {"i": 5}, "QUERY_VARIABLE_INVALID"),
        (
            "query ($i: [String!]) { loans(filter: {loanId: {in: $i}}) { totalCount } }",
            {"i": ["\x00"]},
            "QUERY_TEXT_INVALID",
        ),
        ("query A { __typename } query B { __typename }", {}, "QUERY_OPERATION_UNKNOWN"),
        ("mutation { a }", {}, "QUERY_INVALID"),
        ("{ a " * 200 + "b" + "}" * 200, {}, "QUERY_TOO_DEEP"),
        ("{" + " ".join(f"a{n}: __typename" for n in range(1000)) + "}", {}, "QUERY_TOO_MANY_ALIASES"),
        ("{" + " a" * 6000 + "}", {}, "QUERY_TOO_LONG"),
        (
            "{ loans(first: 1000) { nodes { repayments(first: 1000) { nodes { principal } } } } }",
            {},
            "QUERY_TOO_COSTLY",
        ),
    ],
)
def test_bad_questions_are_refused_with_a_code(
    ask: Ask, document: str, variables: dict[str, Any], expected: str
) -> None:
    response = ask({"query": document, "variables": variables}, accept=GRAPHQL)
    assert response.status_code == 400
    assert code(response) == expected
    assert "select" not in response.text


@pytest.mark.parametrize("is_started", [False, True])
def test_what_no_door_expected_is_told_with_a_code_and_noted_without_its_text(
    caplog: pytest.LogCaptureFixture, *, is_started: bool
) -> None:
    async def broken(_scope: Any, _receive: Any, send: Any) -> None:
        if is_started:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ValueError("王小明")

    async def play() -> list[Any]:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        nothing: Any = None
        await LastDoor(broken)({"type": "http", "path": "/console"}, nothing, send)
        return sent

    sent = asyncio.run(play())
    assert "ValueError at" in caplog.text
    assert "王小明" not in caplog.text
    assert [message.get("status") for message in sent] == ([200] if is_started else [500, None])
    assert is_started or b'"code":"HUB_FAILED"' in sent[1]["body"]


def test_what_is_filled_into_a_page_is_not_taken_for_a_place_to_fill() -> None:
    page = filled("login_form.html", {"csrf": "c", "name": "{outside}", "outside": Markup("<a>out</a>")})
    assert page.count("<a>out</a>") == 1
    assert 'value="{outside}"' in page


def test_health(ask: Ask) -> None:
    assert ask(b"", method="GET", path="/health/live").json() == {"status": "live"}
    assert ask(b"", method="GET", path="/health/ready").json() == {"status": "ready"}
