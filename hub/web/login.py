"""Staff log in: an authorization request or the console in, a code or a session out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub.errors import AccessError, HubError
from hub.identity.authorization import OAuth
from hub.identity.clients import Staff
from hub.identity.login import Logins
from hub.identity.metadata import AUTHORIZE_PATH
from hub.identity.once import Session
from hub.identity.outside import RETURN_PATH, Provider
from hub.web.authorised import Renew
from hub.web.oauth import read_call
from hub.web.pages import Cookie, Markup, csrf_of, filled, is_own_form, page, refusal, see_other

CONSOLE_LIFE = timedelta(hours=2)

_LOGIN_LIFE = timedelta(minutes=10)
_LOGIN_PATH = "/oauth/login"
_OUTSIDE_PATH = "/oauth/login/outside"

_OUTSIDE = Markup(
    f'<p class="note"><a href="{_OUTSIDE_PATH}">统一身份认证登录 Log in with the account of your bureau</a></p>\n'
)


class LoginDoor:
    """The pages between somebody's arrival and their being known."""

    def __init__(self, oauth: OAuth, logins: Logins, renew: Renew, outside: Provider | None = None) -> None:
        self._oauth = oauth
        self._once = oauth.parts.once
        self._logins = logins
        self._renew = renew
        self._outside = outside
        self._limiter = CapacityLimiter(4)
        self._cookie = Cookie("hub-login", oauth.issuer)
        self._console = Cookie("hub-console", oauth.issuer)

    def routes(self) -> list[Route]:
        """Its addresses."""
        further = [
            Route(_OUTSIDE_PATH, self._leave, methods=["GET"]),
            Route(RETURN_PATH, self._return, methods=["GET"]),
        ]
        return [
            *(further if self._outside else ()),
            Route(AUTHORIZE_PATH, self._authorize, methods=["GET"]),
            Route("/console/login", self._start_console, methods=["GET"]),
            Route(_LOGIN_PATH, self._show, methods=["GET"]),
            Route(_LOGIN_PATH, self._enter, methods=["POST"]),
        ]

    async def _authorize(self, request: Request) -> Response:
        """RFC 6749 §3.1, with a pushed request and nothing else; what stands beside it in the address is not read."""
        client, uri = request.query_params.get("client_id", ""), request.query_params.get("request_uri", "")
        try:
            await self._renew(self._oauth.parts.tokens.version)
            wanted = await to_thread.run_sync(self._oauth.taken, client, uri, limiter=self._limiter)
            return await self._start(wanted)
        except HubError as error:
            return _page("", error)

    async def _start_console(self, _request: Request) -> Response:
        try:
            return await self._start({})
        except HubError as error:
            return _page("", error)

    async def _start(self, wanted: Mapping[str, Any]) -> Response:
        secret = await to_thread.run_sync(self._once.start_session, "login", _LOGIN_LIFE, wanted, limiter=self._limiter)
        response = see_other(_LOGIN_PATH)
        self._cookie.put(response, secret, _LOGIN_LIFE)
        return response

    async def _show(self, request: Request) -> Response:
        secret = self._cookie.read(request)
        session = await self._session(secret)
        if session is None:
            return _page("", _unknown())
        return _page(self._form(secret), None, session.parameters)

    async def _enter(self, request: Request) -> Response:
        call = await read_call(request, f"{self._oauth.issuer}{_LOGIN_PATH}")
        if isinstance(call, Response):
            return call
        given = dict(call.form)
        secret = self._cookie.read(request)
        session = await self._session(secret)
        if session is None or not is_own_form(request, self._oauth.issuer, secret, given.get("csrf", "")):
            return _page("", _unknown())
        try:
            name = await to_thread.run_sync(
                self._logins.enter,
                given.get("name", ""),
                given.get("password", ""),
                given.get("code", ""),
                limiter=self._limiter,
            )
            return await self._admit(session, name)
        except HubError as error:
            return _page(self._form(secret, given.get("name", "")), error, session.parameters)

    async def _leave(self, request: Request) -> Response:
        """To the outside provider, from a log-in that was begun here."""
        secret = self._cookie.read(request)
        session = await self._session(secret)
        if session is None or self._outside is None:
            return _page("", _unknown())
        try:
            return see_other(await to_thread.run_sync(self._outside.leave, secret, limiter=self._limiter))
        except HubError as error:
            return _page(self._form(secret), error, session.parameters)

    async def _return(self, request: Request) -> Response:
        """From the outside provider, to the log-in that was begun here."""
        secret = self._cookie.read(request)
        session = await self._session(secret)
        given = dict(request.query_params)
        if session is None or self._outside is None or len(given) < len(request.query_params.multi_items()):
            return _page("", _unknown())
        try:
            subject = await to_thread.run_sync(self._outside.subject, secret, given, limiter=self._limiter)
            books = self._oauth.parts.books
            name = await to_thread.run_sync(books.staff_of_subject, subject, limiter=self._limiter)
            if name is None:
                raise _not_added()
            return await self._admit(session, name)
        except HubError as error:
            return _page(self._form(secret), error, session.parameters)

    async def _admit(self, session: Session, name: str) -> Response:
        """Lead on whoever has shown that this is their login; the session is over."""
        await self._renew(self._oauth.parts.tokens.version)
        staff = self._oauth.parts.register().staff[name]
        if not await to_thread.run_sync(self._once.end_session, session.digest, limiter=self._limiter):
            raise _unknown()
        response = await self._done(session, staff)
        self._cookie.drop(response)
        return response

    async def _done(self, session: Session, staff: Staff) -> Response:
        if session.parameters:
            address = await to_thread.run_sync(self._oauth.answer, session.parameters, staff, limiter=self._limiter)
            return see_other(address)
        held = {"generation": staff.generation}
        secret = await to_thread.run_sync(
            self._once.start_session, "console", CONSOLE_LIFE, held, staff.name, limiter=self._limiter
        )
        response = see_other("/console")
        self._console.put(response, secret, CONSOLE_LIFE)
        return response

    def _form(self, secret: str, name: str = "") -> str:
        outside = _OUTSIDE if self._outside else Markup("")
        return filled("login_form.html", {"csrf": csrf_of(secret), "name": name, "outside": outside})

    async def _session(self, secret: str) -> Session | None:
        if not secret:
            return None
        return await to_thread.run_sync(self._once.find_session, secret, "login", limiter=self._limiter)


def _page(form: str, error: HubError | None, wanted: Mapping[str, Any] | None = None) -> Response:
    wanted = wanted or {}
    client = str(wanted.get("client_id", ""))
    subtitle = f"为“{client}”登录 Log in for “{client}”" if client else "工作人员登录 Staff log-in"
    text = filled("login.html", {"subtitle": subtitle, "refusal": refusal(error), "form": form})
    return page(text, error, leads_to=str(wanted.get("redirect_uri", "")))


def _unknown() -> AccessError:
    return AccessError(
        "LOGIN_REQUEST_UNKNOWN",
        "There is nothing to log in for: the request is unknown, used or too old.",
        "Go back to where you came from and start again.",
        status=400,
    )


def _not_added() -> AccessError:
    return AccessError(
        "LOGIN_NOT_ADDED",
        "You are known to the provider, but have no login at this hub.",
        "Ask the operator, who adds it with `hub staff add --openid-subject`.",
        status=403,
    )
