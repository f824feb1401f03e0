"""Which keys a client may register."""

from __future__ import annotations

import json
from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from hub.errors import AccessError
from hub.identity.client_keys import checked_keys, key_set

GOOD = ECKey.generate_key("P-256", {"kid": "one"})


def public(key: Any, **more: str) -> dict[str, Any]:
    return {**key.as_dict(private=False), **more}


def test_public_p_256_and_ed25519_keys_are_taken() -> None:
    other = OKPKey.generate_key("Ed25519", {"kid": "two"})
    kept = key_set(checked_keys(json.dumps({"keys": [public(GOOD), public(other)]})))
    assert [key.kid for key in kept.keys] == ["one", "two"]


@pytest.mark.parametrize(
    "keys",
    [
        [public(GOOD), public(ECKey.generate_key("P-256"), kid="one")],
        [public(ECKey.generate_key("P-384"))],
        [public(OKPKey.generate_key("X25519"))],
        [public(RSAKey.generate_key(2048))],
        [OctKey.generate_key(256).as_dict(private=True)],
        [GOOD.as_dict(private=True)],
        [public(GOOD, use="enc")],
        [],
    ],
    ids=["kid twice", "P-384", "X25519", "RSA", "a secret", "private", "for encryption", "none"],
)
def test_keys_that_a_client_should_not_have_are_refused(keys: list[dict[str, Any]]) -> None:
    with pytest.raises(AccessError, match="cannot be used"):
        checked_keys(json.dumps({"keys": keys}))
