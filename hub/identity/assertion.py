"""A client says who it is: by a signed assertion (RFC 7523), or by a secret where a setting names the client."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHash
from authlib.oauth2.rfc6749 import InvalidClientError
from authlib.oauth2.rfc6749.util import scope_to_list
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from hub.clock import now
from hub.identity.client_keys import CLIENT_ALGORITHMS, key_set
from hub.identity.clients import Client
from hub.identity.once import Once

ASSERTION_METHOD = "private_key_jwt"
SECRET_METHOD = "client_secret_basic"  # noqa: S105  # a method's name

_CLOCK_DIFFERENCE_SECONDS = 10
_LONGEST_LIFE_SECONDS = 300
_LONGEST_ASSERTION = 8192

_SECRETS = PasswordHasher()


class Caller:
    """A client of the register, as Authlib asks about it."""

    def __init__(
        self, client: Client, scopes: frozenset[str], *, secret_hash: str | None, may_use_secret: bool
    ) -> None:
        self.client = client
        self.scopes = client.scopes or scopes  # what it may ask for
        self._secret_hash = secret_hash
        self._may_use_secret = may_use_secret

    def get_client_id(self) -> str:
        return self.client.name

    def get_default_redirect_uri(self) -> None:
        """There is none: the request names it."""

    def get_allowed_scope(self, scope: str | None) -> str:
        """What of ``scope`` the client may have; its own limits if nothing was asked."""
        wanted = set(scope_to_list(scope)) & self.scopes if scope else self.client.scopes
        return " ".join(sorted(wanted))

    def check_redirect_uri(self, address: str) -> bool:
        return address in self.client.redirects

    def check_client_secret(self, secret: str) -> bool:
        """Whether this is the secret that was shown when the client was added."""
        try:
            return _SECRETS.verify(self._secret_hash or "", secret)
        except (Argon2Error, InvalidHash):
            return False

    def check_endpoint_auth_method(self, method: str, _endpoint: str) -> bool:
        return method == ASSERTION_METHOD or (
            method == SECRET_METHOD and self._may_use_secret and self._secret_hash is not None
        )

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code" and bool(self.client.redirects)

    def check_grant_type(self, grant_type: str) -> bool:
        """A client that staff log in through does not act for itself."""
        return grant_type == ("authorization_code" if self.client.redirects else "client_credentials")


def secret_hash(secret: str) -> str:
    """What is kept of a client's secret."""
    return _SECRETS.hash(secret)


class Assertion(JWTBearerClientAssertion):  # type: ignore[misc]  # Authlib has no types
    """``private_key_jwt`` as FAPI 2.0 wants it: the issuer alone as audience, for minutes, used once."""

    CLIENT_AUTH_METHOD = ASSERTION_METHOD

    def __init__(self, issuer: str, once: Once) -> None:
        super().__init__(leeway=_CLOCK_DIFFERENCE_SECONDS)
        self._issuer = issuer
        self._once = once

    def get_audiences(self) -> list[str]:
        return [self._issuer]

    def extract_assertion(self, assertion: str) -> Any:
        if len(assertion) > _LONGEST_ASSERTION or not assertion.isascii():
            raise InvalidClientError(description="Invalid JWT assertion.")
        return super().extract_assertion(assertion)

    def resolve_client_public_key(self, client: Caller) -> KeySet:
        return key_set(client.client.keys)

    def process_assertion_claims(self, assertion: str, resolve_key: Any) -> Any:
        try:
            token = jwt.decode(assertion, resolve_key, algorithms=CLIENT_ALGORITHMS)
        except (JoseError, ValueError):
            raise InvalidClientError(description="The assertion is not signed by a key of this client.") from None
        self.verify_claims(token.claims)
        return token.claims

    def verify_claims(self, claims: Any) -> None:
        # A list of audiences would let one assertion be used at two servers.
        if claims.get("aud") != self._issuer:
            raise InvalidClientError(description="aud must be this server's issuer, as one string.")
        expires = claims.get("exp")
        if isinstance(expires, bool) or not isinstance(expires, int | float):
            raise InvalidClientError(description="Missing claim: 'exp'")
        if expires > now().timestamp() + _LONGEST_LIFE_SECONDS:
            raise InvalidClientError(description=f"exp is more than {_LONGEST_LIFE_SECONDS} s away.")
        super().verify_claims(claims)

    def validate_jti(self, claims: Mapping[str, Any], jti: object) -> bool:
        if not isinstance(jti, str) or not jti:
            return False
        expires = datetime.fromtimestamp(claims["exp"] + _CLOCK_DIFFERENCE_SECONDS, now().tzinfo)
        return self._once.use_assertion(claims["sub"], jti, expires)
