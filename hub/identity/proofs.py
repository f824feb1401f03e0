"""Proofs of possession (DPoP, RFC 9449): that whoever sends a token holds the key it is bound to, and says so now.

A proof must carry a nonce of this very process, and each can be used once with it: what a nonce has seen is forgotten
when the nonce is. So no proof is taken twice, however many processes serve, without asking the database; a client that
comes to another process is told that one's nonce and asks again.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlsplit

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey

from hub.clock import now
from hub.errors import AccessError
from hub.identity.client_keys import CLIENT_ALGORITHMS

PROOF_HEADER = "dpop"

_TYPE = "dpop+jwt"
_NONCE_LIFE = timedelta(seconds=60)  # and one more, as the former nonce
_MOST_PROOFS = 50_000  # under one nonce: bounds the memory
_OLDEST_SECONDS = 120
_FUTURE_SECONDS = 10  # FAPI 2.0: clocks differ by so much
_LONGEST_PROOF = 4096
_LONGEST_JTI = 128
_MOST_KEYS = 2_000
_DEFAULT_PORTS = {"http": 80, "https": 443}
_KINDS: dict[tuple[str, str], type[ECKey | OKPKey]] = {("EC", "P-256"): ECKey, ("OKP", "Ed25519"): OKPKey}


class ProofError(AccessError):
    """A proof that is missing, wrong or needs another nonce; ``nonce`` is the one to use."""

    def __init__(self, code: str, message: str, hint: str, nonce: str) -> None:
        super().__init__(code, message, hint, status=401)
        self.nonce = nonce


@dataclass(slots=True)
class _Nonce:
    text: str
    until: datetime
    used: set[str] = field(default_factory=set[str])


@dataclass(frozen=True, slots=True)
class _Key:
    key: ECKey | OKPKey
    thumbprint: str


class Proofs:
    """Checks proofs; one for each process."""

    def __init__(self, clock: Callable[[], datetime] = now) -> None:
        self._now = clock
        self._keys: dict[tuple[str, ...], _Key] = {}
        self._former: _Nonce | None = None
        self._current = self._made()

    def nonce(self) -> str:
        """The nonce to use now."""
        self._turn()
        return self._current.text

    def check(self, proof: str, method: str, url: str, token: str | None = None) -> str:
        """The RFC 7638 thumbprint of the key that made ``proof`` for this request, and for ``token`` if given.

        Raises ``ProofError`` PROOF_INVALID or PROOF_NONCE_NEEDED.
        """
        self._turn()
        if len(proof) > _LONGEST_PROOF or not proof.isascii():
            raise self._invalid("it is no JWT of a usual size")
        try:
            read = jwt.decode(proof, self._key_of, algorithms=CLIENT_ALGORITHMS)
            thumbprint = self._known(read.header["jwk"]).thumbprint
        except (JoseError, ValueError, KeyError, TypeError, AttributeError):
            raise self._invalid("it is not signed by the public key in its header") from None
        if read.header.get("typ") != _TYPE:
            raise self._invalid(f"its typ is not {_TYPE}")
        self._check_request(read.claims, method, url, token)
        self._use_once(read.claims, thumbprint)
        return thumbprint

    def _check_request(self, claims: Mapping[str, Any], method: str, url: str, token: str | None) -> None:
        if claims.get("htm") != method:
            raise self._invalid("htm is not this request's method")
        if _place(claims.get("htu")) != _place(url):
            raise self._invalid("htu is not this request's address")
        if token is not None and claims.get("ath") != digest_of(token):
            raise self._invalid("ath is not the digest of this access token")
        made = claims.get("iat")
        instant = self._now().timestamp()
        if isinstance(made, bool) or not isinstance(made, int | float):
            raise self._invalid("it has no iat")
        if not instant - _OLDEST_SECONDS <= made <= instant + _FUTURE_SECONDS:
            raise self._invalid("iat is not now")

    def _use_once(self, claims: Mapping[str, Any], thumbprint: str) -> None:
        jti = claims.get("jti")
        if not isinstance(jti, str) or not 1 <= len(jti) <= _LONGEST_JTI:
            raise self._invalid("it has no jti of a usual size")
        named = claims.get("nonce")
        nonce = next((held for held in (self._current, self._former) if held and held.text == named), None)
        if nonce is None:
            raise ProofError(
                "PROOF_NONCE_NEEDED",
                "The proof does not carry a nonce of this server.",
                "Make another proof with the nonce in the header DPoP-Nonce; most libraries do so by themselves.",
                self._current.text,
            )
        used = f"{thumbprint}.{jti}"
        if used in nonce.used:
            raise self._invalid("it was used before")
        nonce.used.add(used)

    def _key_of(self, signed: Any) -> Any:
        return self._known(signed.headers()["jwk"]).key

    def _known(self, given: Mapping[str, Any]) -> _Key:
        if "d" in given:
            raise ValueError("a private key")
        name = tuple(str(given.get(member)) for member in ("kty", "crv", "x", "y"))
        found = self._keys.get(name)
        if found is None:
            key = _KINDS[name[0], name[1]].import_key(dict(given))
            found = _Key(key, key.thumbprint())
            if len(self._keys) >= _MOST_KEYS:
                del self._keys[next(iter(self._keys))]
            self._keys[name] = found
        return found

    def _turn(self) -> None:
        if self._now() >= self._current.until or len(self._current.used) >= _MOST_PROOFS:
            is_recent = self._now() < self._current.until + _NONCE_LIFE
            self._former, self._current = (self._current if is_recent else None), self._made()

    def _made(self) -> _Nonce:
        return _Nonce(token_urlsafe(16), self._now() + _NONCE_LIFE)

    def _invalid(self, why: str) -> ProofError:
        return ProofError(
            "PROOF_INVALID",
            f"The proof in the header DPoP does not fit this request: {why}.",
            "Make a new proof for each request; examples/clients/ shows how.",
            self._current.text,
        )

    def missing(self) -> ProofError:
        """What is said where a proof is needed and none was sent."""
        return self._invalid("there is none, or more than one")


def digest_of(token: str) -> str:
    """The ``ath`` of an access token."""
    return urlsafe_b64encode(sha256(token.encode("ascii")).digest()).rstrip(b"=").decode()


def _place(url: object) -> tuple[object, ...]:
    """An address without query and fragment, its default port written out."""
    if not isinstance(url, str):
        return ()
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return ()
    return parts.scheme, parts.hostname, port, parts.path
