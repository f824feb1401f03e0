"""A small OpenID provider over real HTTP, on Authlib's grants: it logs in whoever ``person`` names, without asking."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlencode

import uvicorn
from authlib.oauth2.rfc6749 import AuthorizationServer
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode
from joserfc.jwk import ECKey, KeySet
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from hub.identity.authorization import Call
from hub.identity.authorization import Request as OAuthRequest

CLIENT = "the-hub"
SECRET = "a-secret-of-the-hub-s"


@dataclass
class Code:
    """An authorization code as Authlib asks about it."""

    sub: str
    redirect_uri: str
    scope: str
    nonce: str
    code_challenge: str
    code_challenge_method: str

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str:
        return self.nonce

    def get_auth_time(self) -> None: ...

    def get_acr(self) -> None: ...

    def get_amr(self) -> None: ...


@dataclass
class Provider:
    """What it knows and does; ``spoil`` may change what it answers at the token endpoint."""

    client_key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256"))
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "one"}))
    person: str = "p-1"
    redirect_uri: str = ""
    issuer: str = ""
    named_issuer: str = ""
    codes: dict[str, Code] = field(default_factory=dict[str, Code])
    methods: tuple[str, ...] = ("private_key_jwt",)
    spoil: Callable[[dict[str, Any]], dict[str, Any]] = dict

    @contextmanager
    def served(self) -> Iterator[None]:
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            self.issuer = self.named_issuer = f"http://127.0.0.1:{listening.getsockname()[1]}"
            web = uvicorn.Server(uvicorn.Config(self.application(), log_level="warning", lifespan="off"))
            thread = threading.Thread(target=web.run, kwargs={"sockets": [listening]})
            thread.start()
            try:
                while not web.started:
                    threading.Event().wait(0.01)
                yield
            finally:
                web.should_exit = True
                thread.join()

    def application(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._about),
                Route("/keys", self._keys),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
            ]
        )

    async def _about(self, _request: Request) -> Response:
        held = {f"{name}_endpoint": f"{self.issuer}/{path}" for name, path in _ENDPOINTS.items()}
        further = {"authorization_response_iss_parameter_supported": True, "jwks_uri": f"{self.issuer}/keys"}
        return JSONResponse({"issuer": self.named_issuer, **held, **further})

    async def _keys(self, _request: Request) -> Response:
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    async def _authorize(self, request: Request) -> Response:
        asked = request.query_params
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT)
        assert asked["redirect_uri"] == self.redirect_uri
        drawn = token_urlsafe(16)
        words = ("redirect_uri", "scope", "nonce", "code_challenge", "code_challenge_method")
        self.codes[drawn] = Code(self.person, *(asked[word] for word in words))
        held = {"code": drawn, "state": asked["state"], "iss": self.issuer}
        return RedirectResponse(f"{self.redirect_uri}?{urlencode(held)}", 303)

    async def _token(self, request: Request) -> Response:
        form = [(name, str(value)) for name, value in (await request.form()).multi_items()]
        call = Call("POST", f"{self.issuer}/token", dict(request.headers.items()), form)
        status, body, headers = _Server(self).create_token_response(OAuthRequest(call))
        return JSONResponse(self.spoil(dict(body)) if status == 200 else body, status, dict(headers))


_ENDPOINTS = {"authorization": "authorize", "token": "token"}


class _Client:
    def __init__(self, provider: Provider) -> None:
        self.provider = provider

    def get_client_id(self) -> str:
        return CLIENT

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_client_secret(self, secret: str) -> bool:
        return secret == SECRET

    def check_endpoint_auth_method(self, method: str, _endpoint: str) -> bool:
        return method in self.provider.methods

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


class _Assertion(JWTBearerClientAssertion):  # type: ignore[misc]  # Authlib has no types
    CLIENT_AUTH_METHOD = "private_key_jwt"

    def __init__(self, provider: Provider) -> None:
        super().__init__()
        self.provider = provider

    def get_audiences(self) -> list[str]:
        return [self.provider.issuer]

    def validate_jti(self, _claims: Any, jti: str) -> bool:
        return bool(jti)

    def resolve_client_public_key(self, _client: object) -> KeySet:
        self.provider.client_key.ensure_kid()
        return KeySet.import_key_set(
            json.loads(json.dumps({"keys": [self.provider.client_key.as_dict(private=False)]}))
        )


class _Grant(AuthorizationCodeGrant):  # type: ignore[misc]  # Authlib has no types
    TOKEN_ENDPOINT_AUTH_METHODS = ("private_key_jwt", "client_secret_basic")

    def query_authorization_code(self, code: str, _client: object) -> Code | None:
        found: Code | None = self.server.provider.codes.pop(code, None)
        return found

    def delete_authorization_code(self, _code: object) -> None: ...

    def authenticate_user(self, authorization_code: Code) -> str:
        return authorization_code.sub


class _Tokens(OpenIDCode):  # type: ignore[misc]  # Authlib has no types
    def __init__(self, provider: Provider) -> None:
        super().__init__(require_nonce=True)
        self.provider = provider

    def resolve_client_private_key(self, _client: object) -> ECKey:
        return self.provider.key

    def get_client_algorithm(self, _client: object) -> str:
        return "ES256"

    def get_client_claims(self, _client: object) -> dict[str, Any]:
        return {"iss": self.provider.issuer, "aud": [CLIENT]}

    def get_encode_header(self, _client: object) -> dict[str, Any]:
        return {"alg": "ES256", "kid": self.provider.key.kid}

    def generate_user_info(self, user: str, _scope: str) -> UserInfo:
        return UserInfo(sub=user, name="in passing")


class _Server(AuthorizationServer):  # type: ignore[misc]  # Authlib has no types
    def __init__(self, provider: Provider) -> None:
        super().__init__()
        self.provider = provider
        self.register_client_auth_method("private_key_jwt", _Assertion(provider))
        self.register_grant(_Grant, [CodeChallenge(required=True), _Tokens(provider)])
        self.register_token_generator("default", _drawn)

    def query_client(self, client_id: str) -> _Client | None:
        return _Client(self.provider) if client_id == CLIENT else None

    def save_token(self, _token: object, _request: object) -> None: ...

    def send_signal(self, *_: object, **__: object) -> None: ...

    def create_oauth2_request(self, request: OAuthRequest) -> OAuthRequest:
        return request

    def handle_response(self, status: int, body: Any, headers: Any) -> Any:
        return status, body, headers


def _drawn(scope: str, **_: object) -> dict[str, str]:
    return {"access_token": token_urlsafe(8), "token_type": "Bearer", "scope": scope}
