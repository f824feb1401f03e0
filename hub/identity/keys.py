"""The hub's own signing keys: files in the data folder, the newest signs, all are published.

A file is named by the moment it was made. After a rotation the former key stays until every token it signed has
expired; removing a file ends its tokens at once.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from hub.clock import now
from hub.errors import SettingError

SIGNING_ALGORITHM = "ES256"

_CURVE = "P-256"
_PATTERN = "signing-*.pem"
_KEEP = timedelta(hours=13)  # longer than any token lives
_LOOK_AGAIN = timedelta(seconds=10)


class KeyRing:
    """The keys of one folder; a running process notices new and removed files."""

    def __init__(self, folder: Path, clock: Callable[[], datetime] = now) -> None:
        self._folder = folder
        self._now = clock
        self._looked: datetime | None = None
        self._seen: tuple[str, ...] = ()
        self._keys: dict[str, ECKey] = {}
        self._signing: ECKey | None = None

    @property
    def known(self) -> tuple[str, ...]:
        """The files as they were last seen; the same object while they are the same."""
        self._look()
        return self._seen

    @property
    def signing(self) -> ECKey:
        """The key that signs. Made on first use. Raises ``SettingError`` SETTING_KEY_UNUSABLE."""
        self._look()
        if self._signing is None:
            self.rotate()
        if self._signing is None:
            raise _unusable()
        return self._signing

    def find(self, identifier: object) -> ECKey | None:
        """The key with this ``kid``."""
        self._look()
        found = self._keys.get(identifier) if isinstance(identifier, str) else None
        if found is None:
            self._looked = None  # another process may have made it just now
            self._look()
            found = self._keys.get(identifier) if isinstance(identifier, str) else None
        return found

    def published(self) -> dict[str, Any]:
        """The public halves as a JWK set."""
        keys = [self.signing, *self._keys.values()]
        shown = {str(key.kid): key for key in keys}
        return {
            "keys": [
                {**key.as_dict(private=False), "kid": name, "use": "sig", "alg": SIGNING_ALGORITHM}
                for name, key in shown.items()
            ]
        }

    def rotate(self, keep: timedelta = _KEEP) -> str:
        """Make a new key to sign with and remove those superseded for longer than ``keep``; its ``kid``."""
        made = ECKey.generate_key(_CURVE)
        path = self._folder / _name(self._now())
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._remove(self._now() - keep)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(made.as_pem(private=True))
        except OSError:
            raise _unusable() from None
        self._looked = None
        self._look()
        return str(self._signing.kid) if self._signing else ""

    def _remove(self, before: datetime) -> None:
        """Remove keys whose successor was made before ``before``."""
        files = self._files()
        for path, successor in pairwise(files):
            if successor.name < _name(before):
                path.unlink()

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob(_PATTERN))

    def _look(self) -> None:
        if self._looked is not None and self._now() - self._looked < _LOOK_AGAIN:
            return
        self._looked = self._now()
        files = self._files()
        names = tuple(path.name for path in files)
        if names == self._seen:
            return
        try:
            read = [ECKey.import_key(path.read_bytes()) for path in files]
        except (OSError, ValueError, JoseError):
            raise _unusable() from None
        for key in read:
            key.ensure_kid()
        self._seen = names
        self._keys = {str(key.kid): key for key in read}
        self._signing = read[-1] if read else None


def _name(made: datetime) -> str:
    return f"signing-{made:%Y%m%dT%H%M%S%f}.pem"


def _unusable() -> SettingError:
    return SettingError(
        "SETTING_KEY_UNUSABLE",
        "The data folder's signing keys cannot be read or written.",
        "Make the folder `keys` of the data folder readable and writable for the hub alone, or remove the spoilt file: "
        "a new key is made, and its tokens end.",
    )
