"""Parties of the protocol for tests: a client with a key of its own, whose every word can be changed."""

from __future__ import annotations

import hmac
import importlib.util
import json
import sys
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_urlsafe
from types import ModuleType
from typing import Any

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey

from hub.clock import now
from hub.identity.proofs import digest_of
from hub.identity.typed import client_of
from tests.support.database import COUNTY
from tests.support.hub import Hub

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def example_client() -> ModuleType:
    """``examples/clients/relief_credit_client.py``, as an agency would import it."""
    path = Path(__file__).parents[2] / "examples/clients/relief_credit_client.py"
    spec = importlib.util.spec_from_file_location("relief_credit_client", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def seconds() -> int:
    return int(now().timestamp())


def signed(claims: Mapping[str, Any], key: Any, **header: Any) -> str:
    algorithm = header.setdefault("alg", "ES256" if isinstance(key, ECKey) else "EdDSA")
    given = {name: value for name, value in header.items() if value is not None}
    return jwt.encode(given, {k: v for k, v in claims.items() if v is not None}, key, algorithms=[algorithm])


@dataclass
class Party:
    """A registered client. ``None`` for a claim or a field leaves it out."""

    name: str
    http: httpx.Client
    key: ECKey | OKPKey = field(default_factory=lambda: ECKey.generate_key("P-256"))
    proof_key: ECKey | OKPKey = field(default_factory=lambda: ECKey.generate_key("P-256"))
    nonce: str | None = None

    def __post_init__(self) -> None:
        self.key.ensure_kid()
        self.issuer = str(self.http.base_url).rstrip("/")
        self.graphql = f"{self.issuer}/graphql"

    @property
    def jwks(self) -> str:
        return json.dumps({"keys": [self.key.as_dict(private=False)]})

    def assertion(self, *, key: Any = None, header: Mapping[str, Any] | None = None, **claims: Any) -> str:
        moment = seconds()
        held = {
            "iss": self.name,
            "sub": self.name,
            "aud": self.issuer,
            "iat": moment,
            "exp": moment + 60,
            "jti": token_urlsafe(8),
        }
        return signed(held | claims, key or self.key, **{"kid": self.key.kid, **(header or {})})

    def proof(
        self,
        token: str | None = None,
        *,
        url: str | None = None,
        key: Any = None,
        header: Mapping[str, Any] | None = None,
        **claims: Any,
    ) -> str:
        held = {
            "jti": token_urlsafe(8),
            "htm": "POST",
            "htu": url or self.graphql,
            "iat": seconds(),
            "nonce": self.nonce,
            "ath": digest_of(token) if token else None,
        }
        jwk = self.proof_key.as_dict(private=False)
        return signed(held | claims, key or self.proof_key, **{"typ": "dpop+jwt", "jwk": jwk, **(header or {})})

    def form(self, **fields: str | None) -> dict[str, str]:
        held = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": None if "client_assertion" in fields else self.assertion(),
        }
        return {name: value for name, value in (held | fields).items() if value is not None}

    def post(self, path: str = "/oauth/token", *, proof: str | None = "", **fields: str | None) -> httpx.Response:
        """One request; with a good proof unless another, or none, is given."""
        self.learn_nonce()
        made = self.proof(url=f"{self.issuer}{path}") if proof == "" else proof
        headers = {} if made is None else {"dpop": made}
        return self.http.post(path, data=self.form(**fields), headers=headers)

    def learn_nonce(self) -> None:
        if self.nonce is None:
            asked = self.http.post("/oauth/token", data={"grant_type": "x"}, headers={"dpop": self.proof(url="x")})
            self.nonce = asked.headers["dpop-nonce"]

    def token(self) -> str:
        response = self.post()
        assert response.status_code == 200, response.text
        found: str = response.json()["access_token"]
        return found

    def ask(
        self, token: str, *, proof: str | None = "", scheme: str = "DPoP", query: str = "{ me { client role region } }"
    ) -> httpx.Response:
        made = self.proof(token) if proof == "" else proof
        headers = {"authorization": f"{scheme} {token}", "data-purpose": "loan-review"}
        if made is not None:
            headers["dpop"] = made
        return self.http.post("/graphql", json={"query": query}, headers=headers)


def register(hub: Hub, party: Party, **given: Any) -> Party:
    standing = {"name": party.name, "role": "agency-system", "region": COUNTY, "agency": "BANK"}
    redirects, scopes = given.pop("redirects", ()), given.pop("scopes", ())
    hub.books.add_client(client_of(standing | given, party.jwks, ["loan-review"], redirects, scopes))
    return party


def confused(claims: Mapping[str, Any], key: ECKey | OKPKey, **header: Any) -> str:
    """A JWT whose HMAC secret is the text of a public key: whoever trusts the header's ``alg`` takes it."""
    signed_part = unsecured(claims, **header | {"alg": "HS256"}).rstrip(".")
    made = hmac.digest(key.as_pem(private=False), signed_part.encode(), "sha256")
    return f"{signed_part}.{urlsafe_b64encode(made).rstrip(b'=').decode()}"


def unsecured(claims: Mapping[str, Any], **header: Any) -> str:
    """A JWT with ``alg: none``, which no library makes by accident."""
    parts = (json.dumps({"alg": "none"} | header), json.dumps(dict(claims)))
    return ".".join(urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in parts) + "."


def claims_in(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    found: dict[str, Any] = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found
