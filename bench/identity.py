"""What knowing who asks costs: the same question with no check at all, with a bearer token, with a proof each time.

The hub's own application, asked without a network, in turns, in one process: what is compared is its own work.
"""

from __future__ import annotations

import asyncio
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from statistics import median
from typing import Any

import orjson
from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import Message

from hub.actor import Actor, Purpose
from hub.app import application, identity_of
from hub.identity.tokens import Tokens
from hub.settings import Settings
from hub.storage.server import DatabaseServer
from hub.web.endpoint import GraphQLEndpoint

_WHO = "city-officer"
_PURPOSE = Purpose.PROGRAMME_SUPERVISION
_MOST_PROOFS = 20_000  # of one round; a nonce is good for more
_LEDGER = '{{ ledger(region: "{county}", asOf: "2020-07-08") {{ outstanding {{ loans amount }} }} }}'

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Round:
    """Requests in a second, one way, one time."""

    way: str
    per_second: float


class _Believing:
    """Stands where tokens are checked, and believes everybody to be one actor."""

    def __init__(self, tokens: Tokens, actor: Actor) -> None:
        self._tokens = tokens
        self._actor = actor
        self.proofs = tokens.proofs

    @property
    def version(self) -> int:
        return self._tokens.version

    def identify(self, *_: object) -> None:
        """Nobody is asked."""

    def authorise(self, *_: object) -> Actor:
        return self._actor


def measure(
    settings: Settings, server: DatabaseServer, *, rounds: int, seconds: float, at_once: int
) -> dict[str, list[float]]:
    """Requests in a second of each way, round by round."""
    app = application(settings, server)
    endpoint = next(route.endpoint for route in app.routes if isinstance(route, Route) and route.path == "/graphql")
    if not isinstance(endpoint, GraphQLEndpoint):
        raise TypeError("/graphql is served by something else.")
    found: dict[str, list[float]] = {}

    async def run() -> None:
        async with app.router.lifespan_context(app):
            body = orjson.dumps({"query": _LEDGER.format(county=settings.county)})
            for turn in range(rounds + 1):
                for way, headers in _ways(settings, server, endpoint).items():
                    tokens = endpoint._tokens  # noqa: SLF001  # the bench takes the check out
                    if way == "none":
                        actor = tokens.actor(_WHO, _PURPOSE)
                        endpoint._tokens = _Believing(tokens, actor)  # type: ignore[assignment]  # noqa: SLF001
                    rate = await _rate(app, body, headers(), seconds, at_once)
                    endpoint._tokens = tokens  # noqa: SLF001
                    if turn:  # the first one only warms up
                        found.setdefault(way, []).append(rate)

    asyncio.run(run())
    return found


def _ways(
    settings: Settings, server: DatabaseServer, endpoint: GraphQLEndpoint
) -> Mapping[str, Callable[[], Sequence[Headers]]]:
    identity = identity_of(settings, server)
    client = identity.register.value.clients[_WHO]
    identity.authority.close()
    tokens = endpoint._tokens  # noqa: SLF001  # as above
    common: Headers = [(b"content-type", b"application/json"), (b"data-purpose", _PURPOSE.encode())]

    def bearer() -> Sequence[Headers]:
        return [[*common, (b"authorization", f"Bearer {tokens.issue(_WHO)}".encode())]]

    def proved() -> Sequence[Headers]:
        key = ECKey.generate_key("P-256")
        token = tokens.grant(client, client.scopes, key_thumbprint=key.thumbprint()).text
        sent = (b"authorization", f"DPoP {token}".encode())
        proofs = (_proof(key, token, tokens, number) for number in range(_MOST_PROOFS))
        return [[*common, sent, (b"dpop", proof.encode())] for proof in proofs]

    return {"none": lambda: [common], "bearer": bearer, "proof": proved}


def _proof(key: ECKey, token: str, tokens: Tokens, number: int) -> str:
    claims: dict[str, Any] = {
        "jti": str(number),
        "htm": "POST",
        "htu": f"{tokens.issuer}/graphql",
        "iat": int(time.time()),  # noqa: TID251  # a client's own clock
        "nonce": tokens.proofs.nonce(),
        "ath": urlsafe_b64encode(sha256(token.encode()).digest()).rstrip(b"=").decode(),
    }
    header = {"alg": "ES256", "typ": "dpop+jwt", "jwk": key.as_dict(private=False)}
    return jwt.encode(header, claims, key, algorithms=["ES256"])


async def _rate(app: Starlette, body: bytes, headers: Sequence[Headers], seconds: float, at_once: int) -> float:
    sent = 0
    is_single = len(headers) == 1
    start = time.perf_counter()

    async def client() -> None:
        nonlocal sent
        while time.perf_counter() - start < seconds and (is_single or sent < len(headers)):
            number, sent = sent, sent + 1
            await _post(app, body, headers[0 if is_single else number])

    await asyncio.gather(*(client() for _ in range(at_once)))
    return sent / (time.perf_counter() - start)


async def _post(app: Starlette, body: bytes, headers: Headers) -> None:
    status = 0

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        status = message.get("status", status)

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/graphql",
        "raw_path": b"/graphql",
        "root_path": "",
        "query_string": b"",
        "headers": headers,
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 1),
    }
    await app(scope, receive, send)
    if status != 200:
        raise ValueError(f"refused with {status}")


def written(found: Mapping[str, Sequence[float]]) -> str:
    """The medians side by side."""
    words = {"none": "no check", "bearer": "bearer token, remembered", "proof": "token and a proof (DPoP, ES256) each"}
    base = median(found["none"])
    lines = ["| who asks is known by | requests/s | of no check |", "|---|---:|---:|"]
    lines += [f"| {words[way]} | {median(r):,.0f} | {median(r) / base:.0%} |" for way, r in found.items()]
    return "\n".join(lines) + "\n"
