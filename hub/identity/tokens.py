"""Access tokens (RFC 9068): made for somebody in the register, verified once, looked up in the register every time.

A token says who it was made for. Role, region and purposes are the register's, as it stands when the token is used.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Any, Protocol

from joserfc import jwt
from joserfc.errors import JoseError

from hub.actor import Actor, Purpose
from hub.clock import now
from hub.errors import AccessError
from hub.identity.clients import CONSOLE, Client, Register, Staff, Standing
from hub.identity.keys import SIGNING_ALGORITHM, KeyRing
from hub.identity.once import Session
from hub.identity.proofs import PROOF_HEADER, Proofs

LONGEST_LIFE = timedelta(minutes=10)
LONGEST_BEARER_LIFE = timedelta(hours=12)
PURPOSE_HEADER = "data-purpose"
TOKEN_TYPE = "at+jwt"  # noqa: S105  # RFC 9068's media type

_MOST_REMEMBERED = 10_000
_LONGEST_TOKEN = 4096
_CLOCK_DIFFERENCE_SECONDS = 10  # FAPI 2.0: up to this far in the future is taken

_NOTHING = frozenset({"nothing"})  # a scope that no item has
_PURPOSES = {purpose.value: purpose for purpose in Purpose}


class RegisterView(Protocol):
    """The register as this process keeps it."""

    @property
    def value(self) -> Register: ...


@dataclass(frozen=True, slots=True)
class Identified:
    """Whose token it is, as far as the token and its proof tell."""

    client: str
    staff: str | None
    generations: tuple[int, int]  # of the client, of the member of staff
    scopes: frozenset[str]
    token_id: str
    expires: datetime
    key_thumbprint: str | None = None


@dataclass(frozen=True, slots=True)
class Issued:
    """A token ready to hand out."""

    text: str
    token_id: str
    expires: datetime


class Tokens:
    """Issues and checks access tokens of one issuer."""

    def __init__(
        self,
        keys: KeyRing,
        register: RegisterView,
        issuer: str,
        *,
        bearers: Collection[str] = (),
        version: Callable[[], int] = lambda: 0,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._keys = keys
        self._register = register
        self.issuer = issuer
        self.proofs = Proofs(clock)
        self._bearers = frozenset(bearers)
        self._version = version
        self._now = clock
        self._verified: dict[str, Identified] = {}
        self._verified_with: tuple[str, ...] = ()

    @property
    def version(self) -> int:
        """The version of who may do what that this process has read."""
        return self._version()

    def published_keys(self) -> dict[str, Any]:
        """The keys to check tokens with, as a JWK set."""
        return self._keys.published()

    def issue(self, name: str, life: timedelta = LONGEST_LIFE) -> str:
        """A bearer token for a client that a setting lets use one without proof of its key."""
        client = self._register.value.clients.get(name)
        if client is None or client.is_ended:
            raise _client_unknown(self._register.value)
        if name not in self._bearers:
            raise _bearer_refused()
        return self.grant(client, client.scopes, life=min(life, LONGEST_BEARER_LIFE)).text

    def grant(
        self,
        client: Client,
        scopes: frozenset[str],
        *,
        staff: Standing | None = None,
        key_thumbprint: str | None = None,
        life: timedelta = LONGEST_LIFE,
    ) -> Issued:
        """A token for ``client``, acting for ``staff`` if given; bound to a key if its RFC 7638 thumbprint is given."""
        issued = self._now()
        expires = issued + life
        token_id = token_urlsafe(16)
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": self.issuer,
            "sub": staff.name if staff else client.name,
            "client_id": client.name,
            "iat": int(issued.timestamp()),
            "exp": int(expires.timestamp()),
            "jti": token_id,
            "scope": " ".join(sorted(scopes)),
            "generation": [client.generation, staff.generation if staff else 0],
        }
        if staff:
            claims["staff"] = staff.name
        if key_thumbprint:
            claims["cnf"] = {"jkt": key_thumbprint}
        key = self._keys.signing
        header = {"alg": SIGNING_ALGORITHM, "typ": TOKEN_TYPE, "kid": key.kid}
        return Issued(jwt.encode(header, claims, key, algorithms=[SIGNING_ALGORITHM]), token_id, expires)

    def actor(self, name: str, purpose: str) -> Actor:
        """The client called ``name`` without a token: for whoever holds the installation itself."""
        client = self._register.value.clients.get(name)
        if client is None or client.is_ended:
            raise _client_unknown(self._register.value)
        return self._actor(client, client, None, client.scopes, None, purpose)

    def member(self, session: Session) -> Staff:
        """Who a session of this hub's own page belongs to, if they may still log in and their secrets are the same."""
        staff = self._register.value.staff.get(session.staff or "")
        if staff is None or staff.is_ended or staff.generation != session.parameters.get("generation"):
            raise _revoked()
        return staff

    def member_actor(self, session: Session, purpose: str) -> Actor:
        """A member of staff at the hub's own page."""
        staff = self.member(session)
        page = Client(CONSOLE, staff.role, staff.region, purposes=staff.purposes)
        return self._actor(page, staff, staff.name, staff.scopes, session.digest.hex()[:32], purpose)

    def authenticate(self, headers: Mapping[str, str], method: str = "POST", path: str = "/graphql") -> Actor:
        """Who sent ``headers`` (names in lower case), and what for."""
        return self.authorise(self.identify(headers, method, path), headers)

    def identify(self, headers: Mapping[str, str], method: str = "POST", path: str = "/graphql") -> Identified:
        """Whose token ``headers`` carry, with the proof for this request if the token is bound to a key.

        To be asked once for each request: a proof is used up.
        """
        kind, _, token = headers.get("authorization", "").partition(" ")
        kind = kind.lower()
        if kind not in {"bearer", "dpop"} or not token:
            raise AccessError(
                "TOKEN_MISSING",
                "The request carries no access token.",
                "Send the header Authorization with a token of this hub; docs/clients.md says how to get one.",
                status=401,
            )
        identified = self.verified(token)
        bound = identified.key_thumbprint
        if (bound is not None) != (kind == "dpop"):
            raise _unbound(is_bound=bound is not None)
        if bound is not None:
            if PROOF_HEADER not in headers:
                raise self.proofs.missing()
            if self.proofs.check(headers[PROOF_HEADER], method, f"{self.issuer}{path}", token) != bound:
                raise AccessError(
                    "TOKEN_KEY_DIFFERS",
                    "The token is bound to another key than the one that made the proof.",
                    "Use the key with which the token was fetched.",
                    status=401,
                )
        return identified

    def verified(self, token: str) -> Identified:
        """Whose token this is, if this hub made it and it has not expired."""
        if self._keys.known is not self._verified_with:  # a key that was taken away ends its tokens
            self._verified.clear()
            self._verified_with = self._keys.known
        found = self._verified.get(token)
        if found is None:
            found = self._verify(token)
            if len(self._verified) >= _MOST_REMEMBERED:
                del self._verified[next(iter(self._verified))]
            self._verified[token] = found
        if found.expires <= self._now():
            self._verified.pop(token, None)
            raise AccessError("TOKEN_EXPIRED", "The token has expired.", "Get a new one.", status=401)
        return found

    def authorise(self, identified: Identified, headers: Mapping[str, str]) -> Actor:
        """What the register lets ``identified`` be today, for the purpose that ``headers`` name.

        May be asked again with the same ``identified`` when the register has changed.
        """
        client, who = self.standing(identified)
        return self._actor(
            client, who, identified.staff, identified.scopes, identified.token_id, headers.get(PURPOSE_HEADER)
        )

    def _actor(
        self,
        client: Client,
        who: Standing,
        staff: str | None,
        scopes: frozenset[str],
        token_id: str | None,
        named: str | None,
    ) -> Actor:
        purpose = _purpose(named)
        if purpose not in who.purposes or purpose not in client.purposes:
            raise AccessError(
                "PURPOSE_REFUSED",
                "This caller may not ask for this purpose.",
                f"It may ask for: {', '.join(sorted(who.purposes & client.purposes)) or 'nothing'}.",
                status=403,
            )
        return Actor(
            client.name,
            who.role,
            who.region,
            purpose,
            who.agency,
            staff=staff,
            scopes=narrowed(scopes, who.scopes),
            token_id=token_id,
            authority=self._version(),
        )

    def standing(self, identified: Identified) -> tuple[Client, Standing]:
        """The client, and who asks: the client itself or a member of staff. Refuses what was ended or withdrawn."""
        register = self._register.value
        client = register.clients.get(identified.client)
        who: Standing | None = client
        if identified.staff is not None:
            who = register.staff.get(identified.staff)
        is_void = (
            client is None
            or who is None
            or client.is_ended
            or who.is_ended
            or identified.token_id in register.revoked
            or client.generation != identified.generations[0]
            or (identified.staff is not None and who.generation != identified.generations[1])
        )
        if is_void or client is None or who is None:
            raise _revoked()
        if identified.key_thumbprint is None and client.name not in self._bearers:
            raise _bearer_refused()
        return client, who

    def _verify(self, token: str) -> Identified:
        if len(token) > _LONGEST_TOKEN or not token.isascii():
            raise _invalid()
        try:
            read = jwt.decode(token, self._key_of, algorithms=[SIGNING_ALGORITHM])
            header, claims = read.header, read.claims
            issued, expires = _instant(claims["iat"]), _instant(claims["exp"])
            bound = claims.get("cnf")
            identified = Identified(
                _word(claims["client_id"]),
                _word(claims["staff"]) if "staff" in claims else None,
                (int(claims["generation"][0]), int(claims["generation"][1])),
                frozenset(_word(claims["scope"]).split()),
                _word(claims["jti"]),
                datetime.fromtimestamp(expires, self._now().tzinfo),
                None if bound is None else _word(bound["jkt"]),
            )
        except (JoseError, ValueError, KeyError, TypeError, IndexError, OverflowError):
            raise _invalid() from None
        is_ours = claims.get("iss") == self.issuer and claims.get("aud") == self.issuer
        most = LONGEST_BEARER_LIFE if identified.key_thumbprint is None else LONGEST_LIFE
        if header.get("typ") != TOKEN_TYPE or not is_ours or not 0 <= expires - issued <= most.total_seconds():
            raise _invalid()
        if issued > self._now().timestamp() + _CLOCK_DIFFERENCE_SECONDS:
            raise _invalid()
        return identified

    def _key_of(self, signed: Any) -> Any:
        key = self._keys.find(signed.headers().get("kid"))
        if key is None:
            raise ValueError("no key of this hub")
        return key


def narrowed(one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    """What both sets of scopes allow. An empty one does not narrow; two that share nothing allow nothing."""
    if not one or not other:
        return one or other
    return one & other or _NOTHING


def _word(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _instant(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError
    return value


def _purpose(named: str | None) -> Purpose:
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


def _client_unknown(register: Register) -> AccessError:
    names = ", ".join(name for name, client in register.clients.items() if not client.is_ended)
    return AccessError(
        "TOKEN_CLIENT_UNKNOWN",
        "There is no such client.",
        f"Choose one of: {names}." if names else "Add one: `hub client add`, or run `hub demo`.",
        status=400,
    )


def _revoked() -> AccessError:
    return AccessError(
        "TOKEN_REVOKED",
        "The token, its client or its member of staff was revoked, or its keys were exchanged.",
        "Get a new token, if you still may.",
        status=401,
    )


def _unbound(*, is_bound: bool) -> AccessError:
    if is_bound:
        return AccessError(
            "TOKEN_PROOF_MISSING",
            "The token is bound to a key and was sent without its proof.",
            "Send it as Authorization: DPoP …, with a proof in the header DPoP.",
            status=401,
        )
    return AccessError(
        "TOKEN_UNBOUND",
        "A proof was sent with a token that is bound to no key.",
        "Fetch the token with a proof; docs/clients.md shows how.",
        status=401,
    )


def _bearer_refused() -> AccessError:
    return AccessError(
        "TOKEN_UNBOUND",
        "This client's tokens must be bound to a key of its own (DPoP, RFC 9449).",
        "Let the client fetch its token itself; docs/clients.md and examples/clients/ show how.",
        status=401,
    )


def _invalid() -> AccessError:
    return AccessError(
        "TOKEN_INVALID",
        "The token was not made by this hub, or not for this use.",
        "Get a new one; docs/clients.md says how.",
        status=401,
    )
