"""Bearer tokens: signed by a key in the data folder, checked against the known clients, remembered till they expire."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from hub.actor import Actor, Purpose
from hub.clock import now
from hub.errors import AccessError, SettingError
from hub.identity.clients import Client

LONGEST_LIFE = timedelta(hours=12)
PURPOSE_HEADER = "data-purpose"

_ALGORITHM = "Ed25519"
_ISSUER = "relief-credit-hub"
_KEY_FILE = "token-key.pem"
_MOST_REMEMBERED = 10_000
_LONGEST_TOKEN = 4096

_PURPOSES = {purpose.value: purpose for purpose in Purpose}


def signing_key(folder: Path) -> OKPKey:
    """The key of this installation; made on first use, readable by its owner alone."""
    path = folder / _KEY_FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read_key(path)
    except OSError:
        raise _key_unusable() from None
    made = OKPKey.generate_key("Ed25519")
    with os.fdopen(descriptor, "wb") as file:
        file.write(made.as_pem(private=True))
    return made


def _read_key(path: Path) -> OKPKey:
    try:
        return OKPKey.import_key(path.read_bytes())
    except (OSError, ValueError, JoseError):
        raise _key_unusable() from None


def _key_unusable() -> SettingError:
    return SettingError(
        "SETTING_KEY_UNUSABLE",
        f"The data folder's {_KEY_FILE} cannot be read or written.",
        "Make the data folder writable, or remove the file: a new key is made, and old tokens end.",
    )


@dataclass(frozen=True, slots=True)
class _Verified:
    client: Client
    expires: datetime


class Tokens:
    """Issues and checks tokens."""

    def __init__(self, key: OKPKey, clients: Mapping[str, Client], clock: Callable[[], datetime] = now) -> None:
        self._key = key
        self._clients = clients
        self._now = clock
        self._verified: dict[str, _Verified] = {}

    def issue(self, name: str, life: timedelta = LONGEST_LIFE) -> str:
        """A token for the client called ``name``."""
        if name not in self._clients:
            raise AccessError(
                "TOKEN_CLIENT_UNKNOWN",
                "There is no such client.",
                f"Choose one of: {', '.join(self._clients)}.",
                status=400,
            )
        issued = self._now()
        expires = issued + min(life, LONGEST_LIFE)
        claims = {"iss": _ISSUER, "sub": name, "iat": int(issued.timestamp()), "exp": int(expires.timestamp())}
        return jwt.encode({"alg": _ALGORITHM}, claims, self._key, algorithms=[_ALGORITHM])

    def authenticate(self, headers: Mapping[str, str]) -> Actor:
        """Who sent ``headers`` (names in lower case), and what for."""
        verified = self._bearer(headers.get("authorization"))
        client = verified.client
        return Actor(client.name, client.role, client.region, _purpose(headers), client.agency)

    def _bearer(self, header: str | None) -> _Verified:
        kind, _, token = (header or "").partition(" ")
        if kind.lower() != "bearer" or not token:
            raise AccessError(
                "TOKEN_MISSING",
                "The request carries no bearer token.",
                "Send the header Authorization: Bearer …; `hub token --as NAME` prints one.",
                status=401,
            )
        found = self._verified.get(token)
        if found is None:
            found = self._verify(token)
            if len(self._verified) >= _MOST_REMEMBERED:
                self._verified.clear()
            self._verified[token] = found
        if found.expires <= self._now():
            self._verified.pop(token, None)
            raise AccessError(
                "TOKEN_EXPIRED", "The token has expired.", "Get a new one: `hub token --as NAME`.", status=401
            )
        return found

    def _verify(self, token: str) -> _Verified:
        if len(token) > _LONGEST_TOKEN or not token.isascii():
            raise _invalid()
        try:
            claims: dict[str, Any] = jwt.decode(token, self._key, algorithms=[_ALGORITHM]).claims
            client = self._clients[claims["sub"]]
            issued, expires = int(claims["iat"]), int(claims["exp"])
        except (JoseError, ValueError, KeyError, TypeError):
            raise _invalid() from None
        if claims.get("iss") != _ISSUER or not 0 <= expires - issued <= LONGEST_LIFE.total_seconds():
            raise _invalid()
        zone = self._now().tzinfo
        if issued > self._now().timestamp() + 60:
            raise _invalid()
        return _Verified(client, datetime.fromtimestamp(expires, zone))


def _purpose(headers: Mapping[str, str]) -> Purpose:
    named = headers.get(PURPOSE_HEADER)
    known = ", ".join(_PURPOSES)
    if not named:
        raise AccessError(
            "PURPOSE_MISSING",
            "The request does not say what the answer is wanted for.",
            f"Send the header Data-Purpose with one of: {known}.",
            status=400,
        )
    purpose = _PURPOSES.get(named)
    if purpose is None:
        raise AccessError(
            "PURPOSE_UNKNOWN", "Data-Purpose names no known purpose.", f"Send one of: {known}.", status=400
        )
    return purpose


def _invalid() -> AccessError:
    return AccessError(
        "TOKEN_INVALID",
        "The token was not made by this hub, or not for a client it knows.",
        "Get a new one: `hub token --as NAME`.",
        status=401,
    )
