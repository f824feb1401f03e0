"""POST /graphql: the steps of a request at the door, in order. A plain ASGI application, for the sake of speed."""

from __future__ import annotations

import logging
from hashlib import sha256
from secrets import token_hex
from time import perf_counter_ns

from starlette.types import Receive, Scope, Send

from hub.actor import Actor
from hub.audit.disclosure import DisclosureLog
from hub.audit.entry import Door
from hub.errors import HubError
from hub.graph.answer import Answer, Answerer, Question
from hub.graph.trusted import TrustedDocuments
from hub.identity.proofs import PROOF_HEADER
from hub.identity.tokens import Tokens
from hub.web.authorised import Renew, authorised, unchanging
from hub.web.problem import Headers, problem, retry_headers, unexpected
from hub.web.request import JSON, check_form, header_fields, media_type, read_body, read_question
from hub.web.under_way import UnderWay

_log = logging.getLogger("hub.web")


class GraphQLEndpoint:
    """Answers questions that carry a token and a purpose."""

    def __init__(
        self,
        answerer: Answerer,
        tokens: Tokens,
        trusted: TrustedDocuments,
        log: DisclosureLog,
        most_bytes: int,
        renew: Renew = unchanging,
    ) -> None:
        self._answerer = answerer
        self._tokens = tokens
        self._renew = renew
        self._trusted = trusted
        self._log = log
        self._most_bytes = most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start = perf_counter_ns()
        request_id = token_hex(8)
        headers: dict[str, str] = {}
        kind = JSON
        extra: Headers = []
        request = _Questioned(Door.GRAPHQL, request_id)
        try:
            headers = header_fields(scope)
            check_form(scope["method"], headers)
            kind = media_type(headers.get("accept"))
            answer = await self._answered(scope, receive, headers, request)
            status, body = _status(answer, kind), answer.body
            extra += retry_headers(answer.retry_after)
            extra.append((b"server-timing", _timing(answer, perf_counter_ns() - start)))
        except HubError as error:  # of the door; a refusal of the question is an answer, and logged as one
            await self._log.refused(request.asked, request.actor, error)
            status, body, extra = problem(error)
        except Exception as error:  # noqa: BLE001  # the last door: whatever it is, nothing of it leaves
            _log.error("request %s failed: %s", request_id, place_of(error))  # a trace may hold values
            mistake = unexpected(request_id)
            await self._log.refused(request.asked, request.actor, mistake)
            status, body, extra = problem(mistake)
        if PROOF_HEADER in headers and not any(name == b"dpop-nonce" for name, _ in extra):
            extra.append((b"dpop-nonce", self._tokens.proofs.nonce().encode()))
        await _send(send, status, body, [(b"content-type", f"{kind}; charset=utf-8".encode()), *extra], request_id)

    async def _answered(self, scope: Scope, receive: Receive, headers: dict[str, str], request: _Questioned) -> Answer:
        identified = self._tokens.identify(headers, scope["method"], scope["path"])

        async def ask(actor: Actor) -> Answer:
            request.actor = actor
            if request.question is None:  # read only for somebody who is known, and only once
                body = await read_body(receive, headers, self._most_bytes)
                request.came(sha256(body).digest())
                request.question = read_question(body)
            question = self._trusted.resolve(request.question, actor.client)
            return await self._answerer.answer(question, actor, request.asked)

        return await authorised(self._tokens, self._renew, lambda: self._tokens.authorise(identified, headers), ask)


class _Questioned(UnderWay):
    """… and what it asks."""

    question: Question | None = None


def _status(answer: Answer, kind: str) -> int:
    """By GraphQL over HTTP, plain JSON says 200 even where the document could not be executed."""
    return 200 if kind == JSON and answer.status == 400 else answer.status


def _timing(answer: Answer, total: int) -> bytes:
    steps = [*answer.nanoseconds.items(), ("total", total)]
    return ", ".join(f"{name};dur={spent / 1e6:.3f}" for name, spent in steps).encode()


def place_of(error: Exception) -> str:
    """The kind of error and the line it came from; never its text, which may quote a value."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"
    return f"{type(error).__name__} at {where}"


async def _send(send: Send, status: int, body: bytes, headers: Headers, request_id: str) -> None:
    headers += [
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        (b"x-request-id", request_id.encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
