"""Staff whom an outside OpenID provider vouches for: authorization code, PKCE, nonce, and an ID token that is checked.

Nothing is kept between leaving and coming back: what must be recognised is made from the browser's login cookie, which
never leaves this server's own requests. The provider says who somebody is; what they may do stands in the hub's books.
"""

from __future__ import annotations

import hmac
import json
import ssl
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus, urlencode, urlsplit

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey, import_key

from hub.clock import now
from hub.errors import AccessError, SettingError

# Few hubs have an outside provider, and none asks it before somebody logs in.
if TYPE_CHECKING:
    import httpx

RETURN_PATH = "/oauth/login/return"

_CONFIGURATION = "/.well-known/openid-configuration"
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA", "Ed25519")  # never a shared secret, never none
_CLOCK_DIFFERENCE_SECONDS = 10
_OLDEST_SECONDS = 600
_LONGEST = 16_384
_SHORTEST_RSA = 2048
_TIMEOUT_SECONDS = 10
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True, slots=True)
class Outside:
    """The provider as the settings name it. ``key`` is a private key (PEM or JWK) of this hub as its client."""

    issuer: str
    client: str
    key: str | None = None
    secret: str | None = None
    certificates: Path | None = None


class Provider:
    """Sends a browser to the provider, and finds out who has come back."""

    def __init__(self, outside: Outside, hub: str) -> None:
        """``hub`` is this server's own address. Raises ``SettingError`` if the settings cannot be used."""
        self._outside = outside
        self._return = hub + RETURN_PATH
        self._key = None if outside.key is None else _private_key(outside.key)
        is_named = bool(outside.client) and _is_protected(outside.issuer)
        if not is_named or (outside.key is None) == (outside.secret is None):
            raise SettingError(
                "SETTING_OPENID_UNUSABLE",
                "The outside provider's address is not https, or the hub's name or its key there is not set.",
                "Give HUB_OPENID_ISSUER as https, HUB_OPENID_CLIENT_ID, and one of HUB_OPENID_CLIENT_KEY and "
                "HUB_OPENID_CLIENT_SECRET.",
            )
        self._trusted = _trusted(outside.certificates)

    def leave(self, cookie: str) -> str:
        """Where to send the browser whose login session has this ``cookie``."""
        with self._client() as client:
            said = self._configuration(client)
        drawn = token_urlsafe(16)
        challenge = sha256(_made(cookie, "verifier", drawn).encode()).digest()
        asked = {
            "response_type": "code",
            "scope": "openid",
            "client_id": self._outside.client,
            "redirect_uri": self._return,
            "state": _state(cookie, drawn),
            "nonce": _made(cookie, "nonce", drawn),
            "code_challenge": _base64(challenge),
            "code_challenge_method": "S256",
            "ui_locales": "zh-CN en",
        }
        address = said["authorization_endpoint"]
        return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(asked)}"

    def subject(self, cookie: str, given: Mapping[str, str]) -> str:
        """Who has come back with the parameters ``given``, by the provider's own name for them.

        Raises ``AccessError`` LOGIN_OUTSIDE_REFUSED or LOGIN_OUTSIDE_SILENT.
        """
        drawn = given.get("state", "").partition(".")[0]
        if not hmac.compare_digest(given.get("state", "").encode(), _state(cookie, drawn).encode()):
            raise _refused("It was not asked for by this browser.")
        with self._client() as client:
            said = self._configuration(client)
            is_named = "iss" in given or said.get("authorization_response_iss_parameter_supported") is True
            if is_named and given.get("iss") != self._outside.issuer:  # RFC 9207: another server's answer
                raise _refused("It does not come from the provider that was asked.")
            if "error" in given or not given.get("code"):
                raise _refused("The provider has let nobody in.")
            form = {
                "grant_type": "authorization_code",
                "code": given["code"],
                "redirect_uri": self._return,
                "code_verifier": _made(cookie, "verifier", drawn),
            }
            token = self._id_token(client, said, form)
            keys = _asked(client, "GET", said["jwks_uri"])
        return self._checked(token, keys, _made(cookie, "nonce", drawn))

    def _client(self) -> httpx.Client:
        import httpx

        # Proxies and certificates come from settings alone, never from the environment of the process.
        return httpx.Client(timeout=_TIMEOUT_SECONDS, trust_env=False, verify=self._trusted)

    def _configuration(self, client: httpx.Client) -> dict[str, Any]:
        said = _asked(client, "GET", self._outside.issuer.rstrip("/") + _CONFIGURATION)
        named = [said.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
        if said.get("issuer") != self._outside.issuer or not all(_is_protected(address) for address in named):
            raise _refused("The provider's metadata is another's, or names addresses that are not https.")
        return said

    def _id_token(self, client: httpx.Client, said: Mapping[str, Any], form: dict[str, str]) -> str:
        headers = {}
        if self._key is not None:
            moment = int(now().timestamp())
            claims = {
                "iss": self._outside.client,
                "sub": self._outside.client,
                "aud": self._outside.issuer,
                "iat": moment,
                "exp": moment + 60,
                "jti": token_urlsafe(16),
            }
            algorithm = _algorithm(self._key)
            header = {"alg": algorithm, "kid": self._key.kid}
            form["client_assertion_type"] = _ASSERTION_TYPE
            form["client_assertion"] = jwt.encode(header, claims, self._key, algorithms=[algorithm])
        else:
            pair = f"{quote_plus(self._outside.client)}:{quote_plus(self._outside.secret or '')}"
            headers["authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        token = _asked(client, "POST", said["token_endpoint"], data=form, headers=headers).get("id_token")
        if not isinstance(token, str) or len(token) > _LONGEST or not token.isascii():
            raise _refused("The provider sent no ID token.")
        return token

    def _checked(self, token: str, keys: Mapping[str, Any], nonce: str) -> str:
        """The subject of an ID token, checked as OpenID Connect Core §3.1.3.7 says."""
        try:
            read = jwt.decode(token, _public_keys(keys), algorithms=list(_ALGORITHMS)).claims
            expires, issued = float(read["exp"]), float(read["iat"])
            subject = read["sub"]
        except (JoseError, ValueError, KeyError, TypeError):
            raise _refused("The ID token is not signed by the provider, or not whole.") from None
        moment = now().timestamp()
        audience = read.get("aud")
        names = audience if isinstance(audience, list) else [audience]
        is_ours = read.get("iss") == self._outside.issuer and self._outside.client in names
        is_sole = len(names) == 1 or "azp" in read
        if not is_ours or not is_sole or read.get("azp", self._outside.client) != self._outside.client:
            raise _refused("The ID token is for somebody else.")
        if expires < moment - _CLOCK_DIFFERENCE_SECONDS or not (
            -_CLOCK_DIFFERENCE_SECONDS <= moment - issued <= _OLDEST_SECONDS
        ):
            raise _refused("The ID token has expired, or a clock is wrong.")
        if not hmac.compare_digest(str(read.get("nonce", "")).encode(), nonce.encode()):
            raise _refused("The ID token was not made for this log-in.")
        if not isinstance(subject, str) or not subject:
            raise _refused("The ID token names nobody.")
        return subject


def _asked(client: httpx.Client, method: str, address: str, **sent: Any) -> dict[str, Any]:
    import httpx

    try:
        answer = client.request(method, address, **sent)
    except (httpx.HTTPError, httpx.InvalidURL):
        raise _silent() from None
    if answer.status_code >= 500:
        raise _silent()
    try:
        said = answer.json()
    except ValueError:
        said = None
    if answer.status_code != 200 or not isinstance(said, dict):
        raise _refused("The provider has turned the hub's own request down.")
    return said


def _public_keys(held: Mapping[str, Any]) -> KeySet:
    """The signing keys of a JWK set; kinds the hub does not know are passed over, shared secrets too."""
    known = [key for key in held.get("keys", ()) if key.get("kty") in {"RSA", "EC", "OKP"} and key.get("use") != "enc"]
    return KeySet.import_key_set({"keys": known})


def _private_key(text: str) -> Any:
    try:
        key: Any = import_key(json.loads(text)) if text.lstrip().startswith("{") else _from_pem(text)
        _algorithm(key)
    except (JoseError, ValueError, KeyError, TypeError):
        raise SettingError(
            "SETTING_OPENID_KEY_UNUSABLE",
            "HUB_OPENID_CLIENT_KEY is no private key.",
            "Give a private key as PEM or JWK: P-256, Ed25519, or RSA of at least 2048 bits.",
        ) from None
    key.ensure_kid()
    return key


def _from_pem(text: str) -> Any:
    for kind in (ECKey, OKPKey, RSAKey):
        try:
            return kind.import_key(text)
        except (JoseError, ValueError, TypeError):
            continue
    raise ValueError


def _algorithm(key: Any) -> str:
    if not key.is_private or key.key_type not in {"EC", "OKP", "RSA"}:
        raise ValueError
    if key.key_type == "RSA" and key.private_key.key_size < _SHORTEST_RSA:
        raise ValueError
    return {"EC": "ES256", "OKP": "EdDSA", "RSA": "PS256"}[key.key_type]


def _trusted(certificates: Path | None) -> ssl.SSLContext:
    import httpx

    if certificates is None:
        return httpx.create_ssl_context(trust_env=False)
    try:
        return ssl.create_default_context(cafile=certificates)
    except (OSError, ssl.SSLError):
        raise SettingError(
            "SETTING_OPENID_UNUSABLE", "HUB_OPENID_CERTIFICATES cannot be used.", "Give a PEM file."
        ) from None


def _is_protected(address: object) -> bool:
    if not isinstance(address, str):
        return False
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


def _state(cookie: str, drawn: str) -> str:
    return f"{drawn}.{_made(cookie, 'state', drawn)}"


def _made(cookie: str, what: str, drawn: str) -> str:
    """A secret of this login session, for one use of one departure; it tells nothing of the cookie or the others."""
    return _base64(hmac.digest(cookie.encode(), f"{what} {drawn}".encode(), sha256))


def _base64(held: bytes) -> str:
    return urlsafe_b64encode(held).rstrip(b"=").decode()


def _refused(why: str) -> AccessError:
    return AccessError(
        "LOGIN_OUTSIDE_REFUSED",
        f"The provider's answer is not taken. {why}",
        "Start again; if it happens again, tell the operator.",
        status=401,
    )


def _silent() -> AccessError:
    return AccessError("LOGIN_OUTSIDE_SILENT", "The provider does not answer.", "Try again in a moment.", status=503)
