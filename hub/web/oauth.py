"""The authorization server's addresses for machines: forms in, JSON out.

What waits for the database does so in a thread, a few at a time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from secrets import token_hex
from urllib.parse import parse_qsl

from anyio import CapacityLimiter, to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from hub.errors import HubError
from hub.identity import metadata
from hub.identity.authorization import Call, OAuth, Reply
from hub.web.authorised import Renew
from hub.web.endpoint import place_of

_log = logging.getLogger("hub.web")

_FORM = "application/x-www-form-urlencoded"
_MOST_BYTES = 32_768
_MOST_FIELDS = 40
_MOST_AT_ONCE = 6


@dataclass(frozen=True, slots=True)
class OAuthDoor:
    """What stands behind the addresses."""

    oauth: OAuth
    renew: Renew
    scopes: tuple[str, ...] = ()


def oauth_routes(door: OAuthDoor) -> list[Route]:
    """Metadata, keys, token, pushed requests, revocation and introspection."""
    oauth = door.oauth
    limiter = CapacityLimiter(_MOST_AT_ONCE)

    async def about(_request: Request) -> Response:
        held = metadata.metadata(oauth.issuer, door.scopes)
        return JSONResponse(held, headers={"cache-control": "public, max-age=300"})

    async def keys(_request: Request) -> Response:
        published = await to_thread.run_sync(oauth.parts.tokens.published_keys)
        return JSONResponse(published, headers={"cache-control": "public, max-age=300"})

    def posted(path: str, answer: Callable[[Call], Reply]) -> Route:
        async def handle(request: Request) -> Response:
            try:
                call = await read_call(request, f"{oauth.issuer}{path}")
                if isinstance(call, Response):
                    return call
                await door.renew(oauth.parts.tokens.version)
                return _written(await to_thread.run_sync(answer, call, limiter=limiter))
            except HubError as error:
                said = "temporarily_unavailable" if error.status == 503 else "server_error"
                return _error(error.status, said, error.message)
            except ClientDisconnect:
                return _error(400, "invalid_request", "The request ended before its body.")
            except Exception as error:  # noqa: BLE001  # the last door: whatever it is, nothing of it leaves
                request_id = token_hex(8)
                _log.error("request %s failed: %s", request_id, place_of(error))
                return _error(500, "server_error", f"Tell the operator the request id {request_id}.")

        return Route(path, handle, methods=["POST"])

    return [
        Route(metadata.METADATA_PATH, about, methods=["GET"]),
        Route(metadata.JWKS_PATH, keys, methods=["GET"]),
        posted(metadata.TOKEN_PATH, oauth.token),
        posted(metadata.PUSH_PATH, oauth.push),
        posted(metadata.REVOKE_PATH, oauth.revoke),
        posted(metadata.INTROSPECT_PATH, oauth.introspect),
    ]


async def read_call(request: Request, url: str) -> Call | Response:
    """The form of a request, or the refusal of what is none."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        return _error(415, "invalid_request", f"Send {_FORM}.")
    if request.url.query:
        return _error(400, "invalid_request", "Parameters belong into the body, never into the address.")
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _MOST_BYTES:
            return _error(413, "invalid_request", "The form is too large.")
    try:
        form = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError:
        return _error(400, "invalid_request", "The body is no form.")
    names = [name for name, _ in request.headers.items()]
    if any(names.count(name) > 1 for name in ("authorization", "dpop")):
        return _error(400, "invalid_request", "A header that may be there once was sent more than once.")
    return Call(request.method, url, dict(request.headers.items()), form)


def _written(reply: Reply) -> Response:
    headers = {name.lower(): value for name, value in reply.headers}
    if isinstance(reply.body, str):
        return Response(reply.body, reply.status, headers)
    return JSONResponse(dict(reply.body), reply.status, headers)


def _error(status: int, error: str, description: str) -> Response:
    body = {"error": error, "error_description": description}
    return JSONResponse(body, status, headers={"cache-control": "no-store"})
