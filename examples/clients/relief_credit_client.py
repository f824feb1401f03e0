r"""A client of the relief credit hub, to be copied. Needs Python 3.11, httpx and joserfc; nothing of the hub itself.

    python relief_credit_client.py keys bank-system.key.json          # once; prints what the hub's operator needs
    python relief_credit_client.py ask bank-system --hub https://hub.example --purpose loan-review \
        --keys bank-system.key.json '{ me { client role region } }'

Two things prove who asks. A *client assertion* (RFC 7523), signed with the client's key, gets an access token that is
good for ten minutes. A *proof* (DPoP, RFC 9449), signed with a key that never leaves this process, goes with every
request: a token that somebody else gets hold of is of no use to them.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from base64 import urlsafe_b64encode
from hashlib import sha256
from pathlib import Path
from secrets import token_urlsafe
from typing import Any, Self

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey

ALGORITHM = "ES256"
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_RENEW_SECONDS_BEFORE = 30


class HubRefused(Exception):  # noqa: N818
    """The hub said no; ``code`` is stable, ``hint`` says what to do."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(f"{code}: {message} {hint}".strip())
        self.code = code


class HubClient:
    """Asks one hub as one client. Keep it: a token is used for ten minutes, a connection for longer."""

    def __init__(self, hub: str, name: str, key: ECKey, http: httpx.Client | None = None) -> None:
        self._name = name
        self._key = key
        self._proof_key = ECKey.generate_key("P-256")
        self._public = self._proof_key.as_dict(private=False)
        self._http = http or httpx.Client(timeout=30)
        self._server = self._get_metadata(hub.rstrip("/"))
        self._nonce = ""
        self._token = ""
        self._good_until = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def ask(self, query: str, purpose: str, **variables: Any) -> dict[str, Any]:
        """The data of an answer. Raises ``HubRefused``."""
        body = {"query": query, "variables": variables}
        response = self._send(f"{self._server['issuer']}/graphql", purpose, body)
        held = response.json()
        for error in held.get("errors", []):
            extensions = error.get("extensions", {})
            raise HubRefused(extensions.get("code", "?"), error["message"], extensions.get("hint", ""))
        data: dict[str, Any] = held["data"]
        return data

    def export(self, dataset: str, purpose: str, **options: Any) -> bytes:
        """All rows of a list, such as ``loans``, as the format that ``options`` names."""
        return self._send(f"{self._server['issuer']}/export/{dataset}", purpose, options).content

    def token(self) -> str:
        """An access token, fetched when there is none that is good for a while yet."""
        if time.monotonic() < self._good_until:
            return self._token
        response = self._fetch_token()
        if response.json().get("error") == "use_dpop_nonce":  # the first answer only tells the nonce to use
            response = self._fetch_token()
        held = response.json()
        if response.status_code != 200:
            raise HubRefused(held["error"], held.get("error_description", ""))
        self._token = held["access_token"]
        self._good_until = time.monotonic() + held["expires_in"] - _RENEW_SECONDS_BEFORE
        return self._token

    def _fetch_token(self) -> httpx.Response:
        url = self._server["token_endpoint"]
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": _ASSERTION,
            "client_assertion": self._assertion(),
        }
        response = self._http.post(url, data=form, headers={"DPoP": self._proof("POST", url)})
        self._remember_nonce(response)
        return response

    def _send(self, url: str, purpose: str, body: Any) -> httpx.Response:
        response = self._post(url, purpose, body)
        if "use_dpop_nonce" in response.headers.get("www-authenticate", ""):
            response = self._post(url, purpose, body)
        if response.status_code == 401:
            self._good_until = 0.0  # revoked, or the key was exchanged: the next request fetches a new one
        return response

    def _post(self, url: str, purpose: str, body: Any) -> httpx.Response:
        token = self.token()
        headers = {"Authorization": f"DPoP {token}", "DPoP": self._proof("POST", url, token), "Data-Purpose": purpose}
        response = self._http.post(url, json=body, headers=headers)
        self._remember_nonce(response)
        return response

    def _get_metadata(self, hub: str) -> dict[str, Any]:
        response = self._http.get(f"{hub}/.well-known/oauth-authorization-server")
        response.raise_for_status()
        held: dict[str, Any] = response.json()
        if held["issuer"] != hub:  # RFC 8414 §3.3: otherwise it may be somebody else's
            raise HubRefused("ISSUER_DIFFERS", f"The hub at {hub} calls itself {held['issuer']}.")
        return held

    def _assertion(self) -> str:
        moment = int(time.time())
        claims = {
            "iss": self._name,
            "sub": self._name,
            "aud": self._server["issuer"],
            "iat": moment,
            "exp": moment + 60,
            "jti": token_urlsafe(16),
        }
        return jwt.encode({"alg": ALGORITHM, "kid": self._key.kid}, claims, self._key, algorithms=[ALGORITHM])

    def _proof(self, method: str, url: str, token: str = "") -> str:
        claims: dict[str, Any] = {"jti": token_urlsafe(16), "htm": method, "htu": url, "iat": int(time.time())}
        if self._nonce:
            claims["nonce"] = self._nonce
        if token:
            claims["ath"] = urlsafe_b64encode(sha256(token.encode()).digest()).rstrip(b"=").decode()
        header = {"alg": ALGORITHM, "typ": "dpop+jwt", "jwk": self._public}
        return jwt.encode(header, claims, self._proof_key, algorithms=[ALGORITHM])

    def _remember_nonce(self, response: httpx.Response) -> None:
        self._nonce = response.headers.get("dpop-nonce", self._nonce)


def make_keys(path: Path) -> dict[str, Any]:
    """Write a new private key to ``path``, readable by its owner alone; the public half as a JWK set."""
    key = ECKey.generate_key("P-256")
    key.ensure_kid()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(key.as_dict(private=True), file)
    return {"keys": [key.as_dict(private=False)]}


def read_key(path: Path) -> ECKey:
    """The key that ``make_keys`` wrote."""
    key = ECKey.import_key(json.loads(path.read_text("utf-8")))
    key.ensure_kid()
    return key


def main() -> None:
    """The command line in this file's head."""
    parser = argparse.ArgumentParser(description="Ask the relief credit hub.")
    commands = parser.add_subparsers(dest="command", required=True)
    keys = commands.add_parser("keys", help="make a key; prints the public half for `hub client add --keys`")
    keys.add_argument("file", type=Path)
    ask = commands.add_parser("ask", help="ask a question")
    ask.add_argument("name")
    ask.add_argument("query")
    ask.add_argument("--hub", required=True)
    ask.add_argument("--purpose", required=True)
    ask.add_argument("--keys", type=Path, required=True)
    given = parser.parse_args()
    if given.command == "keys":
        print(json.dumps(make_keys(given.file)))
        return
    try:
        with HubClient(given.hub, given.name, read_key(given.keys)) as hub:
            print(json.dumps(hub.ask(given.query, given.purpose), ensure_ascii=False, indent=2))
    except HubRefused as refused:
        sys.exit(f"error {refused}")


if __name__ == "__main__":
    main()
