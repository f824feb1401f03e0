"""POST /export/<list>: all rows as NDJSON, CSV or XLSX, under the same token, purpose and rights as a question.

Filters may hold names, and addresses end up in logs: therefore no GET. A file that could not be finished is cut off
without the end that HTTP (and a workbook) must have, so that no client takes it for whole.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from hashlib import sha256
from secrets import token_hex
from typing import Any

import orjson
from starlette.types import Receive, Scope, Send

from hub.actor import Actor
from hub.audit.disclosure import DisclosureLog
from hub.audit.entry import Door
from hub.errors import LOG_UNAVAILABLE, HubError, QueryError
from hub.graph.export import Exporter, ExportRequest, Prepared, export_request
from hub.graph.trusted import TrustedDocuments
from hub.identity.tokens import Tokens
from hub.query.export import ExportFormat
from hub.web.authorised import Renew, authorised, unchanging
from hub.web.endpoint import place_of
from hub.web.problem import Headers, problem, unexpected
from hub.web.request import check_form, header_fields, read_body
from hub.web.under_way import UnderWay, until_gone

_log = logging.getLogger("hub.web")

_TYPES = {
    ExportFormat.NDJSON: "application/x-ndjson",
    ExportFormat.CSV: "text/csv",
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class ExportEndpoint:
    """Streams one export per request."""

    def __init__(
        self,
        exporter: Exporter,
        tokens: Tokens,
        trusted: TrustedDocuments,
        log: DisclosureLog,
        most_bytes: int,
        renew: Renew = unchanging,
    ) -> None:
        self._exporter = exporter
        self._log = log
        self._tokens = tokens
        self._renew = renew
        self._trusted = trusted
        self._most_bytes = most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = token_hex(8)
        response = _Response(send, request_id)
        request = UnderWay(Door.EXPORT, request_id)
        try:
            await self._export(scope, receive, response, request)
            await response.end()
        except HubError as error:
            if error.code != LOG_UNAVAILABLE:
                await self._log.refused(request.asked, request.actor, error)
            await response.refuse(error)
        except Exception as error:  # noqa: BLE001  # the last door: whatever it is, nothing of it leaves
            _log.error("export %s failed: %s", request_id, place_of(error))  # a trace may hold values
            mistake = unexpected(request_id)
            await self._log.refused(request.asked, request.actor, mistake)
            await response.refuse(mistake)

    async def _export(self, scope: Scope, receive: Receive, response: _Response, request: UnderWay) -> None:
        headers = header_fields(scope)
        check_form(scope["method"], headers)
        identified = self._tokens.identify(headers, scope["method"], scope["path"])
        asked: list[ExportRequest] = []

        async def pour(actor: Actor) -> None:
            request.actor = actor
            self._trusted.refuse_limited(actor.client)
            if not asked:
                body = await read_body(receive, headers, self._most_bytes)
                request.came(sha256(body).digest())
                options = _options(body, headers)
                asked.append(export_request(scope["path_params"]["dataset"], options))
            prepared = self._exporter.prepare(asked[0], actor)
            await until_gone(receive, self._exporter.pour(prepared, response.sink(prepared), request.asked))

        await authorised(self._tokens, self._renew, lambda: self._tokens.authorise(identified, headers), pour)


def _options(body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
    try:
        held = orjson.loads(body) if body.strip() else {}
    except orjson.JSONDecodeError:
        held = None
    if not isinstance(held, dict):
        raise QueryError(
            "QUERY_REQUEST_MALFORMED",
            "The body is not a JSON object.",
            'Send {"format": "csv", "fields": ["loanId"], "filter": {…}} as application/json.',
            status=400,
        )
    accepted = {part.partition(";")[0].strip().lower() for part in headers.get("accept", "").split(",")}
    wanted = [form.value for form, kind in _TYPES.items() if kind in accepted]
    return {"format": wanted[0], **held} if wanted else held


class _Response:
    """The answer under way; until its first byte a failure can still be a refusal."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._request_id = request_id
        self._is_started = False

    def sink(self, prepared: Prepared) -> Any:
        """Where the file's bytes go."""
        request = prepared.request
        kind = _TYPES[request.format]
        charset = "" if request.format is ExportFormat.XLSX else "; charset=utf-8"
        name = f"{request.dataset}.{request.format}"
        headers: Headers = [
            (b"content-type", f"{kind}{charset}".encode()),
            (b"content-disposition", f'attachment; filename="{name}"'.encode()),
        ]

        async def take(data: bytes) -> None:
            if not self._is_started:
                await self._start(200, headers)
            if data:
                await self._send({"type": "http.response.body", "body": data, "more_body": True})

        return take

    async def end(self) -> None:
        """The file is whole."""
        if self._is_started:
            await self._send({"type": "http.response.body", "body": b""})

    async def refuse(self, error: HubError) -> None:
        """Say why there is no file; or break off one that has begun: the server then closes without its end."""
        if self._is_started:
            _log.error("export %s broke off: %s", self._request_id, error.code)
            return
        status, body, extra = problem(error)
        length = (b"content-length", str(len(body)).encode())
        await self._start(status, [(b"content-type", b"application/json; charset=utf-8"), length, *extra])
        await self._send({"type": "http.response.body", "body": body})

    async def _start(self, status: int, headers: Headers) -> None:
        self._is_started = True
        common: Headers = [
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
            (b"x-request-id", self._request_id.encode()),
        ]
        await self._send({"type": "http.response.start", "status": status, "headers": [*headers, *common]})
