"""What identity and access cost: the same questions with neither, with access alone, and with both, by token or proof.

With neither, everybody is believed to be one actor, all of every record may be seen, and the database is read by a role
that row security does not hold for. Claims are sent all the same, and the disclosure log is on throughout.
The hub's own application, asked without a network, in turns, in one process: what is compared is its own work.
"""

from __future__ import annotations

import asyncio
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import product
from statistics import median
from typing import Any

import orjson
from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import Message

from hub.access.reach import Reach, Sight
from hub.actor import Actor, Purpose
from hub.app import application, identity_of
from hub.graph.face import Face
from hub.identity.tokens import Tokens
from hub.query.parameters import Claim
from hub.query.run import DatabaseReader
from hub.query.to_sql import Statement
from hub.settings import Settings
from hub.storage.server import DatabaseServer, connect
from hub.web.endpoint import GraphQLEndpoint
from schema import CATALOGUE
from schema.ledger import LEDGER

_WHO = "city-officer"
_PURPOSE = Purpose.PROGRAMME_SUPERVISION
_MOST_PROOFS = 20_000  # of one round; a nonce is good for more
_QUESTIONS = {
    "ledger": '{{ ledger(region: "{county}", asOf: "2020-07-08") {{ outstanding {{ loans amount }} }} }}',
    "list": "{{ loans(first: 50) {{ nodes {{ loanId amount }} }} }}",
}
_WORDS = {
    "nothing": "neither",
    "access": "access alone, who asks is not checked",
    "bearer": "both, a bearer token, remembered",
    "proof": "both, a token and a proof (DPoP, ES256) each",
}

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class _Open:
    """Stands where rights are worked out, and lets everything be seen."""

    every: Reach

    def reach(self, _actor: Actor) -> Reach:
        return self.every


class _Unbound(DatabaseReader):
    """Reads as its login, whatever role the statement was to be run as."""

    async def read(
        self, statement: Statement, values: list[bytes | None], claims: Mapping[Claim, str]
    ) -> list[bytes | None]:
        return await super().read(replace(statement, reader="none"), values, claims)


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


@dataclass
class _Taken:
    """The endpoint with its checks taken out and put back: the bench looks inside for that."""

    endpoint: GraphQLEndpoint
    actor: Actor
    reader: DatabaseReader
    gate: _Open

    @contextmanager
    def out(self, way: str) -> Iterator[None]:
        """Without what ``way`` is measured without."""
        endpoint, answerer = self.endpoint, self.endpoint._answerer  # noqa: SLF001
        kept = endpoint._tokens, answerer._gate, answerer._reader  # noqa: SLF001
        if way in {"nothing", "access"}:
            endpoint._tokens = _Believing(kept[0], self.actor)  # type: ignore[assignment]  # noqa: SLF001
        if way == "nothing":
            answerer._gate, answerer._reader = self.gate, self.reader  # type: ignore[assignment]  # noqa: SLF001
        try:
            yield
        finally:
            endpoint._tokens, answerer._gate, answerer._reader = kept  # noqa: SLF001


def measure(
    settings: Settings, server: DatabaseServer, *, rounds: int, seconds: float, at_once: int
) -> dict[tuple[str, str], list[float]]:
    """Requests in a second of each question and way, round by round."""
    app = application(settings, server)
    endpoint = next(route.endpoint for route in app.routes if isinstance(route, Route) and route.path == "/graphql")
    if not isinstance(endpoint, GraphQLEndpoint):
        raise TypeError("/graphql is served by something else.")
    found: dict[tuple[str, str], list[float]] = {}
    owner = _Unbound(_unchecked(server), most_connections=settings.api_connections)

    async def run() -> None:
        async with app.router.lifespan_context(app), owner:
            actor = endpoint._tokens.actor(_WHO, _PURPOSE)  # noqa: SLF001
            taken = _Taken(endpoint, actor, owner, _Open(_everything(actor)))
            ways = _ways(settings, server, endpoint)
            for turn, (name, question), way in product(range(rounds + 1), _QUESTIONS.items(), ways):
                body = orjson.dumps({"query": question.format(county=settings.county)})
                with taken.out(way):
                    rate = await _rate(app, body, ways[way](), seconds, at_once)
                if turn:  # the first one only warms up
                    found.setdefault((name, way), []).append(rate)

    asyncio.run(run())
    return found


def _everything(actor: Actor) -> Reach:
    sights = {
        name: dict.fromkeys((item.name for item in entity.attributes), Sight.CLEAR)
        for name, entity in Face(CATALOGUE, LEDGER).entities.items()
    }
    return Reach(actor.consumer, actor.purpose, is_allowed=True, whole_county=True, datasets=sights, agreed=sights)


def _unchecked(server: DatabaseServer) -> str:
    """The owner's login, if row security does not hold for it."""
    with connect(server.owner) as connection:
        row = connection.execute(
            "select rolsuper or rolbypassrls from pg_roles where rolname = current_user"
        ).fetchone()
    if row is None or not row[0]:
        raise ValueError("Row security holds for the owner of this database: the bench cannot take it out.")
    return server.owner


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

    return {"nothing": lambda: [common], "access": lambda: [common], "bearer": bearer, "proof": proved}


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
    status, answer = 0, b""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status, answer
        status = message.get("status", status)
        answer += message.get("body", b"")

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
    if status != 200 or answer.startswith(b'{"errors"'):
        code = orjson.loads(answer)["errors"][0]["extensions"]["code"] if answer.startswith(b'{"errors"') else ""
        raise ValueError(f"refused with {status} {code}")


def written(found: Mapping[tuple[str, str], Sequence[float]]) -> str:
    """The medians side by side."""
    lines = ["| question | identity and access | requests/s | of neither |", "|---|---|---:|---:|"]
    for (question, way), rates in found.items():
        base = median(found[question, "nothing"])
        lines.append(f"| {question} | {_WORDS[way]} | {median(rates):,.0f} | {median(rates) / base:.0%} |")
    return "\n".join(lines) + "\n"
