"""The names households have in the disclosure log: keyed, so that whoever holds only the database cannot undo them.

Keys lie in the data folder, ``keys/pseudonym-<number>.key``, 32 random bytes as hexadecimal. The highest number is used
for new entries; the others are kept, so that older entries are still found. Copy them with every backup: without them
nobody can say any more whom an entry is about.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from uuid import UUID

from hub.errors import SettingError

_FILE = re.compile(r"pseudonym-(\d{1,9})\.key\Z")
_KEY_BYTES = 32
_PSEUDONYM_BYTES = 16
_MOST_REMEMBERED = 50_000


class Pseudonyms:
    """Names households with the newest key there was at first, and finds them under every key there is now."""

    def __init__(self, keys: Mapping[str, bytes], county: str, folder: Path | None = None) -> None:
        self._keys = dict(keys)
        self._folder = folder
        self.key_id = max(self._keys, key=int)
        self._prefix = f"{county}\n".encode()
        self._remembered: dict[str, bytes] = {}

    def of(self, household: str) -> bytes:
        """The pseudonym of a household under the newest key: 16 bytes."""
        found = self._remembered.get(household)
        if found is None:
            found = self._made(self.key_id, household)
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[household] = found
        return found

    def all_of(self, households: Iterable[str]) -> list[bytes]:
        """The pseudonyms of several households, each once, in their order."""
        known, of = self._remembered.get, self.of
        return [known(household) or of(household) for household in dict.fromkeys(households)]

    def under_every_key(self, household: str) -> list[UUID]:
        """Every name the household may have in the log; another process may have begun to use a newer key."""
        self.read_again()
        return self.under_known_keys(household)

    def read_again(self) -> None:
        """Learn of keys that were made meanwhile."""
        if self._folder is not None:
            self._keys |= _read(self._folder)

    def under_known_keys(self, household: str) -> list[UUID]:
        """The same, for many at once: without looking for newer keys each time."""
        return [UUID(bytes=self._made(number, household)) for number in self._keys]

    def _made(self, number: str, household: str) -> bytes:
        message = self._prefix + household.encode("utf-8", "surrogatepass")
        return hmac.digest(self._keys[number], message, "sha256")[:_PSEUDONYM_BYTES]


def pseudonyms(folder: Path, county: str) -> Pseudonyms:
    """The keys in ``folder``; a first one is made if there is none. Raises ``SettingError`` SETTING_KEY_UNUSABLE."""
    keys = _read(folder)
    if not keys:
        add_key(folder)
        keys = _read(folder)
    return Pseudonyms(keys, county, folder)


def known_keys(folder: Path) -> list[str]:
    """The numbers of the keys in ``folder``, the newest last."""
    return sorted(_read(folder), key=int)


def add_key(folder: Path) -> str:
    """Make a new key, which processes started from now on use; returns its number."""
    folder.mkdir(parents=True, exist_ok=True)
    number = str(max((int(name) for name in _read(folder)), default=0) + 1)
    # Written aside first: a process that starts meanwhile must not read half a key.
    aside = folder / f".pseudonym-{number}.{os.getpid()}"
    try:
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(_KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(aside, folder / f"pseudonym-{number}.key")
    except FileExistsError:
        pass  # another process made it at the same moment
    except OSError:
        raise _unusable() from None
    finally:
        aside.unlink(missing_ok=True)
    return number


def _read(folder: Path) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for path in folder.glob("pseudonym-*.key"):
        named = _FILE.search(path.name)
        if named is None:
            raise _unusable()
        try:
            key = bytes.fromhex(path.read_text("ascii").strip())
        except (OSError, ValueError):
            raise _unusable() from None
        if len(key) != _KEY_BYTES:
            raise _unusable()
        found[str(int(named[1]))] = key
    return found


def _unusable() -> SettingError:
    return SettingError(
        "SETTING_KEY_UNUSABLE",
        "A pseudonym key in the data folder's keys cannot be read or written.",
        "Make the folder writable, or restore the key from a backup; never remove one: entries could not be found.",
    )
