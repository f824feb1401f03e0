"""What may be used once, or only for a while: kept as digests, so that the database holds nothing that opens a door."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any

from hub.clock import now
from hub.identity.desk import Desk

CODE_LIFE = timedelta(seconds=60)
PUSHED_LIFE = timedelta(seconds=90)
# A used code is remembered longer than it was good for: using it again withdraws its token.
_CODE_REMEMBERED = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Code:
    """An authorization code as it was given out."""

    digest: bytes
    client: str
    staff: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Session:
    """A browser's session: ``login`` while somebody logs in, ``console`` afterwards."""

    digest: bytes
    kind: str
    staff: str | None
    parameters: Mapping[str, Any]
    expires: datetime


def digest_of(secret: str) -> bytes:
    """What is kept of a secret that was drawn at random."""
    return sha256(secret.encode()).digest()


class Once:
    """Gives such things out and takes them back."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._county = desk.county

    def use_assertion(self, client: str, jti: str, expires: datetime) -> bool:
        """Whether this client's ``jti`` was never used before; it is now."""
        with self._desk.open() as connection:
            connection.execute(
                "delete from identity.used_assertion where county = %s and expires_at < %s", (self._county, now())
            )
            done = connection.execute(
                "insert into identity.used_assertion (county, digest, expires_at) values (%s, %s, %s) "
                "on conflict do nothing",
                (self._county, digest_of(f"{client} {jti}"), expires),
            )
            return done.rowcount == 1

    def push(self, client: str, parameters: Mapping[str, Any]) -> str:
        """Keep an authorization request; the secret part of its ``request_uri``."""
        secret = token_urlsafe(32)
        with self._desk.open() as connection:
            connection.execute(
                "delete from identity.pushed_request where county = %s and expires_at < %s", (self._county, now())
            )
            connection.execute(
                "insert into identity.pushed_request (county, digest, client, parameters, expires_at) "
                "values (%s, %s, %s, %s, %s)",
                (self._county, digest_of(secret), client, json.dumps(dict(parameters)), now() + PUSHED_LIFE),
            )
        return secret

    def take_pushed(self, secret: str, client: str) -> Mapping[str, Any] | None:
        """The authorization request that ``client`` pushed; it is forgotten."""
        with self._desk.open() as connection:
            row = connection.execute(
                "delete from identity.pushed_request where county = %s and digest = %s and client = %s "
                "returning parameters, expires_at",
                (self._county, digest_of(secret), client),
            ).fetchone()
        return json.loads(row[0]) if row is not None and row[1] > now() else None

    def give_code(self, client: str, staff: str, parameters: Mapping[str, Any]) -> str:
        """A code to exchange for a token within ``CODE_LIFE``."""
        secret = token_urlsafe(32)
        with self._desk.open() as connection:
            connection.execute(
                "delete from identity.code where county = %s and expires_at < %s",
                (self._county, now() - _CODE_REMEMBERED),
            )
            connection.execute(
                "insert into identity.code (county, digest, client, staff, parameters, expires_at) "
                "values (%s, %s, %s, %s, %s, %s)",
                (self._county, digest_of(secret), client, staff, json.dumps(dict(parameters)), now() + CODE_LIFE),
            )
        return secret

    def find_code(self, secret: str, client: str) -> Code | None:
        """The code, if it is good, unused and this client's. One used before withdraws the token it was used for."""
        digest = digest_of(secret)
        with self._desk.open() as connection:
            row = connection.execute(
                "select client, staff, parameters, expires_at, token_id from identity.code "
                "where county = %s and digest = %s",
                (self._county, digest),
            ).fetchone()
            if row is None or row[0] != client:
                return None
            if row[4] is not None:
                connection.execute(
                    "insert into identity.revoked_token (county, token_id, expires_at) values (%s, %s, %s) "
                    "on conflict do nothing",
                    (self._county, row[4], row[3] + _CODE_REMEMBERED),
                )
                return None
        return Code(digest, row[0], row[1], json.loads(row[2])) if row[3] > now() else None

    def use_code(self, code: Code, token_id: str) -> bool:
        """Mark the code as used for a token; false if somebody was faster."""
        with self._desk.open() as connection:
            done = connection.execute(
                "update identity.code set token_id = %s where county = %s and digest = %s and token_id is null",
                (token_id, self._county, code.digest),
            )
            return done.rowcount == 1

    def start_session(self, kind: str, life: timedelta, parameters: Mapping[str, Any], staff: str | None = None) -> str:
        """A new session; its secret, for a cookie."""
        secret = token_urlsafe(32)
        with self._desk.open() as connection:
            connection.execute(
                "delete from identity.session where county = %s and expires_at < %s", (self._county, now())
            )
            connection.execute(
                "insert into identity.session (county, digest, kind, staff, parameters, expires_at) "
                "values (%s, %s, %s, %s, %s, %s)",
                (self._county, digest_of(secret), kind, staff, json.dumps(dict(parameters)), now() + life),
            )
        return secret

    def find_session(self, secret: str, kind: str) -> Session | None:
        """The session of a cookie, unless it has expired."""
        with self._desk.open() as connection:
            row = connection.execute(
                "select staff, parameters, expires_at from identity.session "
                "where county = %s and digest = %s and kind = %s and expires_at > %s",
                (self._county, digest_of(secret), kind, now()),
            ).fetchone()
        return None if row is None else Session(digest_of(secret), kind, row[0], json.loads(row[1]), row[2])

    def end_session(self, digest: bytes) -> bool:
        """Forget a session; false if somebody was faster."""
        with self._desk.open() as connection:
            done = connection.execute(
                "delete from identity.session where county = %s and digest = %s", (self._county, digest)
            )
            return done.rowcount == 1
