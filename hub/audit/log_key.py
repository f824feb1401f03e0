"""The log's keys: files in the data folder, ``log-0001.pem`` to sign and ``log-0001.vkey`` for those who verify.

The first is made when the log first signs. After a change of key, every key that is still there signs, so that nobody
who knows only the old one is shut out; retiring removes its private half, and its public half goes on to verify.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from hub.audit.note import LOG_SIGNATURE, SM3_SIGNATURE, PublicKey, SigningKey, parse_key, signing_key
from hub.errors import LogError


@dataclass(frozen=True, slots=True)
class LogKeys:
    """The keys of one log: those that sign, newest first, and all that ever did."""

    signing: tuple[SigningKey, ...]
    known: tuple[PublicKey, ...]

    @property
    def for_sm3(self) -> SigningKey:
        """The newest key as it signs roots by SM3."""
        newest = self.signing[0]
        return signing_key(newest.public.name, SM3_SIGNATURE, newest.private)

    @property
    def known_for_sm3(self) -> tuple[PublicKey, ...]:
        """All keys as they sign roots by SM3."""
        return tuple(PublicKey(key.name, SM3_SIGNATURE, key.raw) for key in self.known)


def log_keys(folder: Path, origin: str) -> LogKeys:
    """The keys in ``folder``; one is made if there is none yet."""
    if not _numbers(folder, "vkey"):
        add_key(folder, origin)
    return known_keys(folder)


def known_keys(folder: Path) -> LogKeys:
    """The keys in ``folder``, which may hold only public ones, or none."""
    try:
        known = tuple(
            parse_key(_path(folder, number, "vkey").read_text("utf-8")) for number in _numbers(folder, "vkey")
        )
        signing = []
        for number in reversed(_numbers(folder, "pem")):
            name = parse_key(_path(folder, number, "vkey").read_text("utf-8")).name
            signing.append(signing_key(name, LOG_SIGNATURE, read_private(_path(folder, number, "pem"))))
    except OSError:
        raise key_unusable(folder) from None
    return LogKeys(tuple(signing), known)


def add_key(folder: Path, origin: str) -> PublicKey:
    """Make the next key; from now on it signs first."""
    number = max(_numbers(folder, "vkey"), default=0) + 1
    made = signing_key(origin, LOG_SIGNATURE, Ed25519PrivateKey.generate())
    write_private(_path(folder, number, "pem"), made.private)
    _write_once(_path(folder, number, "vkey"), f"{made.public}\n".encode(), 0o644)
    return made.public


def retire_keys(folder: Path) -> list[PublicKey]:
    """Remove the private half of all keys but the newest; which they were."""
    retired = []
    for number in _numbers(folder, "pem")[:-1]:
        _path(folder, number, "pem").unlink()
        retired.append(_public(folder, number))
    return retired


def write_private(path: Path, key: Ed25519PrivateKey) -> None:
    """A private key as PEM, readable by its owner alone; never over another."""
    _write_once(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), 0o600)


def read_private(path: Path) -> Ed25519PrivateKey:
    """The private key in ``path``."""
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise key_unusable(path.parent) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise key_unusable(path.parent)
    return key


def key_unusable(folder: Path) -> LogError:
    """What is said of a key file that cannot be read or written."""
    return LogError(
        "LOG_KEY_UNUSABLE",
        f"A key of the disclosure log in {folder.name} cannot be read or written.",
        "Make the folder readable and writable for the hub, or restore its log-*.pem and log-*.vkey from a backup.",
    )


def _write_once(path: Path, data: bytes, mode: int) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        raise key_unusable(path.parent) from None


def _numbers(folder: Path, kind: str) -> Sequence[int]:
    return sorted(int(path.stem.removeprefix("log-")) for path in folder.glob(f"log-[0-9]*.{kind}"))


def _public(folder: Path, number: int) -> PublicKey:
    return parse_key(_path(folder, number, "vkey").read_text("utf-8"))


def _path(folder: Path, number: int, kind: str) -> Path:
    return folder / f"log-{number:04}.{kind}"
