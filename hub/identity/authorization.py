"""The authorization server: Authlib's grants, held to what FAPI 2.0 allows. One ``Call`` in, one ``Reply`` out.

Everything here may wait for the database; the door runs it in a thread.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from authlib.oauth2 import OAuth2Error, OAuth2Request
from authlib.oauth2.rfc6749 import AuthorizationServer, InvalidRequestError, OAuth2Payload
from authlib.oauth2.rfc6749.util import scope_to_list

from hub.errors import AccessError
from hub.identity.assertion import ASSERTION_METHOD, Assertion, Caller
from hub.identity.clients import Register, Staff
from hub.identity.grants import METHODS, ByClient, ByCode, Introspection, ProofNeededError, Revocation, S256Only
from hub.identity.once import PUSHED_LIFE, Once
from hub.identity.proofs import PROOF_HEADER, ProofError
from hub.identity.register import Books
from hub.identity.tokens import LONGEST_LIFE, Issued, Tokens, narrowed

REQUEST_URI = "urn:ietf:params:oauth:request_uri:"

_NO_STORE = [("Content-Type", "application/json"), ("Cache-Control", "no-store"), ("Pragma", "no-cache")]


@dataclass(frozen=True, slots=True)
class Call:
    """A request to one of the server's addresses. Header names in lower case; ``form`` as it was sent, in order."""

    method: str
    url: str
    headers: Mapping[str, str]
    form: Sequence[tuple[str, str]] = ()


@dataclass(slots=True)
class Reply:
    """What is sent back."""

    status: int
    body: Mapping[str, Any] | str
    headers: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])


class _Payload(OAuth2Payload):  # type: ignore[misc]  # Authlib has no types
    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self._lists: defaultdict[str, list[str]] = defaultdict(list)
        for name, value in pairs:
            self._lists[name].append(value)

    @property
    def data(self) -> dict[str, str]:
        return {name: values[0] for name, values in self._lists.items()}

    @property
    def datalist(self) -> defaultdict[str, list[str]]:
        return self._lists


class Request(OAuth2Request):  # type: ignore[misc]  # Authlib has no types
    """A ``Call`` as Authlib reads it."""

    def __init__(self, call: Call, pairs: Sequence[tuple[str, str]] | None = None) -> None:
        super().__init__(call.method, call.url, headers={"Authorization": call.headers.get("authorization", "")})
        self.payload = _Payload(call.form if pairs is None else pairs)

    @property
    def args(self) -> dict[str, str]:
        return {}

    @property
    def form(self) -> dict[str, str]:
        found: dict[str, str] = self.payload.data
        return found


@dataclass(frozen=True, slots=True)
class Parts:
    """What the server stands on."""

    tokens: Tokens
    register: Callable[[], Register]
    books: Books
    once: Once
    scopes: frozenset[str] = frozenset()  # the vocabulary
    bearers: Collection[str] = frozenset()
    secrets: Collection[str] = frozenset()


class OAuth:
    """The server's addresses, each a function of a ``Call``."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.issuer = parts.tokens.issuer

    def token(self, call: Call) -> Reply:
        """RFC 6749 §3.2: a token for a client, or for a member of staff through one."""
        return self._done(call, lambda server: server.create_token_response(Request(call)), with_proof=True)

    def revoke(self, call: Call) -> Reply:
        """RFC 7009: a client withdraws a token of its own."""
        return self._done(call, lambda server: server.create_endpoint_response("revocation", Request(call)))

    def introspect(self, call: Call) -> Reply:
        """RFC 7662: a client asks about a token of its own; administrators' clients about any."""
        return self._done(call, lambda server: server.create_endpoint_response("introspection", Request(call)))

    def push(self, call: Call) -> Reply:
        """RFC 9126: a client says beforehand what it will send somebody here for."""
        return self._done(call, lambda server: self._pushed(server, call), with_proof=True)

    def _pushed(self, server: _Server, call: Call) -> Reply:
        request = Request(call)
        try:
            if "request_uri" in request.form or "request" in request.form:
                raise InvalidRequestError("A request is pushed as it is, not by reference.")
            caller = server.authenticate_client(request, METHODS, "pushed_authorization_request")
            if request.form.get("client_id", caller.get_client_id()) != caller.get_client_id():
                raise InvalidRequestError("client_id is another client's.")
            kept = [(name, value) for name, value in call.form if not name.startswith("client_assertion")]
            pairs = [("client_id", caller.get_client_id()), *((n, v) for n, v in kept if n != "client_id")]
            grant = server.get_consent_grant(Request(call, pairs))
            bound = _code_binding(grant.request.form.get("dpop_jkt"), server.key_thumbprint)
        except OAuth2Error as error:
            error.redirect_uri = None  # nobody is to be sent anywhere: the client asked this itself
            refused: Reply = server.handle_error_response(request, error)
            return refused
        held = {**dict(pairs), "scope": grant.request.scope, "dpop_jkt": bound}
        secret = self.parts.once.push(caller.get_client_id(), held)
        body = {"request_uri": REQUEST_URI + secret, "expires_in": int(PUSHED_LIFE.total_seconds())}
        return Reply(201, body, list(_NO_STORE))

    def taken(self, client: str, request_uri: str) -> Mapping[str, Any]:
        """What ``client`` pushed, to be asked of somebody now; it is forgotten. ``AccessError`` if there is nothing."""
        found = None
        known = self.parts.register().clients.get(client)
        if known is not None and request_uri.startswith(REQUEST_URI):
            found = self.parts.once.take_pushed(request_uri.removeprefix(REQUEST_URI), client)
        if found is None or known is None or known.is_ended or found["redirect_uri"] not in known.redirects:
            raise AccessError(
                "LOGIN_REQUEST_UNKNOWN",
                "There is nothing to log in for: the request was not pushed, was used, or is too old.",
                "Go back to where you came from and start again.",
                status=400,
            )
        return found

    def answer(self, parameters: Mapping[str, Any], staff: Staff | None) -> str:
        """The address to send somebody back to: with a code if it is ``staff``, with ``access_denied`` if nobody."""
        if staff is None:
            held = {"error": "access_denied"}
        else:
            held = {"code": self.parts.once.give_code(str(parameters["client_id"]), staff.name, parameters)}
        if parameters.get("state"):
            held["state"] = str(parameters["state"])
        address = str(parameters["redirect_uri"])
        return f"{address}{'&' if '?' in address else '?'}{urlencode({**held, 'iss': self.issuer})}"

    def _done(self, call: Call, act: Callable[[_Server], Reply], *, with_proof: bool = False) -> Reply:
        doubled = {name for name, _ in call.form if [pair[0] for pair in call.form].count(name) > 1}
        if doubled:
            return _refused(400, "invalid_request", "A parameter was sent more than once.")
        thumbprint = None
        if with_proof and PROOF_HEADER in call.headers:
            try:
                thumbprint = self.parts.tokens.proofs.check(call.headers[PROOF_HEADER], call.method, call.url)
            except ProofError as error:
                code = "use_dpop_nonce" if error.code == "PROOF_NONCE_NEEDED" else "invalid_dpop_proof"
                reply = _refused(400, code, error.message)
                reply.headers.append(("DPoP-Nonce", error.nonce))
                return reply
        reply = act(_Server(self.parts, thumbprint))
        if thumbprint:
            reply.headers.append(("DPoP-Nonce", self.parts.tokens.proofs.nonce()))
        return reply


class _Server(AuthorizationServer):  # type: ignore[misc]  # Authlib has no types
    """Authlib's server for one call: it knows the key that the call proved."""

    def __init__(self, parts: Parts, key_thumbprint: str | None) -> None:
        super().__init__()
        self.parts = parts
        self.key_thumbprint = key_thumbprint
        self.register_client_auth_method(ASSERTION_METHOD, Assertion(parts.tokens.issuer, parts.once))
        self.register_token_generator("default", self._make)
        self.register_grant(ByClient)
        self.register_grant(ByCode, [S256Only()])
        self.register_endpoint(Revocation)
        self.register_endpoint(Introspection)

    def query_client(self, client_id: str) -> Caller | None:
        client = self.parts.register().clients.get(client_id)
        if client is None or client.is_ended:
            return None
        may_use_secret = client.name in self.parts.secrets
        hashed = self.parts.books.secret_hash(client.name) if may_use_secret else None
        return Caller(client, self.parts.scopes, secret_hash=hashed, may_use_secret=may_use_secret)

    def save_token(self, token: object, request: object) -> None:
        """Tokens carry their own record."""

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Nobody listens."""

    def create_oauth2_request(self, request: Request) -> Request:
        return request

    def handle_response(self, status: int, body: Any, headers: Any) -> Reply:
        given = {name.lower() for name, _ in headers}
        return Reply(status, body, [*headers, *(pair for pair in _NO_STORE if pair[0].lower() not in given)])

    def _make(
        self,
        grant_type: str,  # noqa: ARG002  # what Authlib hands over
        client: Caller,
        user: Staff | None = None,
        scope: str | None = None,
        expires_in: int | None = None,  # noqa: ARG002  # all tokens live as long
        include_refresh_token: bool = True,  # noqa: ARG002, FBT001, FBT002  # there are none
    ) -> dict[str, Any]:
        if self.key_thumbprint is None and client.client.name not in self.parts.bearers:
            raise ProofNeededError
        allowed = narrowed(client.client.scopes, frozenset() if user is None else user.scopes)
        scopes = narrowed(frozenset(scope_to_list(scope) or ()), allowed)
        issued: Issued = self.parts.tokens.grant(client.client, scopes, staff=user, key_thumbprint=self.key_thumbprint)
        return {
            "access_token": issued.text,
            "token_type": "DPoP" if self.key_thumbprint else "Bearer",
            "expires_in": int(LONGEST_LIFE.total_seconds()),
            "scope": " ".join(sorted(scopes)),
            "token_id": issued.token_id,
        }


def _code_binding(named: str | None, proved: str | None) -> str | None:
    if named and proved and named != proved:
        raise InvalidRequestError("dpop_jkt is not the key that was proved.")
    return named or proved


def _refused(status: int, error: str, description: str) -> Reply:
    return Reply(status, {"error": error, "error_description": description}, list(_NO_STORE))
