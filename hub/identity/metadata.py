"""What the server says of itself (RFC 8414), so that clients need no other configuration than its address."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hub.identity.client_keys import CLIENT_ALGORITHMS

METADATA_PATH = "/.well-known/oauth-authorization-server"
JWKS_PATH = "/oauth/jwks"
TOKEN_PATH = "/oauth/token"  # noqa: S105  # an address
PUSH_PATH = "/oauth/par"
AUTHORIZE_PATH = "/oauth/authorize"
REVOKE_PATH = "/oauth/revoke"
INTROSPECT_PATH = "/oauth/introspect"


def metadata(issuer: str, scopes: Iterable[str]) -> dict[str, Any]:
    """The metadata document of ``issuer``."""
    algorithms = list(CLIENT_ALGORITHMS)
    methods = {
        f"{endpoint}_endpoint_auth_{what}_supported": values
        for endpoint in ("token", "revocation", "introspection")
        for what, values in (("methods", ["private_key_jwt"]), ("signing_alg_values", algorithms))
    }
    return {
        "issuer": issuer,
        "authorization_endpoint": issuer + AUTHORIZE_PATH,
        "token_endpoint": issuer + TOKEN_PATH,
        "jwks_uri": issuer + JWKS_PATH,
        "pushed_authorization_request_endpoint": issuer + PUSH_PATH,
        "require_pushed_authorization_requests": True,
        "revocation_endpoint": issuer + REVOKE_PATH,
        "introspection_endpoint": issuer + INTROSPECT_PATH,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "client_credentials"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "dpop_signing_alg_values_supported": algorithms,
        "scopes_supported": sorted(scopes),
        "ui_locales_supported": ["zh", "en"],
        **methods,
    }
