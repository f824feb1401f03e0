"""Plain pages for people: a template, escaped words, a strict policy, and cookies no script can read."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from hub.errors import HubError

_FOLDER = Path(__file__).with_name("pages")
_PLACE = re.compile(r"\{([a-z_]+)\}")
_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
_WORDS = {
    "LOGIN_REFUSED": "用户名、密码或验证码不正确。每个验证码只能使用一次。",
    "LOGIN_LOCKED": "尝试次数过多，请稍候再试。",
    "LOGIN_OUTSIDE_REFUSED": "统一身份认证的结果不能接受，请重新登录；若再次出现，请联系管理员。",
    "LOGIN_OUTSIDE_SILENT": "统一身份认证系统暂无响应，请稍候再试。",
    "LOGIN_SEED_UNREADABLE": "该账号的第二验证因素无法读取，请联系管理员重置。",
    "LOGIN_NOT_ADDED": "您在本系统尚无账号，请联系管理员。",
    "LOGIN_REQUEST_UNKNOWN": "登录请求不存在、已使用或已过期，请从原页面重新开始。",
}


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


def filled(template: str, words: Mapping[str, str]) -> Markup:
    """A file of ``pages/`` with its words, each escaped unless it is ``Markup``."""

    def word(found: re.Match[str]) -> str:
        held = words.get(found[1], found[0])
        return held if isinstance(held, Markup) else escape(held)

    # In one pass: what is filled in is never taken for a place to fill.
    return Markup(_PLACE.sub(word, (_FOLDER / template).read_text("utf-8")))


def page(text: str, error: HubError | None = None, *, leads_to: str = "") -> HTMLResponse:
    """A page that loads nothing but the style sheet; its form may lead on to ``leads_to``, an address."""
    headers = {"cache-control": "no-store"}
    if error is not None and error.retry_after:
        headers["retry-after"] = str(error.retry_after)
    policy = _POLICY
    if leads_to:
        parts = urlsplit(leads_to)
        policy += f" {parts.scheme}://{parts.netloc}"
    return HTMLResponse(text, error.status if error else 200, {"content-security-policy": policy, **headers})


def refusal(error: HubError | None) -> Markup:
    """A refusal in both languages."""
    if error is None:
        return Markup("")
    return Markup(
        f'<p class="refusal" role="alert">{escape(_WORDS.get(error.code, ""))} '
        f"{escape(error.message)} {escape(error.hint)}</p>"
    )


def see_other(address: str) -> RedirectResponse:
    """Go there with GET; never 307, which would send a password on."""
    return RedirectResponse(address, 303, {"cache-control": "no-store"})


class Cookie:
    """One cookie that only this server reads; bound to the host where there is TLS."""

    def __init__(self, name: str, issuer: str) -> None:
        self._is_https = issuer.startswith("https://")
        self._name = f"__Host-{name}" if self._is_https else name

    def read(self, request: Request) -> str:
        """Its value, empty if there is none."""
        return request.cookies.get(self._name, "")

    def put(self, response: Response, value: str, life: timedelta) -> None:
        """Set it with ``response``."""
        response.set_cookie(
            self._name, value, int(life.total_seconds()), secure=self._is_https, httponly=True, samesite="lax"
        )

    def drop(self, response: Response) -> None:
        """Remove it with ``response``."""
        response.delete_cookie(self._name, secure=self._is_https, httponly=True, samesite="lax")


def csrf_of(secret: str) -> str:
    """What a form of this session must carry: known to the page, not to another site."""
    return hmac.digest(secret.encode(), b"form", sha256).hex()


def is_own_form(request: Request, issuer: str, secret: str, given: str) -> bool:
    """Whether a form was sent from this session's own page."""
    origin = request.headers.get("origin", issuer)
    return origin in {issuer, "null"} and bool(secret) and hmac.compare_digest(csrf_of(secret).encode(), given.encode())
