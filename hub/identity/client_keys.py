"""A client's public keys: a JWK set that the agency made, checked before it is believed."""

from __future__ import annotations

import json
import warnings
from typing import Any

from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, KeySet, OKPKey

from hub.errors import AccessError

# FAPI 2.0 §5.4.1 without PS256. "EdDSA" is what most libraries still call Ed25519.
CLIENT_ALGORITHMS = ("ES256", "EdDSA", "Ed25519")

_MOST_KEYS = 10

warnings.filterwarnings("ignore", "EdDSA is deprecated", SecurityWarning)


def checked_keys(text: str) -> str:
    """``text`` as a JWK set of public signing keys, each P-256 or Ed25519 and with a ``kid`` of its own."""
    try:
        held = json.loads(text)
        given: list[dict[str, Any]] = held.get("keys", [held])
        keys = [_checked(key) for key in given]
    except (ValueError, TypeError, KeyError, AttributeError, JoseError):
        raise _unusable("It is not a JWK, or a JWK set") from None
    if not 1 <= len(keys) <= _MOST_KEYS:
        raise _unusable(f"It holds no key, or more than {_MOST_KEYS}")
    if len({key["kid"] for key in keys}) < len(keys):
        raise _unusable("Two of its keys have the same kid")
    return json.dumps({"keys": keys})


def key_set(keys: str) -> KeySet:
    """The keys in a client's books."""
    return KeySet.import_key_set(json.loads(keys))


def _checked(given: dict[str, Any]) -> dict[str, str]:
    if "d" in given or "k" in given:
        raise _unusable("It holds a private key, which only the client itself may have")
    kinds: dict[tuple[str, str], type[ECKey | OKPKey]] = {("EC", "P-256"): ECKey, ("OKP", "Ed25519"): OKPKey}
    kind = kinds.get((given["kty"], given["crv"]))
    if kind is None or given.get("use", "sig") != "sig":
        raise _unusable("A key is not for signing with P-256 (ES256) or Ed25519")
    key = kind.import_key({name: given[name] for name in ("kty", "crv", "x", "y", "kid") if name in given})
    key.ensure_kid()
    return {name: str(value) for name, value in key.as_dict(private=False).items()}


def _unusable(what: str) -> AccessError:
    return AccessError(
        "ACCESS_KEYS_UNUSABLE",
        f"The file of keys cannot be used. {what}.",
        "Give a JWK set of public keys; `python -m relief_credit_client keys` of examples/clients/ makes one.",
        status=400,
    )
