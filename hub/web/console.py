"""GET /console: a page where a member of staff sees who the hub takes them for, and asks the ledger.

The browser holds a session's cookie and nothing else: no token exists that a script could read. Questions take the
same way as everybody's, with the rights of this moment.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from html import escape
from pathlib import Path
from secrets import token_hex
from typing import Any

import orjson
from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from hub.actor import Actor
from hub.audit.disclosure import Asked, DisclosureLog
from hub.audit.entry import Door
from hub.clock import today
from hub.errors import AccessError, HubError, QueryError
from hub.graph.answer import Answer, Question
from hub.graph.names import camel
from hub.identity.authorization import OAuth
from hub.identity.once import Session
from hub.web.authorised import Renew, authorised
from hub.web.oauth import read_call
from hub.web.pages import Cookie, Markup, csrf_of, filled, is_own_form, page, refusal, see_other

Ask = Callable[[Question, Actor, Asked], Awaitable[Answer]]
Figures = Iterable[tuple[tuple[str, ...], tuple[str, ...]]]  # the path of each figure, and its Chinese names

_STYLE = Path(__file__).with_name("pages") / "staff.css"
_ME = "{ me { client role region purpose } }"
_NAMES = {
    "login": "登录名 Login",
    "client": "客户端 Client",
    "role": "角色 Role",
    "region": "区划 Region",
    "purpose": "目的 Purpose",
}


class Console:
    """The page, its form and its way out."""

    def __init__(self, oauth: OAuth, ask: Ask, log: DisclosureLog, renew: Renew, figures: Figures) -> None:
        self._oauth = oauth
        self._ask_hub = ask
        self._log = log
        self._renew = renew
        self._figures = tuple(figures)
        self._limiter = CapacityLimiter(4)
        self._cookie = Cookie("hub-console", oauth.issuer)
        self._document = _ledger_document(path for path, _ in self._figures)

    def routes(self) -> list[Route]:
        """Its addresses."""
        return [
            Route("/console", self._show, methods=["GET"]),
            Route("/console", self._asked, methods=["POST"]),
            Route("/console/logout", self._leave, methods=["POST"]),
            Route("/console/staff.css", self._style, methods=["GET"]),
        ]

    async def _style(self, _request: Request) -> Response:
        return FileResponse(_STYLE, media_type="text/css", headers={"cache-control": "no-cache"})

    async def _show(self, request: Request) -> Response:
        secret, session = await self._session(request)
        return see_other("/console/login") if session is None else await self._page(secret, session, {})

    async def _asked(self, request: Request) -> Response:
        call = await read_call(request, f"{self._oauth.issuer}/console")
        if isinstance(call, Response):
            return call
        given = dict(call.form)
        secret, session = await self._session(request)
        if session is None or not is_own_form(request, self._oauth.issuer, secret, given.get("csrf", "")):
            return see_other("/console/login")
        return await self._page(secret, session, given)

    async def _leave(self, request: Request) -> Response:
        call = await read_call(request, f"{self._oauth.issuer}/console/logout")
        if isinstance(call, Response):
            return call
        secret, session = await self._session(request)
        response = see_other("/console/login")
        if session and is_own_form(request, self._oauth.issuer, secret, dict(call.form).get("csrf", "")):
            await to_thread.run_sync(self._oauth.parts.once.end_session, session.digest, limiter=self._limiter)
            self._cookie.drop(response)
        return response

    async def _session(self, request: Request) -> tuple[str, Session | None]:
        secret = self._cookie.read(request)
        if not secret:
            return secret, None
        find = self._oauth.parts.once.find_session
        return secret, await to_thread.run_sync(find, secret, "console", limiter=self._limiter)

    async def _page(self, secret: str, session: Session, given: Mapping[str, str]) -> Response:
        tokens = self._oauth.parts.tokens
        try:
            await self._renew(tokens.version)
            purposes = sorted(tokens.member(session).purposes)
            purpose = given.get("purpose", purposes[0])
            me = (await self._ask(session, Question(_ME), purposes[0]))["me"]
        except AccessError:  # the session or the person was ended
            response = see_other("/console/login")
            self._cookie.drop(response)
            return response
        except HubError as now:  # the hub cannot tell: the session stays
            return page(filled("login.html", {"subtitle": "", "refusal": refusal(now), "form": Markup("")}), now)
        region, day = given.get("region", str(me["region"])), given.get("asOf", today().isoformat())
        error, ledger = None, Markup("")
        if given:
            try:
                variables = {"region": region, "asOf": date.fromisoformat(day).isoformat()}
                found = await self._ask(session, Question(self._document, None, variables), purpose)
                ledger = self._table(found["ledger"])
            except HubError as refused:
                error = refused
            except ValueError:
                error = QueryError("QUERY_INVALID", "The date is none.", "Choose one.", status=400)
        me["login"] = session.staff
        rows = "".join(f"<tr><th>{_NAMES[name]}</th><td>{escape(str(me[name]))}</td></tr>" for name in _NAMES)
        options = "".join(
            f"<option{' selected' if item == purpose else ''}>{escape(item)}</option>" for item in purposes
        )
        words = {
            "csrf": csrf_of(secret),
            "me": Markup(rows),
            "region": region,
            "day": day,
            "purposes": Markup(options),
            "refusal": refusal(error),
            "ledger": ledger,
        }
        return page(filled("console.html", words), error)

    async def _ask(self, session: Session, question: Question, purpose: str) -> Any:
        tokens = self._oauth.parts.tokens
        asked = Asked(Door.PAGE, token_hex(8))

        async def ask(actor: Actor) -> Answer:
            return await self._ask_hub(question, actor, asked)

        try:
            answer = await authorised(tokens, self._renew, lambda: tokens.member_actor(session, purpose), ask)
        except HubError as refused:  # before the question was looked at: then that is noted where it is answered
            await self._log.refused(asked, None, refused)
            raise
        held = orjson.loads(answer.body)
        for error in held.get("errors", ()):
            extensions = error.get("extensions", {})
            code, hint = extensions.get("code", "?"), extensions.get("hint", "")
            raise QueryError(code, error["message"], hint, status=answer.status if answer.status != 200 else 400)
        return held["data"]

    def _table(self, ledger: Mapping[str, Any]) -> Markup:
        rows = []
        for path, names in self._figures:
            value: Any = ledger
            for name in path:
                value = value[name]
            shown = "–" if value is None else f"{Decimal(str(value)):,}"
            words = f"{escape(' · '.join(names))}<small>{escape('.'.join(path))}</small>"
            rows.append(f'<tr><th>{words}</th><td class="figure">{escape(shown)}</td></tr>')
        region = ledger["region"]
        head = f"{escape(str(region['name']))} {escape(str(region['code']))}<small>{escape(ledger['asOf'])}</small>"
        return Markup(f"<h2>{head}</h2><table>{''.join(rows)}</table>")


def _ledger_document(paths: Iterable[tuple[str, ...]]) -> str:
    tree: dict[str, Any] = {}
    for path in paths:
        below = tree
        for name in path:
            below = below.setdefault(name, {})

    def written(below: Mapping[str, Any]) -> str:
        return " ".join(f"{name} {{ {written(more)} }}" if more else name for name, more in below.items())

    return (
        "query Console($region: String!, $asOf: Date!) { ledger(region: $region, asOf: $asOf) "
        f"{{ asOf region {{ code name }} {written(tree)} }} }}"
    )


def figures_of(indicators: Iterable[tuple[tuple[str, ...], str]]) -> Figures:
    """Each indicator's path as GraphQL spells it, with its name."""
    return [(tuple(camel(name) for name in path), (zh,)) for path, zh in indicators]
