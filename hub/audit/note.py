"""Signed notes, checkpoints and cosignatures as C2SP specifies them (signed-note, tlog-checkpoint, tlog-cosignature).

A checkpoint is three lines, the log's name (its origin), how many entries its tree has, and the tree's root; then an
empty line and signatures. Signatures of unknown keys are passed over, so witnesses add theirs and keys can change.
The hub adds one kind of its own: a root of the same leaves by SM3, with an Ed25519 signature over both roots.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hub.errors import LogError

LOG_SIGNATURE = b"\x01"
COSIGNATURE = b"\x04"
# C2SP leaves 0xff to whoever adds a long name of their own.
SM3_SIGNATURE = b"\xffrelief-credit-hub/sm3-root/v1"
KINDS = (LOG_SIGNATURE, COSIGNATURE, SM3_SIGNATURE)

_DASH = "\u2014 "
_LONGEST_NOTE = 65_536
_MOST_SIGNATURES = 64
_HASH_BYTES = 32
_TIME_BYTES = 8


@dataclass(frozen=True, slots=True)
class PublicKey:
    """Who signs: a name without spaces or ``+``, what kind of signature, and the 32 bytes of an Ed25519 key."""

    name: str
    kind: bytes
    raw: bytes

    @property
    def key_id(self) -> bytes:
        """The four bytes that find this key's signatures in a note."""
        return hashlib.sha256(self.name.encode() + b"\n" + self.kind + self.raw).digest()[:4]

    def __str__(self) -> str:
        """The key as C2SP writes it for those who verify: ``name+id+base64``."""
        return f"{self.name}+{self.key_id.hex()}+{_base64(self.kind + self.raw)}"

    def holds(self, signature: bytes, message: bytes) -> bool:
        """Whether this key made ``signature`` over ``message``."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key that signs, with what others know of it."""

    public: PublicKey
    private: Ed25519PrivateKey = field(repr=False)

    def line(self, signature: bytes) -> str:
        """A signature line of a note."""
        return f"{_DASH}{self.public.name} {_base64(self.public.key_id + signature)}\n"


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: whose it says it is, and its bytes after the four of the key."""

    name: str
    key_id: bytes
    data: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A text, with its last newline, and its signatures."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        return (
            self.text
            + "\n"
            + "".join(f"{_DASH}{item.name} {_base64(item.key_id + item.data)}\n" for item in self.signatures)
        )


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself: its name, the number of its entries, the root of their tree."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The lines that are signed."""
        return f"{self.origin}\n{self.size}\n{_base64(self.root)}\n"


def signing_key(name: str, kind: bytes, private: Ed25519PrivateKey) -> SigningKey:
    """A key under a name; LOG_KEY_NAME_INVALID for a name that no note can carry."""
    if not name or "+" in name or name.split() != [name] or not name.isprintable():
        raise LogError(
            "LOG_KEY_NAME_INVALID",
            "The name of a key is empty or holds a space or a plus sign.",
            "Name it like an address without scheme, such as bank.example/witness.",
        )
    raw = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return SigningKey(PublicKey(name, kind, raw), private)


def parse_key(text: str) -> PublicKey:
    """A public key from ``name+id+base64``; LOG_KEY_INVALID where that is not what it is."""
    name, _, rest = text.strip().partition("+")
    key_id, _, coded = rest.partition("+")
    try:
        data = base64.b64decode(coded, validate=True)
    except binascii.Error:
        data = b""
    for kind in KINDS:
        key = PublicKey(name, kind, data[len(kind) :])
        if data.startswith(kind) and len(key.raw) == _HASH_BYTES and key.key_id.hex() == key_id:
            return key
    raise LogError(
        "LOG_KEY_INVALID",
        "A public key is not written as name+id+base64, or its id does not belong to it.",
        "Copy the whole line that `hub audit key`, or the agency's `hub audit witness --show-key`, printed.",
    )


def parse_note(text: str) -> Note:
    """The text and signatures of a note; LOG_NOTE_MALFORMED otherwise."""
    body, blank, lines = text.rpartition("\n\n")
    if not blank or len(text) > _LONGEST_NOTE or any(ord(sign) < 32 and sign != "\n" for sign in text):
        raise _malformed()
    if not lines.endswith("\n") or lines.count("\n") > _MOST_SIGNATURES:
        raise _malformed()
    return Note(body + "\n", tuple(parse_signature(line) for line in lines.splitlines()))


def parse_signature(line: str) -> Signature:
    """One signature line."""
    name, _, coded = line.removeprefix(_DASH).rstrip("\n").partition(" ")
    try:
        data = base64.b64decode(coded, validate=True)
    except (binascii.Error, ValueError):
        raise _malformed() from None
    if not line.startswith(_DASH) or not name or len(data) <= 4:
        raise _malformed()
    return Signature(name, data[:4], data[4:])


def parse_checkpoint(note: Note) -> Checkpoint:
    """The checkpoint that ``note`` is."""
    origin, _, rest = note.text.partition("\n")
    size, _, rest = rest.partition("\n")
    coded, newline, more = rest.partition("\n")
    try:
        root = base64.b64decode(coded, validate=True)
    except (binascii.Error, ValueError):
        raise _malformed() from None
    canonical = size.isascii() and size.isdigit() and str(int(size)) == size
    # Further lines are allowed by C2SP and not by this log, which never writes any.
    if not origin or not newline or more or not canonical or len(root) != _HASH_BYTES:
        raise _malformed()
    return Checkpoint(origin, int(size), root)


def _malformed() -> LogError:
    return LogError(
        "LOG_NOTE_MALFORMED",
        "This is not a signed checkpoint.",
        "A checkpoint is three lines, an empty line and signatures; fetch it again.",
        status=400,
    )


def sign(checkpoint: Checkpoint, key: SigningKey) -> str:
    """The log's own signature line."""
    return key.line(key.private.sign(checkpoint.text().encode()))


def cosign(checkpoint: Checkpoint, key: SigningKey, seconds: int) -> str:
    """A witness's line: at ``seconds`` since 1970 this was the largest tree it had found consistent."""
    signature = key.private.sign(_cosigned(checkpoint, seconds))
    return key.line(seconds.to_bytes(_TIME_BYTES) + signature)


def cosigned_at(checkpoint: Checkpoint, signature: Signature, key: PublicKey) -> int | None:
    """When ``key`` cosigned, in seconds since 1970; None if this is not its signature over this checkpoint."""
    if signature.name != key.name or signature.key_id != key.key_id or key.kind != COSIGNATURE:
        return None
    seconds = int.from_bytes(signature.data[:_TIME_BYTES])
    return seconds if key.holds(signature.data[_TIME_BYTES:], _cosigned(checkpoint, seconds)) else None


def _cosigned(checkpoint: Checkpoint, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{checkpoint.text()}".encode()


def sign_sm3(checkpoint: Checkpoint, root: bytes, key: SigningKey) -> str:
    """The log's line that carries a root by SM3 and a signature over both roots."""
    return key.line(root + key.private.sign(_with_sm3(checkpoint, root)))


def sm3_root(checkpoint: Checkpoint, signature: Signature, key: PublicKey) -> bytes | None:
    """The root by SM3 that ``key`` signed beside ``checkpoint``; None if this is no such signature."""
    if signature.name != key.name or signature.key_id != key.key_id or key.kind != SM3_SIGNATURE:
        return None
    root = signature.data[:_HASH_BYTES]
    return root if key.holds(signature.data[_HASH_BYTES:], _with_sm3(checkpoint, root)) else None


def _with_sm3(checkpoint: Checkpoint, root: bytes) -> bytes:
    return b"sm3-root/v1\n" + checkpoint.text().encode() + _base64(root).encode() + b"\n"


def signed_by(note: Note, keys: Iterable[PublicKey]) -> list[PublicKey]:
    """Those of ``keys`` that signed ``note`` as its log.

    As C2SP demands, one wrong signature under a known key's name and id spoils the note: LOG_SIGNATURE_WRONG.
    """
    known = {(key.name, key.key_id): key for key in keys if key.kind == LOG_SIGNATURE}
    found = []
    for item in note.signatures:
        key = known.get((item.name, item.key_id))
        if key is None:
            continue
        if not key.holds(item.data, note.text.encode()):
            raise LogError(
                "LOG_SIGNATURE_WRONG",
                "A checkpoint carries a wrong signature under a known key of the log.",
                "It was changed after it was signed; keep it as evidence.",
            )
        found.append(key)
    return found


def trusted_checkpoint(text: str, origin: str, keys: Sequence[PublicKey]) -> tuple[Checkpoint, Note]:
    """The checkpoint in ``text``, if it is of the log ``origin`` and one of ``keys`` signed it."""
    note = parse_note(text)
    checkpoint = parse_checkpoint(note)
    if checkpoint.origin != origin:
        raise LogError(
            "LOG_ORIGIN_OTHER",
            f"The checkpoint is of the log {checkpoint.origin!r}, not of {origin!r}.",
            "Compare HUB_LOG_ORIGIN, or the address of the hub.",
        )
    if not signed_by(note, keys):
        raise LogError(
            "LOG_KEY_UNKNOWN",
            "No key that is trusted signed the checkpoint.",
            "If the hub changed its key, get the new one from its operator by another way than this network.",
        )
    return checkpoint, note


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
