"""Every door of the hub."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from hub.audit.disclosure import DisclosureLog
from hub.graph.answer import Answerer
from hub.graph.export import Exporter
from hub.graph.trusted import TrustedDocuments
from hub.identity.authorization import OAuth
from hub.identity.login import Logins
from hub.identity.outside import Provider
from hub.identity.tokens import Tokens
from hub.web.authorised import Renew, unchanging
from hub.web.console import Console, Figures
from hub.web.endpoint import GraphQLEndpoint
from hub.web.events import EventEndpoint
from hub.web.export import ExportEndpoint
from hub.web.graphiql import graphiql_routes
from hub.web.login import LoginDoor
from hub.web.oauth import OAuthDoor, oauth_routes


@dataclass(frozen=True, slots=True)
class Services:
    """What stands behind the doors; the composition root makes it."""

    answerer: Answerer
    tokens: Tokens
    log: DisclosureLog
    is_ready: Callable[[], Awaitable[bool]]
    most_body_bytes: int
    trusted: TrustedDocuments = field(default_factory=lambda: TrustedDocuments({}))
    exporter: Exporter | None = None
    has_graphiql: bool = False
    renew: Renew = unchanging
    oauth: OAuth | None = None
    scopes: tuple[str, ...] = ()
    logins: Logins | None = None
    outside: Provider | None = None
    figures: Figures = ()
    further: Sequence[Route] = ()
    events: EventEndpoint | None = None


def routes(services: Services) -> list[Route]:
    """The routes of the application."""

    async def live(_request: Request) -> JSONResponse:
        return JSONResponse({"status": "live"})

    async def ready(_request: Request) -> JSONResponse:
        if await services.is_ready():
            return JSONResponse({"status": "ready"})
        return JSONResponse({"status": "waiting for the database"}, status_code=503)

    endpoint = GraphQLEndpoint(
        services.answerer, services.tokens, services.trusted, services.log, services.most_body_bytes, services.renew
    )
    doors = [Route("/graphql", endpoint)]
    if services.exporter is not None:
        export = ExportEndpoint(
            services.exporter,
            services.tokens,
            services.trusted,
            services.log,
            services.most_body_bytes,
            services.renew,
        )
        doors.append(Route("/export/{dataset}", export))
    if services.events is not None:
        doors.append(Route("/events", services.events))
    if services.oauth is not None:
        doors += oauth_routes(OAuthDoor(services.oauth, services.renew, services.scopes))
        if services.logins is not None:
            doors += LoginDoor(services.oauth, services.logins, services.renew, services.outside).routes()
            ask = services.answerer.answer
            doors += Console(services.oauth, ask, services.log, services.renew, services.figures).routes()
    if services.has_graphiql:
        doors += graphiql_routes()
    return [
        *doors,
        *services.further,
        Route("/health/live", live, methods=["GET"]),
        Route("/health/ready", ready, methods=["GET"]),
    ]
