"""Bytes of a request become a Question, or a refusal that says what is wrong with their form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.types import Receive, Scope

from hub.errors import QueryError
from hub.graph.answer import Question
from hub.graph.limits import named

JSON = "application/json"
GRAPHQL_RESPONSE = "application/graphql-response+json"

_ONLY_ONE = {"authorization", "dpop", "data-purpose"}
_HINT = 'Send {"query": "…", "variables": {…}, "operationName": "…"} as application/json.'


def header_fields(scope: Scope) -> dict[str, str]:
    """The headers by name in lower case. Of one that decides who asks there may be only one."""
    found: dict[str, str] = {}
    for name, value in scope["headers"]:
        field = name.decode("latin-1")
        if field in _ONLY_ONE and field in found:
            raise QueryError(
                "QUERY_HEADER_DOUBLED",
                f"The header {field} was sent more than once.",
                "Send it once.",
                status=400,
            )
        found[field] = value.decode("latin-1")
    return found


def check_form(method: str, headers: Mapping[str, str]) -> None:
    """Refuse what is not a POST of JSON."""
    if method != "POST":
        raise QueryError(
            "QUERY_METHOD_REFUSED", "Questions are only taken by POST.", "POST the document as JSON.", status=405
        )
    kind, _, parameters = headers.get("content-type", "").lower().partition(";")
    charset = parameters.strip().removeprefix("charset=").strip('"')
    if kind.strip() != JSON or charset not in {"", "utf-8"}:
        raise QueryError("QUERY_MEDIA_TYPE_REFUSED", "The body is not announced as JSON in UTF-8.", _HINT, status=415)


def media_type(accept: str | None) -> str:
    """The media type of the answer; JSON unless the newer one is asked for by name."""
    if not accept:
        return JSON
    wanted = [part.partition(";")[0].strip().lower() for part in accept.split(",") if not _is_refused(part)]
    for kind in wanted:
        if kind == GRAPHQL_RESPONSE:
            return GRAPHQL_RESPONSE
        if kind in {JSON, "application/*", "*/*"}:
            return JSON
    raise QueryError(
        "QUERY_ANSWER_TYPE_REFUSED",
        "No media type that is accepted can be produced.",
        f"Accept {GRAPHQL_RESPONSE} or {JSON}.",
        status=406,
    )


def _is_refused(part: str) -> bool:
    quality = part.replace(" ", "").lower().partition(";q=")[2].partition(";")[0]
    return bool(quality) and not quality.strip("0.")


async def read_body(receive: Receive, headers: Mapping[str, str], most: int) -> bytes:
    """The whole body, if it is not too large."""
    announced = headers.get("content-length", "0")
    if not announced.isdigit() or int(announced) > most:
        raise _too_large(most)
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise QueryError("QUERY_REQUEST_CUT", "The request ended before its body.", "Send it again.", status=400)
        piece = message.get("body", b"")
        size += len(piece)
        if size > most:
            raise _too_large(most)
        pieces.append(piece)
        if not message.get("more_body", False):
            return b"".join(pieces)


def _too_large(most: int) -> QueryError:
    return QueryError(
        "QUERY_BODY_TOO_LARGE",
        f"The body is too large: {named('body_bytes')} allows {most} bytes.",
        "Send a smaller document.",
        status=413,
    )


def read_question(body: bytes) -> Question:
    """The question in ``body``."""
    try:
        held = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise _malformed("The body is not JSON.") from None
    if isinstance(held, list):
        raise QueryError(
            "QUERY_BATCH_REFUSED",
            "Several questions in one request are not taken.",
            "Send them one by one.",
            status=400,
        )
    if not isinstance(held, dict):
        raise _malformed("The body is not a JSON object.")
    extensions = held.get("extensions")
    if extensions is None:
        extensions = {}
    if not isinstance(extensions, dict):
        raise _malformed("The member extensions is not an object.")
    document, document_id = held.get("query"), _document_id(held, extensions)
    if not isinstance(document, str) and (document is not None or document_id is None):
        raise _malformed("The member query is not a text.")
    name = held.get("operationName")
    if name is not None and not isinstance(name, str):
        raise _malformed("The member operationName is not a text.")
    variables: Any = held.get("variables")
    if variables is None:
        variables = {}
    if not isinstance(variables, dict):
        raise _malformed("The member variables is not an object.")
    return Question(document or "", name or None, variables, document_id, _wants_plan(extensions))


def _wants_plan(extensions: dict[str, Any]) -> bool:
    wanted = extensions.get("plan", False)
    if not isinstance(wanted, bool):
        raise _malformed("The member extensions.plan is neither true nor false.")
    return wanted


def _document_id(held: dict[str, Any], extensions: dict[str, Any]) -> str | None:
    """The document's name, as the persisted documents draft or as Apollo's clients write it."""
    named = held.get("documentId")
    if named is None and "persistedQuery" in extensions:
        persisted = extensions["persistedQuery"]
        digest = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
        if not isinstance(digest, str):
            raise _malformed("The member extensions.persistedQuery holds no sha256Hash.")
        return f"sha256:{digest}"
    if named is not None and not isinstance(named, str):
        raise _malformed("The member documentId is not a text.")
    return named or None


def _malformed(message: str) -> QueryError:
    return QueryError("QUERY_REQUEST_MALFORMED", message, _HINT, status=400)
