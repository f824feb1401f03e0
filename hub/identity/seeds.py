"""Seeds of second factors, sealed: whoever reads or writes the database alone can neither make a code nor plant a seed.

The key is a file of the data folder. Where it is missing and no seed was ever sealed, it is made, and the seeds that
lie there in clear are sealed with it; from then on one in clear is not taken.
"""

from __future__ import annotations

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path
from secrets import token_bytes

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.errors import AccessError, SettingError
from hub.identity.desk import Desk

_FILE = "seeds.key"
_SEALED = "aes256gcm:"  # no seed begins so: base32 has no small letters
_KEY_BYTES = 32
_NONCE_BYTES = 12


class Seeds:
    """Seals and opens; a seal holds for one login of one county."""

    def __init__(self, folder: Path, desk: Desk) -> None:
        self._folder = folder
        self._path = folder / _FILE
        self._desk = desk

    def seal(self, name: str, seed: str) -> str:
        """What may be kept of the ``seed`` of the login ``name``. Raises ``SettingError`` SETTING_KEY_UNUSABLE."""
        return self._sealed(self._key(), name, seed)

    def open(self, name: str, sealed: str) -> str:
        """The seed. Raises ``AccessError`` LOGIN_SEED_UNREADABLE if it was sealed with another key, or not at all."""
        key = self._key()
        sealed = self._now(name) if not sealed.startswith(_SEALED) else sealed  # perhaps sealed just now
        try:
            held = urlsafe_b64decode(sealed.removeprefix(_SEALED))
            seed = AESGCM(key).decrypt(held[:_NONCE_BYTES], held[_NONCE_BYTES:], self._bound(name))
        except (InvalidTag, ValueError):
            raise _unreadable() from None
        return seed.decode()

    def _now(self, name: str) -> str:
        with self._desk.open() as connection:
            row = connection.execute(
                "select totp_secret from identity.staff where county = %s and name = %s", (self._desk.county, name)
            ).fetchone()
        if row is None or not str(row[0]).startswith(_SEALED):
            raise _unreadable()
        return str(row[0])

    def _sealed(self, key: bytes, name: str, seed: str) -> str:
        nonce = token_bytes(_NONCE_BYTES)
        held = nonce + AESGCM(key).encrypt(nonce, seed.encode(), self._bound(name))
        return _SEALED + urlsafe_b64encode(held).decode()

    def _bound(self, name: str) -> bytes:
        return f"{self._desk.county} {name}".encode()

    def _key(self) -> bytes:
        try:
            key = self._path.read_bytes() if self._path.exists() else self._first()
        except OSError:
            raise _unusable() from None
        if len(key) != _KEY_BYTES:
            raise _unusable()
        return key

    def _first(self) -> bytes:
        """Make the key and seal what lies in clear; the file appears when that is about to be committed."""
        made = token_bytes(_KEY_BYTES)
        with self._desk.open() as connection:
            connection.execute("lock table identity.staff in share row exclusive mode")
            if self._path.exists():  # another process was faster
                return self._path.read_bytes()
            rows = connection.execute(
                "select name, totp_secret from identity.staff where county = %s and totp_secret is not null",
                (self._desk.county,),
            ).fetchall()
            if any(str(row[1]).startswith(_SEALED) for row in rows):
                raise _unusable()
            for row in rows:
                connection.execute(
                    "update identity.staff set totp_secret = %s where county = %s and name = %s",
                    (self._sealed(made, str(row[0]), str(row[1])), self._desk.county, row[0]),
                )
            self._write(made)
        return made

    def _write(self, key: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = self._path.with_suffix(".draft")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(self._path)


def _unusable() -> SettingError:
    return SettingError(
        "SETTING_KEY_UNUSABLE",
        f"The key of second factors, {_FILE} in the data folder's `keys`, is missing, spoilt or not readable.",
        "Bring it back from a copy; if there is none, give every login a new second factor after moving the spoilt "
        "file away: docs/operating.md says how.",
    )


def _unreadable() -> AccessError:
    return AccessError(
        "LOGIN_SEED_UNREADABLE",
        "The second factor of this login cannot be read.",
        "Ask the operator, who gives a new one: `hub staff reset`.",
        status=403,
    )
