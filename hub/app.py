"""The composition root of answering: catalogue, database, identity and doors come together here."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from hub.access.agreement import Agreement, read_agreement
from hub.access.gate import Gate
from hub.access.grants import wanted_grants
from hub.access.scopes import vocabulary
from hub.access.terms import read, written
from hub.audit.disclosure import Asked, DisclosureLog
from hub.audit.entry import Door
from hub.audit.figures import CountedLog, LogCounts
from hub.audit.pseudonyms import pseudonyms
from hub.audit.public_log import PublicLog
from hub.audit.recorder import Recorder
from hub.errors import HubError, SettingError
from hub.graph.answer import Answerer
from hub.graph.export import Exporter, ExportRequest, Sink
from hub.graph.face import Face
from hub.graph.face import print_schema as print_sdl
from hub.graph.limits import Limits
from hub.graph.trusted import TrustedDocuments, trusted_documents
from hub.identity.authorization import OAuth, Parts
from hub.identity.clients import EVERY_PURPOSE, Register
from hub.identity.desk import Desk
from hub.identity.keys import KeyRing
from hub.identity.login import Logins
from hub.identity.once import Once
from hub.identity.outside import Outside, Provider
from hub.identity.register import Books, load_register
from hub.identity.seeds import Seeds
from hub.identity.tokens import Tokens
from hub.identity.typed import client_of
from hub.measuring import Measured, Measuring
from hub.proving import gate_of, public_log
from hub.query.copy_out import CopyReader
from hub.query.entity import entities_of
from hub.query.run import DatabaseReader
from hub.rules.decisions import DecisionDesk
from hub.settings import Settings
from hub.storage import agreements as agreement_register
from hub.storage.authority import Authority, Connection, Kept
from hub.storage.budget import Budget
from hub.storage.migrate import require_newest
from hub.storage.reading import bring_grants
from hub.storage.roles import DatabaseRole
from hub.storage.server import DatabaseServer, connect
from hub.storage.walls import require_walls
from hub.web.console import figures_of
from hub.web.endpoint import GraphQLEndpoint
from hub.web.events import EventEndpoint
from hub.web.graphiql import is_loopback
from hub.web.headers import SecurityHeaders
from hub.web.last_door import LastDoor
from hub.web.log import RequestRate, log_routes
from hub.web.metrics import CountedDoors, DoorCounts, metrics_route
from hub.web.routes import Services, routes
from schema import CATALOGUE
from schema.ledger import LEDGER

_KEYS = "keys"
_TRUSTED = "trusted-documents"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who may do what, as this process keeps it, and the tokens that name them."""

    authority: Authority
    register: Kept[Register]
    tokens: Tokens
    oauth: OAuth
    agreements: Kept[tuple[Agreement, ...]]


def identity_of(settings: Settings, server: DatabaseServer) -> Identity:
    """Identity of this installation, read. Raises ``DatabaseError``."""
    authority = Authority(server.conninfo(DatabaseRole.IDENTITY), settings.county)
    register = authority.keep(load_register, Register())
    nothing: tuple[Agreement, ...] = ()
    agreements = authority.keep(_agreements, nothing)
    authority.read()
    tokens = Tokens(
        key_ring(settings),
        register,
        settings.issuer,
        bearers=settings.bearers,
        version=lambda: authority.version,
    )
    desk = Desk(server.conninfo(DatabaseRole.IDENTITY), settings.county)
    parts = Parts(
        tokens,
        lambda: register.value,
        Books(desk, _seeds(settings, desk)),
        Once(desk),
        scopes=frozenset(vocabulary(CATALOGUE)),
        bearers=settings.bearers,
        secrets=settings.secret_names,
    )
    return Identity(authority, register, tokens, OAuth(parts), agreements)


def key_ring(settings: Settings) -> KeyRing:
    """The keys this installation signs with."""
    return KeyRing(settings.home / _KEYS)


def _agreements(connection: Connection, county: str) -> tuple[Agreement, ...]:
    return tuple(read(terms) for terms in agreement_register.in_force(connection, county))


def books(settings: Settings, server: DatabaseServer) -> Books:
    """Where clients and staff are added, changed and ended."""
    conninfo = server.conninfo(DatabaseRole.IDENTITY)
    require_newest(conninfo)
    desk = Desk(conninfo, settings.county)
    return Books(desk, _seeds(settings, desk))


def issue_token(settings: Settings, server: DatabaseServer, name: str, minutes: int = 10) -> str:
    """A bearer token for the client called ``name``; ``AccessError`` if it must fetch its tokens itself."""
    identity = identity_of(settings, server)
    try:
        return identity.tokens.issue(name, timedelta(minutes=minutes))
    finally:
        identity.authority.close()


def ensure_clients(settings: Settings, server: DatabaseServer, wanted: Iterable[Mapping[str, str | None]]) -> None:
    """Add clients for every purpose, each a ``name``, ``role``, ``region`` and ``agency``, unless they are there."""
    book = books(settings, server)
    known = book.read().clients
    for given in wanted:
        if given["name"] not in known:
            book.add_client(client_of(given, None, EVERY_PURPOSE))


def sdl(*, federated: bool = False) -> str:
    """The GraphQL schema as it is served, or as an Apollo Federation subgraph."""
    return print_sdl(CATALOGUE, LEDGER, federated=federated)


@cache
def face_of(*, federated: bool) -> Face:
    """GraphQL's view of the catalogue; it takes seconds to make, and never changes."""
    return Face(CATALOGUE, LEDGER, federated=federated)


def application(settings: Settings, server: DatabaseServer) -> Starlette:
    """The hub as an ASGI application. Raises ``DatabaseError`` if the schema is not this hub's."""
    conninfo = server.conninfo(DatabaseRole.API)
    require_newest(conninfo)
    require_walls(conninfo)
    limits = Limits(**settings.limits)
    identity = identity_of(settings, server)
    reader = DatabaseReader(
        conninfo,
        most_connections=settings.api_connections,
        timeout_milliseconds=settings.statement_timeout_milliseconds,
    )
    face = face_of(federated=settings.federation)
    gate = Gate(face.entities, lambda: identity.agreements.value)
    log_doors = public_log(settings, server)
    log_counts, door_counts = LogCounts(), DoorCounts()
    recorder = _recorder(settings, server, log_counts)
    log_gate = gate_of(settings, server)
    log = _disclosure_log(settings, recorder, log_gate.refusal, log_counts)
    desk = DecisionDesk(server.conninfo(DatabaseRole.DECISION))
    budget = Budget(
        server.conninfo(DatabaseRole.IDENTITY),
        settings.county,
        requests_per_minute=settings.requests_per_minute,
        subjects_per_day=settings.subjects_per_day,
    )
    answerer = Answerer(face, reader, limits, gate, log, desk, budget=budget)
    measuring = Measuring(settings, server, Measured(log_counts, log_gate, reader, answerer))
    services = Services(
        answerer=answerer,
        tokens=identity.tokens,
        log=log,
        is_ready=reader.is_ready,
        most_body_bytes=limits.body_bytes,
        has_graphiql=is_loopback(settings.host) if settings.graphiql is None else settings.graphiql,
        exporter=Exporter(face, _copy_reader(settings, conninfo), limits, gate, log, budget=budget),
        trusted=_trusted(settings, identity),
        renew=identity.authority.renew,
        oauth=identity.oauth,
        scopes=tuple(sorted(identity.oauth.parts.scopes)),
        logins=_logins(settings, server),
        outside=_provider(settings),
        figures=figures_of((path, LEDGER.zh(path)) for path, _ in LEDGER.indicators()),
        further=_further(settings, log_doors, door_counts, measuring),
        events=EventEndpoint(reader, identity.tokens, gate, log, identity.authority.renew),
    )

    @asynccontextmanager
    async def lifespan(_application: Starlette) -> AsyncIterator[None]:
        log_doors.open()
        await asyncio.to_thread(log_gate.start)
        async with reader, recorder:
            yield
        log_gate.stop()
        log_doors.close()
        measuring.close()
        await budget.close()
        identity.authority.close()

    doors = routes(services)
    straight = {door.path: door.app for door in doors if isinstance(door.endpoint, GraphQLEndpoint)}
    is_https = settings.issuer.startswith("https://")
    headers = Middleware(SecurityHeaders, is_https=is_https, straight=straight)
    counted = Middleware(CountedDoors, counts=door_counts)
    return Starlette(routes=doors, lifespan=lifespan, middleware=[counted, headers, Middleware(LastDoor)])


def _recorder(settings: Settings, server: DatabaseServer, counts: LogCounts) -> Recorder:
    gather = settings.log_gather_milliseconds / 1000
    conninfo = server.conninfo(DatabaseRole.LOG)
    return Recorder(conninfo, settings.county, gather_seconds=gather, observe=counts.committed)


def _further(settings: Settings, log_doors: PublicLog, counts: DoorCounts, measuring: Measuring) -> list[Route]:
    """The doors that no client of records needs: the log for everybody, figures for whoever watches."""
    token = None if settings.metrics_token is None else settings.metrics_token.get_secret_value()
    # Also where nobody said so: a hub without a certificate that is known by another name is reached through something.
    is_elsewhere = settings.tls_cert is None and not is_loopback(urlsplit(settings.issuer).hostname or "")
    metrics = metrics_route(counts, measuring.families, token, behind_proxy=settings.tls_proxy or is_elsewhere)
    return [*log_routes(log_doors, RequestRate(settings.log_requests_per_second)), metrics]


def _seeds(settings: Settings, desk: Desk) -> Seeds:
    return Seeds(settings.home / _KEYS, desk)


def _logins(settings: Settings, server: DatabaseServer) -> Logins:
    desk = Desk(server.conninfo(DatabaseRole.IDENTITY), settings.county)
    return Logins(desk, _seeds(settings, desk))


def _provider(settings: Settings) -> Provider | None:
    if settings.openid_issuer is None:
        return None
    key, secret = settings.openid_client_key, settings.openid_client_secret
    outside = Outside(
        settings.openid_issuer,
        settings.openid_client_id or "",
        None if key is None else key.get_secret_value(),
        None if secret is None else secret.get_secret_value(),
        settings.openid_certificates,
    )
    return Provider(outside, settings.issuer)


def _copy_reader(settings: Settings, conninfo: str) -> CopyReader:
    return CopyReader(
        conninfo, most_connections=settings.export_connections, timeout_seconds=settings.export_timeout_seconds
    )


def add_agreements(
    owner: str, county: str, described: Iterable[Mapping[str, Any]], by: str, *, approved: bool = False
) -> list[Agreement]:
    """Put the agreements that are ``described`` into the register. Raises ``AccessError`` AGREEMENT_*."""
    agreements = [read_agreement(given, CATALOGUE, county) for given in described]
    with connect(owner) as connection:
        for item in agreements:
            row = (item.id, item.provider.value, item.consumer.value, written(item))
            agreement_register.add(connection, county, row, by, approved=approved)
        if approved:
            share(connection, county)
    return agreements


def approve_agreement(owner: str, county: str, name: str, side: agreement_register.Side, by: str) -> None:
    """Approve an agreement for one side."""
    with connect(owner) as connection:
        agreement_register.approve(connection, county, name, side, by)
        share(connection, county)


def revoke_agreement(owner: str, county: str, name: str, by: str, why: str) -> None:
    """End an agreement now."""
    with connect(owner) as connection:
        agreement_register.revoke(connection, county, name, by, why)
        share(connection, county)


def share(connection: Connection, county: str) -> bool:
    """Bring what the database's reading roles may see to what the agreements say; whether anything changed."""
    agreements = [read(terms) for terms in agreement_register.in_force_for_owner(connection, county)]
    return bring_grants(connection, CATALOGUE, wanted_grants(entities_of(CATALOGUE), agreements))


async def export(
    settings: Settings, server: DatabaseServer, asker: tuple[str, str], request: ExportRequest, sink: Sink
) -> int:
    """Write an export for ``asker``, a client and its purpose, with that client's rights; how many rows it has."""
    client, purpose = asker
    conninfo = server.conninfo(DatabaseRole.API)
    require_newest(conninfo)
    identity = identity_of(settings, server)
    actor = identity.tokens.actor(client, purpose)
    _trusted(settings, identity).refuse_limited(actor.client)
    identity.authority.close()
    face = face_of(federated=False)
    gate = Gate(face.entities, lambda: identity.agreements.value)
    asked = Asked(Door.COMMAND, token_hex(8))
    async with Recorder(server.conninfo(DatabaseRole.LOG), settings.county) as recorder:
        log_gate = gate_of(settings, server, for_command=True)
        await asyncio.to_thread(log_gate.look)
        log_gate.stop()
        log = _disclosure_log(settings, recorder, log_gate.refusal, LogCounts())
        exporter = Exporter(face, _copy_reader(settings, conninfo), Limits(**settings.limits), gate, log)
        try:
            return await exporter.pour(exporter.prepare(request, actor), sink, asked)
        except HubError as error:
            await log.refused(asked, actor, error)
            raise


def _disclosure_log(
    settings: Settings, recorder: Recorder, may_disclose: Callable[[], HubError | None], counts: LogCounts
) -> DisclosureLog:
    known = pseudonyms(settings.home / _KEYS, settings.county)
    return CountedLog(counts, recorder, known, settings.county, settings.log_name, may_disclose=may_disclose)


def _trusted(settings: Settings, identity: Identity) -> TrustedDocuments:
    folder = settings.trusted_documents or settings.home / _TRUSTED
    limited = [name.strip() for name in settings.trusted_only.split(",") if name.strip()]
    return trusted_documents(folder, limited, identity.register.value.clients)


def server_for(settings: Settings, server: DatabaseServer) -> uvicorn.Server:
    """A web server ready to run. Raises what ``application`` raises, and ``SettingError`` SETTING_PORT_IN_USE."""
    refuse_plain_http(settings)
    ready = application(settings, server)
    _refuse_port_in_use(settings)
    config = uvicorn.Config(
        ready,
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        ssl_certfile=settings.tls_cert,
        ssl_keyfile=settings.tls_key,
    )
    return uvicorn.Server(config)


def refuse_plain_http(settings: Settings) -> None:
    """Refuse to serve where tokens and answers would cross a network unprotected."""
    if (settings.tls_cert is None) != (settings.tls_key is None):
        raise SettingError(
            "SETTING_TLS_INCOMPLETE", "Only one of HUB_TLS_CERT and HUB_TLS_KEY is set.", "Set both, or neither."
        )
    for path in (settings.tls_cert, settings.tls_key):
        if path is not None and not os.access(path, os.R_OK):
            raise SettingError("SETTING_TLS_UNREADABLE", f"{path} cannot be read.", "Check its name and rights.")
    is_protected = settings.tls_cert is not None or settings.tls_proxy
    if not is_protected and not is_loopback(settings.host):
        raise SettingError(
            "SETTING_PLAIN_HTTP_REFUSED",
            f"Plain HTTP on {settings.host} would send tokens and answers unprotected.",
            "Set HUB_TLS_CERT and HUB_TLS_KEY, or HUB_TLS_PROXY=true where a proxy ends TLS, or HUB_HOST=127.0.0.1.",
        )
    place = urlsplit(settings.issuer)
    if place.scheme != "https" and not is_loopback(place.hostname or ""):
        raise SettingError(
            "SETTING_PUBLIC_URL_PLAIN",
            "HUB_PUBLIC_URL is not https, or not set where a proxy ends TLS.",
            "Set it to the https address at which clients reach the hub.",
        )


def _refuse_port_in_use(settings: Settings) -> None:
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise SettingError(
                "SETTING_PORT_IN_USE",
                f"Nothing can listen on {settings.host} port {settings.port}: {error.strerror}.",
                "Stop what uses it, or choose another: HUB_PORT=8471, or make demo PORT=8471.",
            ) from None
