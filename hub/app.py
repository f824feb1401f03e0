"""The composition root of answering: catalogue, database, identity and doors come together here."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette

from hub.errors import SettingError
from hub.graph.answer import Answerer
from hub.graph.export import Exporter, ExportRequest, Sink
from hub.graph.face import Face
from hub.graph.face import print_schema as print_sdl
from hub.graph.limits import Limits
from hub.graph.trusted import TrustedDocuments, trusted_documents
from hub.identity.clients import known_clients
from hub.identity.tokens import PURPOSE_HEADER, Tokens, signing_key
from hub.query.copy_out import CopyReader
from hub.query.run import DatabaseReader
from hub.settings import Settings
from hub.storage.migrate import require_newest
from hub.storage.roles import DatabaseRole
from hub.storage.server import DatabaseServer
from hub.web.graphiql import is_loopback
from hub.web.routes import Services, routes
from schema import CATALOGUE
from schema.ledger import LEDGER

_KEYS = "keys"
_TRUSTED = "trusted-documents"


def tokens_of(settings: Settings) -> Tokens:
    """Issues and checks the tokens of this installation."""
    return Tokens(signing_key(settings.home / _KEYS), known_clients(settings.county))


def issue_token(settings: Settings, name: str) -> str:
    """A bearer token for the client called ``name``; ``AccessError`` names the known ones."""
    return tokens_of(settings).issue(name)


def sdl(*, federated: bool = False) -> str:
    """The GraphQL schema as it is served, or as an Apollo Federation subgraph."""
    return print_sdl(CATALOGUE, LEDGER, federated=federated)


def application(settings: Settings, server: DatabaseServer) -> Starlette:
    """The hub as an ASGI application. Raises ``DatabaseError`` if the schema is not this hub's."""
    conninfo = server.conninfo(DatabaseRole.API)
    require_newest(conninfo)
    limits = Limits(**settings.limits)
    reader = DatabaseReader(
        conninfo,
        most_connections=settings.api_connections,
        timeout_milliseconds=settings.statement_timeout_milliseconds,
    )
    face = Face(CATALOGUE, LEDGER, federated=settings.federation)
    services = Services(
        answerer=Answerer(face, reader, limits),
        tokens=tokens_of(settings),
        is_ready=reader.is_ready,
        most_body_bytes=limits.body_bytes,
        has_graphiql=is_loopback(settings.host) if settings.graphiql is None else settings.graphiql,
        exporter=Exporter(face, _copy_reader(settings, conninfo), limits),
        trusted=_trusted(settings),
    )

    @asynccontextmanager
    async def lifespan(_application: Starlette) -> AsyncIterator[None]:
        async with reader:
            yield

    return Starlette(routes=list(routes(services)), lifespan=lifespan)


def _copy_reader(settings: Settings, conninfo: str) -> CopyReader:
    return CopyReader(
        conninfo, most_connections=settings.export_connections, timeout_seconds=settings.export_timeout_seconds
    )


async def export(
    settings: Settings, server: DatabaseServer, asker: tuple[str, str], request: ExportRequest, sink: Sink
) -> int:
    """Write an export for ``asker``, a client and its purpose, with that client's rights; how many rows it has."""
    client, purpose = asker
    conninfo = server.conninfo(DatabaseRole.API)
    require_newest(conninfo)
    tokens = tokens_of(settings)
    actor = tokens.authenticate({"authorization": f"Bearer {tokens.issue(client)}", PURPOSE_HEADER: purpose})
    _trusted(settings).refuse_limited(actor.client)
    exporter = Exporter(Face(CATALOGUE, LEDGER), _copy_reader(settings, conninfo), Limits(**settings.limits))
    return await exporter.pour(exporter.prepare(request, actor), sink)


def _trusted(settings: Settings) -> TrustedDocuments:
    folder = settings.trusted_documents or settings.home / _TRUSTED
    limited = [name.strip() for name in settings.trusted_only.split(",") if name.strip()]
    return trusted_documents(folder, limited, known_clients(settings.county))


def server_for(settings: Settings, server: DatabaseServer) -> uvicorn.Server:
    """A web server ready to run. Raises what ``application`` raises, and ``SettingError`` SETTING_PORT_IN_USE."""
    ready = application(settings, server)
    _refuse_port_in_use(settings)
    config = uvicorn.Config(
        ready,
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        server_header=False,
    )
    return uvicorn.Server(config)


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
