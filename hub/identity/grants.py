"""Authlib's grants and endpoints with their open ends filled in: what they may do, and where their things are kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError, InvalidScopeError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, ClientCredentialsGrant
from authlib.oauth2.rfc6749.util import scope_to_list
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc7662 import IntrospectionEndpoint

from hub.errors import AccessError
from hub.identity.assertion import ASSERTION_METHOD, SECRET_METHOD, Caller
from hub.identity.clients import ADMINISTRATORS, Staff
from hub.identity.once import Code
from hub.identity.tokens import Identified

METHODS = [ASSERTION_METHOD, SECRET_METHOD]


class ProofNeededError(OAuth2Error):  # type: ignore[misc]  # Authlib has no types
    """No token without a key to bind it to."""

    error = "invalid_dpop_proof"
    description = "This client's tokens are bound to a key: send a proof in the header DPoP (RFC 9449)."


class ByClient(ClientCredentialsGrant):  # type: ignore[misc]  # Authlib has no types
    """A system for itself."""

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def validate_requested_scope(self) -> None:
        _check_scope(self.request.payload.scope, self.request.client)

    def create_token_response(self) -> Any:
        status, token, headers = super().create_token_response()
        token.pop("token_id")
        return status, token, headers


class StoredCode:
    """A code as Authlib asks about it."""

    def __init__(self, code: Code) -> None:
        self.code = code
        held: Mapping[str, Any] = code.parameters
        self.code_challenge = held.get("code_challenge")
        self.code_challenge_method = held.get("code_challenge_method")

    def get_redirect_uri(self) -> str:
        return str(self.code.parameters["redirect_uri"])

    def get_scope(self) -> str:
        return str(self.code.parameters.get("scope") or "")


class ByCode(AuthorizationCodeGrant):  # type: ignore[misc]  # Authlib has no types
    """A member of staff through a client."""

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def validate_requested_scope(self) -> None:
        _check_scope(self.request.payload.scope, self.server.query_client(self.request.payload.client_id))

    def query_authorization_code(self, code: str, client: Caller) -> StoredCode | None:
        found = self.server.parts.once.find_code(code, client.get_client_id())
        if found is None:
            return None
        bound = found.parameters.get("dpop_jkt")
        if bound and bound != self.server.key_thumbprint:
            raise InvalidGrantError("The code is bound to another key.")
        return StoredCode(found)

    def authenticate_user(self, authorization_code: StoredCode) -> Staff | None:
        staff = self.server.parts.register().staff.get(authorization_code.code.staff)
        return None if staff is None or staff.is_ended else staff

    def create_token_response(self) -> Any:
        status, token, headers = super().create_token_response()
        if not self.server.parts.once.use_code(self.request.authorization_code.code, token.pop("token_id")):
            raise InvalidGrantError("The code was used before.")
        return status, token, headers

    def delete_authorization_code(self, authorization_code: StoredCode) -> None:
        """It is kept, marked as used."""


class S256Only(CodeChallenge):  # type: ignore[misc]  # Authlib has no types
    """PKCE for everybody, and never ``plain``."""

    DEFAULT_CODE_CHALLENGE_METHOD = "S256"
    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        held = grant.request.payload.data
        if not held.get("code_challenge") or held.get("code_challenge_method") != "S256":
            raise InvalidRequestError("PKCE is required: code_challenge with code_challenge_method S256.")
        super().validate_code_challenge(grant, redirect_uri)


class _Token:
    """A token as Authlib asks about it."""

    def __init__(self, identified: Identified, *, is_void: bool) -> None:
        self.identified = identified
        self._is_void = is_void

    def check_client(self, caller: Caller) -> bool:
        return self.identified.client == caller.get_client_id()

    def is_expired(self) -> bool:
        return False

    def is_revoked(self) -> bool:
        return self._is_void


class _OfToken:
    """What revocation and introspection share: finding the token."""

    CLIENT_AUTH_METHODS = METHODS
    SUPPORTED_TOKEN_TYPES = ("access_token",)
    server: Any

    def query_token(self, text: str, _hint: str | None) -> _Token | None:
        tokens = self.server.parts.tokens
        try:
            identified = tokens.verified(text)
        except AccessError:
            return None
        try:
            tokens.standing(identified)
        except AccessError:
            return _Token(identified, is_void=True)
        return _Token(identified, is_void=False)


class Revocation(_OfToken, RevocationEndpoint):  # type: ignore[misc]  # Authlib has no types
    """RFC 7009."""

    def revoke_token(self, token: _Token, _request: object) -> None:
        self.server.parts.books.revoke_token(token.identified.token_id, token.identified.expires)


class Introspection(_OfToken, IntrospectionEndpoint):  # type: ignore[misc]  # Authlib has no types
    """RFC 7662."""

    def check_permission(self, token: _Token, client: Caller, _request: object) -> bool:
        return token.check_client(client) or client.client.role in ADMINISTRATORS

    def introspect_token(self, token: _Token) -> dict[str, Any]:
        held = token.identified
        found: dict[str, Any] = {
            "client_id": held.client,
            "sub": held.staff or held.client,
            "scope": " ".join(sorted(held.scopes)),
            "exp": int(held.expires.timestamp()),
            "jti": held.token_id,
            "iss": self.server.parts.tokens.issuer,
            "aud": self.server.parts.tokens.issuer,
            "token_type": "DPoP" if held.key_thumbprint else "Bearer",
        }
        if held.key_thumbprint:
            found["cnf"] = {"jkt": held.key_thumbprint}
        return found


def _check_scope(scope: str | None, caller: Caller | None) -> None:
    """Refuse a scope the client does not have, rather than leave it out."""
    if scope and caller is not None and not set(scope_to_list(scope)) <= caller.scopes:
        raise InvalidScopeError
