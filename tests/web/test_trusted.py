"""Trusted documents, black box: by hash, per client, and nothing else where nothing else is allowed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from hub.errors import SettingError
from hub.graph.answer import Answerer
from hub.graph.limits import Limits
from hub.graph.trusted import identifier_of, trusted_documents
from hub.web.routes import Services, routes
from tests.support.callers import CLIENTS, NoReader, bearer_tokens
from tests.support.county import FACE, GATE
from tests.support.log import unlogged, without_receipt

OWN, SHARED, UNKNOWN = "{ __typename }", "{ me { client } }", "{ me { role } }"
AskAs = Callable[..., tuple[int, Any]]


@pytest.fixture
def ask_as(tmp_path: Path) -> AskAs:
    (tmp_path / "bank-system").mkdir()
    (tmp_path / "bank-system/own.graphql").write_text(OWN)
    (tmp_path / "shared.graphql").write_text(SHARED)
    tokens = bearer_tokens(tmp_path)

    async def ready() -> bool:
        return True

    def send(client: str, body: dict[str, Any], limited: tuple[str, ...] = ()) -> tuple[int, Any]:
        # No question here reads the database.
        answerer = Answerer(FACE, NoReader(), Limits(), GATE, unlogged())
        trusted = trusted_documents(tmp_path, limited, CLIENTS)
        application = Starlette(routes=list(routes(Services(answerer, tokens, unlogged(), ready, 10_000, trusted))))
        headers = {
            "authorization": f"Bearer {tokens.issue(client)}",
            "data-purpose": "loan-review",
            "accept": "application/graphql-response+json",
        }

        async def run() -> httpx.Response:
            transport = httpx.ASGITransport(application)
            async with httpx.AsyncClient(transport=transport, base_url="http://hub") as sender:
                return await sender.post("/graphql", json=body, headers=headers)

        response = asyncio.run(run())
        return response.status_code, without_receipt(response.json())

    return send


def code(answer: tuple[int, Any]) -> tuple[int, str]:
    status, held = answer
    return status, held["errors"][0]["extensions"]["code"]


def apollo(document: str) -> dict[str, Any]:
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": identifier_of(document)[7:]}}}


def test_a_document_is_named_by_its_hash_in_both_spellings(ask_as: AskAs) -> None:
    assert ask_as("bank-system", {"documentId": identifier_of(OWN)}) == (200, {"data": {"__typename": "Query"}})
    assert ask_as("bank-system", apollo(OWN)) == (200, {"data": {"__typename": "Query"}})
    assert ask_as("auditor", {"documentId": identifier_of(SHARED)}) == (200, {"data": {"me": {"client": "auditor"}}})
    assert ask_as("auditor", {"query": OWN, **apollo(OWN)})[0] == 200


@pytest.mark.parametrize("limited", [(), ("auditor",), ("*",)])
def test_another_client_s_document_and_an_unknown_one_are_the_same(ask_as: AskAs, limited: tuple[str, ...]) -> None:
    assert code(ask_as("auditor", {"documentId": identifier_of(OWN)}, limited)) == (400, "DOCUMENT_UNKNOWN")
    assert code(ask_as("auditor", apollo(UNKNOWN), limited)) == (400, "DOCUMENT_UNKNOWN")


@pytest.mark.parametrize("limited", [("bank-system",), ("*",)])
def test_a_limited_client_sends_nothing_else(ask_as: AskAs, limited: tuple[str, ...]) -> None:
    assert code(ask_as("bank-system", {"query": UNKNOWN}, limited)) == (403, "DOCUMENT_NOT_TRUSTED")
    assert code(ask_as("bank-system", {"query": UNKNOWN, **apollo(UNKNOWN)}, limited)) == (403, "DOCUMENT_NOT_TRUSTED")
    assert code(ask_as("bank-system", {"query": "{"}, limited)) == (403, "DOCUMENT_NOT_TRUSTED")
    assert ask_as("bank-system", {"query": OWN}, limited)[0] == 200
    assert ask_as("bank-system", {"query": SHARED, **apollo(SHARED)}, limited)[0] == 200


def test_who_is_not_limited_asks_freely(ask_as: AskAs) -> None:
    assert ask_as("auditor", {"query": UNKNOWN}, ("bank-system",))[0] == 200


def test_a_hash_never_brings_in_a_document(ask_as: AskAs) -> None:
    assert ask_as("auditor", {"query": UNKNOWN, **apollo(UNKNOWN)})[0] == 200
    assert code(ask_as("auditor", apollo(UNKNOWN))) == (400, "DOCUMENT_UNKNOWN")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"query": OWN, **apollo(SHARED)}, "DOCUMENT_HASH_DIFFERS"),
        ({"documentId": "sha256:abc"}, "QUERY_REQUEST_MALFORMED"),
        ({"documentId": identifier_of(OWN).upper()}, "QUERY_REQUEST_MALFORMED"),
        ({"documentId": "../../etc/passwd"}, "QUERY_REQUEST_MALFORMED"),
        ({"documentId": 5}, "QUERY_REQUEST_MALFORMED"),
        ({"documentId": ""}, "QUERY_REQUEST_MALFORMED"),
        ({"extensions": {"persistedQuery": {}}}, "QUERY_REQUEST_MALFORMED"),
        ({"extensions": {"persistedQuery": 1}}, "QUERY_REQUEST_MALFORMED"),
        ({"query": 5, "documentId": identifier_of(OWN)}, "QUERY_REQUEST_MALFORMED"),
    ],
)
def test_malformed_names_are_refused(ask_as: AskAs, body: dict[str, Any], expected: str) -> None:
    assert code(ask_as("bank-system", body)) == (400, expected)


def test_a_misspelt_client_and_an_unreadable_file_stop_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="SETTING_TRUSTED_CLIENT_UNKNOWN"):
        trusted_documents(tmp_path, ["bank-sytem"], CLIENTS)
    (tmp_path / "a.graphql").write_bytes(b"\xff")
    with pytest.raises(SettingError, match="SETTING_TRUSTED_DOCUMENT_UNREADABLE"):
        trusted_documents(tmp_path, [], CLIENTS)
    assert not trusted_documents(tmp_path / "missing", [], CLIENTS).documents
