"""Check a proof of the disclosure log without the hub: ``python verify.py PROOF.json --key KEY [--witness KEY]…``.

PROOF.json is what ``hub audit prove`` printed; KEY is what ``hub audit key`` prints, and what each agency's
``hub audit witness --show-key`` prints. Needs Python 3.11 and the package ``cryptography``. Exit code 0 if all holds.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

# The columns of an entry in the order in which they are signed; those not named otherwise are text.
COLUMNS = (
    *("county", "disclosed_at", "entry_id", "door", "request_id", "part", "outcome", "code", "client", "staff", "role"),
    *("agency", "region", "purpose", "agreement", "token_id", "operation_name", "operation_digest", "dataset"),
    *("datasets", "fields", "masked", "row_count", "key_id", "subjects", "request_digest", "response_digest"),
)
UUIDS = {"entry_id", "subjects"}
DIGESTS = {"operation_digest", "request_digest", "response_digest"}
VERSION = b"relief-credit-hub disclosure 1\n"


class DoesNotHold(Exception):  # noqa: N818  # it is what is printed
    """Something in the proof is not as it must be."""


def encoded(name: str, value: Any) -> bytes:
    """A column as it is signed: ``-`` missing, ``i`` number, ``b`` bytes after their length, ``l`` list after its."""
    if value is None:
        return b"-"
    if isinstance(value, list):
        return b"l" + len(value).to_bytes(4) + b"".join(encoded(name, item) for item in value)
    if isinstance(value, int):
        return b"i" + value.to_bytes(8, signed=True)
    data = UUID(value).bytes if name in UUIDS else bytes.fromhex(value) if name in DIGESTS else value.encode()
    return b"b" + len(data).to_bytes(4) + data


def leaf_of(entry: dict[str, Any]) -> bytes:
    """The hash of an entry's leaf (RFC 6962)."""
    if tuple(entry) != COLUMNS:
        raise DoesNotHold("the entry has other columns than this program knows")
    data = VERSION + b"".join(encoded(name, entry[name]) for name in COLUMNS)
    return hashlib.sha256(b"\x00" + data).digest()


def root_of(leaf: bytes, index: int, size: int, proof: list[bytes]) -> bytes:
    """The root that the proof leads to (RFC 9162, 2.1.3.2)."""
    number, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise DoesNotHold("the proof is too long")
        if number & 1 or number == last:
            found = hashlib.sha256(b"\x01" + sibling + found).digest()
            while number and not number & 1:
                number, last = number >> 1, last >> 1
        else:
            found = hashlib.sha256(b"\x01" + found + sibling).digest()
        number, last = number >> 1, last >> 1
    if last or not 0 <= index < size:
        raise DoesNotHold("the proof is too short")
    return found


def read_key(text: str, kind: int) -> tuple[str, bytes, Ed25519PublicKey]:
    """Name, id and key from ``name+id+base64`` (C2SP signed-note)."""
    name, key_id, coded = text.split("+", 2)
    data = base64.b64decode(coded)
    if data[0] != kind or hashlib.sha256(f"{name}\n".encode() + data).digest()[:4].hex() != key_id:
        raise DoesNotHold(f"{name} is not a key of this kind")
    return name, bytes.fromhex(key_id), Ed25519PublicKey.from_public_bytes(data[1:])


def signature_of(lines: list[str], name: str, key_id: bytes) -> bytes | None:
    """What a note holds under a key's name and id."""
    for line in lines:
        _, signer, coded = line.split(" ")
        data = base64.b64decode(coded)
        if signer == name and data[:4] == key_id:
            return data[4:]
    return None


def check(bundle: dict[str, Any], key: str, witnesses: list[str]) -> list[str]:
    """What the proof shows, as lines; raises ``DoesNotHold`` or ``InvalidSignature``."""
    text, _, rest = bundle["checkpoint"].rpartition("\n\n")
    text, lines = text + "\n", rest.splitlines()
    origin, size, root = text.splitlines()
    name, key_id, public = read_key(key, 1)
    signature = signature_of(lines, name, key_id)
    if signature is None or name != origin:
        raise DoesNotHold("the checkpoint is not signed by this key")
    public.verify(signature, text.encode())

    leaf, entry = leaf_of(bundle["entry"]), bundle["entry"]
    proof = [base64.b64decode(item) for item in bundle["proof"]]
    if root_of(leaf, bundle["index"], int(size), proof) != base64.b64decode(root):
        raise DoesNotHold("the entry is not in the signed tree")
    when = datetime.fromtimestamp(entry["disclosed_at"] / 1e6, UTC)
    shown = [f"entry {entry['entry_id']} is number {bundle['index']} of {size} in {origin}"]
    asked = f"{entry['outcome']} {entry['client']} for {entry['purpose']}"
    shown.append(f"{when:%F %T}Z {asked}: {entry['row_count']} rows")

    receipt = bundle.get("receipt")
    if receipt is not None:
        claimed = [receipt.get(part) for part in ("entry", "log", "request", "response", "leaf")]
        held = [entry["entry_id"], origin, entry["request_digest"], entry["response_digest"], leaf.hex()]
        if claimed != held:
            raise DoesNotHold("the receipt is not of this entry")
        shown.append("the receipt is of this entry")
    for witness in witnesses:
        name, key_id, public = read_key(witness, 4)
        signature = signature_of(lines, name, key_id)
        if signature is None:
            raise DoesNotHold(f"{name} has not cosigned this checkpoint")
        seconds = int.from_bytes(signature[:8])
        public.verify(signature[8:], f"cosignature/v1\ntime {seconds}\n{text}".encode())
        shown.append(f"cosigned by {name} at {datetime.fromtimestamp(seconds, UTC):%F %T}Z")
    return shown


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("proof", type=Path)
    parser.add_argument("--key", required=True)
    parser.add_argument("--witness", action="append", default=[])
    given = parser.parse_args()
    try:
        shown = check(json.loads(given.proof.read_text("utf-8")), given.key, given.witness)
    except (DoesNotHold, InvalidSignature, KeyError, ValueError, TypeError, AttributeError) as problem:
        why = str(problem) if isinstance(problem, DoesNotHold) else f"it is damaged ({type(problem).__name__})"
        print(f"DOES NOT HOLD: {why}", file=sys.stderr)
        return 1
    print("\n".join(shown))
    print("The proof holds.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
