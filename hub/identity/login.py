"""Logging in: a password, a second factor, and a lock that makes guessing slow.

Every try is counted before it is judged, under the account's own row, so that trying in parallel gains nothing. An
unknown name costs as much time as a known one and is answered alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from secrets import token_urlsafe
from threading import BoundedSemaphore

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHash

from hub.clock import now
from hub.errors import AccessError
from hub.identity.desk import Desk
from hub.identity.seeds import Seeds

FREE_TRIES = 3
LONGEST_LOCK = timedelta(minutes=15)

_FORGOTTEN_AFTER = timedelta(days=1)
_STEP_SECONDS = 30
_WINDOW_STEPS = 1  # clocks of telephones differ
_LONGEST_PASSWORD = 200
_PASSWORDS = PasswordHasher()  # argon2id with RFC 9106's second recommended parameters
_AT_ONCE = BoundedSemaphore(2)  # 64 MiB each


@dataclass(frozen=True, slots=True)
class Secrets:
    """What is shown once when a login is made: a password and the second factor's address for an app."""

    password: str
    totp_uri: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of them; the seed is sealed before it is written (``hub.identity.seeds``)."""

    password_hash: str
    totp_secret: str


def draw(name: str, issuer: str) -> tuple[Secrets, Kept]:
    """New secrets for a login called ``name``."""
    password, seed = token_urlsafe(12), pyotp.random_base32()
    uri = pyotp.TOTP(seed).provisioning_uri(name=name, issuer_name=f"relief credit hub {issuer.partition('://')[2]}")
    return Secrets(password, uri), Kept(_PASSWORDS.hash(password), seed)


@cache
def _nobody() -> str:
    """The hash of a password nobody has, so that an unknown name takes as long as a known one."""
    return _PASSWORDS.hash(token_urlsafe(16))


class Logins:
    """Judges tries to log in."""

    def __init__(self, desk: Desk, seeds: Seeds) -> None:
        self._desk = desk
        self._seeds = seeds
        self._county = desk.county

    def enter(self, name: str, password: str, code: str) -> str:
        """The name of the member of staff who has logged in.

        Raises ``AccessError``: LOGIN_REFUSED whatever was wrong, LOGIN_LOCKED after too many tries,
        LOGIN_SEED_UNREADABLE after a right password if there can be no right code.
        """
        name = name.strip().lower()
        self._count(name)
        kept = self._kept(name) if name.isascii() and name.isprintable() else None
        with _AT_ONCE:
            nobody = _nobody()
            is_right = _matches(nobody if kept is None else kept.password_hash, password)
        step = _step(self._seeds.open(name, kept.totp_secret), code, now()) if kept is not None and is_right else None
        if kept is None or not is_right or step is None or not self._use_step(name, step):
            raise AccessError(
                "LOGIN_REFUSED",
                "Name, password or code is wrong.",
                "Wait for a new code and try again; each code is taken once.",
                status=401,
            )
        return name

    def _count(self, name: str) -> None:
        """Count a try, and refuse it while the account is locked: a try more locks it for twice as long."""
        instant = now()
        with self._desk.open() as connection:
            connection.execute(
                "delete from identity.attempt where county = %s and expires_at < %s", (self._county, instant)
            )
            row = connection.execute(
                "insert into identity.attempt as held (county, digest, failures, locked_until, totp_step, expires_at) "
                "values (%s, %s, 1, %s, 0, %s) on conflict (county, digest) do update "
                "set failures = held.failures + case when held.locked_until > %s then 0 else 1 end "
                "returning failures, locked_until",
                (self._county, _digest(name), instant, instant + _FORGOTTEN_AFTER, instant),
            ).fetchone()
            failures, locked_until = (1, instant) if row is None else row
            if locked_until > instant:
                raise _locked(locked_until - instant)
            connection.execute(
                "update identity.attempt set locked_until = %s, expires_at = %s where county = %s and digest = %s",
                (instant + lock_after(failures), instant + _FORGOTTEN_AFTER, self._county, _digest(name)),
            )

    def _kept(self, name: str) -> Kept | None:
        with self._desk.open() as connection:
            row = connection.execute(
                "select password_hash, totp_secret from identity.staff "
                "where county = %s and name = %s and ended_at is null and password_hash is not null",
                (self._county, name),
            ).fetchone()
        return None if row is None else Kept(row[0], row[1])

    def _use_step(self, name: str, step: int) -> bool:
        """Whether no code of this or a later moment was taken before; the tries are forgotten."""
        with self._desk.open() as connection:
            done = connection.execute(
                "update identity.attempt set totp_step = %s, failures = 0, locked_until = %s "
                "where county = %s and digest = %s and totp_step < %s",
                (step, now(), self._county, _digest(name), step),
            )
            return done.rowcount == 1


def lock_after(failures: int) -> timedelta:
    """How long nobody gets in under this name after so many failures in a row."""
    if failures <= FREE_TRIES:
        return timedelta(0)
    return min(timedelta(seconds=2 ** min(failures - FREE_TRIES, 20)), LONGEST_LOCK)


def _matches(password_hash: str, password: str) -> bool:
    try:
        return _PASSWORDS.verify(password_hash, password[:_LONGEST_PASSWORD])
    except (Argon2Error, InvalidHash):
        return False


def _step(seed: str, code: str, instant: datetime) -> int | None:
    """The moment whose code this is, within the window."""
    code = code.strip().replace(" ", "")
    current = int(instant.timestamp()) // _STEP_SECONDS
    totp = pyotp.TOTP(seed)
    steps = range(current - _WINDOW_STEPS, current + _WINDOW_STEPS + 1)
    return next((step for step in steps if pyotp.utils.strings_equal(totp.at(step * _STEP_SECONDS), code)), None)


def _digest(name: str) -> bytes:
    return sha256(name.encode()).digest()


def _locked(remaining: timedelta) -> AccessError:
    seconds = int(remaining.total_seconds()) + 1
    return AccessError("LOGIN_LOCKED", "Too many tries.", f"Try again in {seconds} s.", status=429, retry_after=seconds)
