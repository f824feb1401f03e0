"""What a client can get wrong, or try: each is refused with the RFC's own error code."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey, OKPKey

from hub.actor import Role
from hub.catalog.dataset import Agency
from hub.clock import now
from hub.errors import AccessError
from hub.identity.clients import Client, Register
from hub.identity.keys import KeyRing
from hub.identity.tokens import Tokens
from hub.storage.authority import Kept
from tests.identity.conftest import Served
from tests.identity.parties import Party, claims_in, confused, register, seconds, signed, unsecured
from tests.support.database import COUNTY

OTHER_KEY = ECKey.generate_key("P-256")


def hub_key(served: Served) -> ECKey:
    return KeyRing(served.hub.settings.home / "keys").signing


def oauth_error(response: httpx.Response) -> tuple[int, str]:
    assert "access_token" not in response.text
    assert response.headers["cache-control"] == "no-store"
    return response.status_code, response.json()["error"]


def challenge(response: httpx.Response) -> str:
    """The error in the challenge of a resource server."""
    assert response.status_code == 401, response.text
    assert "data" not in response.json()
    said = response.headers["www-authenticate"]
    assert said.startswith('DPoP realm="relief-credit-hub"')
    return said.partition(' error="')[2].partition('"')[0]


# ---------------------------------------------------------------- client assertions

ASSERTIONS: dict[str, Callable[[Party], str]] = {
    "expired": lambda p: p.assertion(iat=seconds() - 120, exp=seconds() - 60),
    "issued in the future": lambda p: p.assertion(iat=seconds() + 60, exp=seconds() + 90),
    "not valid yet": lambda p: p.assertion(nbf=seconds() + 60),
    "good for hours": lambda p: p.assertion(exp=seconds() + 7200),
    "without an end": lambda p: p.assertion(exp=None),
    "unsigned": lambda p: unsecured(claims_in(p.assertion())),
    "wrongly signed": lambda p: p.assertion(key=OTHER_KEY),
    "signed with the public key as a secret": lambda p: confused(claims_in(p.assertion()), p.key, kid=p.key.kid),
    "for another server": lambda p: p.assertion(aud="https://elsewhere.example"),
    "for several servers": lambda p: p.assertion(aud=[p.issuer, "https://elsewhere.example"]),
    "for the token address instead of the issuer": lambda p: p.assertion(aud=f"{p.issuer}/oauth/token"),
    "without a jti": lambda p: p.assertion(jti=None),
    "issued by somebody else": lambda p: p.assertion(iss="finance-core"),
    "of an unknown client": lambda p: p.assertion(iss="nobody", sub="nobody"),
    "of no client": lambda p: p.assertion(sub=None),
    "of a client that is a number": lambda p: p.assertion(iss=1, sub=1),
    "cut short": lambda p: p.assertion()[:-20],
    "nonsense": lambda p: "a.b.c",
}


@pytest.mark.parametrize("kind", ASSERTIONS)
def test_an_assertion_that_does_not_prove_the_client_is_refused(served: Served, kind: str) -> None:
    response = served.bank.post(client_assertion=ASSERTIONS[kind](served.bank))
    assert oauth_error(response) == (401 if response.status_code == 401 else 400, "invalid_client")


def test_an_assertion_is_taken_once(served: Served) -> None:
    assertion = served.bank.assertion()
    assert served.bank.post(client_assertion=assertion).status_code == 200
    assert oauth_error(served.bank.post(client_assertion=assertion))[1] == "invalid_client"


def test_a_clock_ten_seconds_ahead_is_forgiven(served: Served) -> None:
    assert served.bank.post(client_assertion=served.bank.assertion(iat=seconds() + 8)).status_code == 200


# ---------------------------------------------------------------- the token address


def test_a_token_without_a_key_to_bind_it_to_is_not_given(served: Served) -> None:
    assert oauth_error(served.bank.post(proof=None)) == (400, "invalid_dpop_proof")


def test_a_proof_without_the_server_s_nonce_is_told_the_nonce(served: Served) -> None:
    proof = served.bank.proof(url=f"{served.bank.issuer}/oauth/token", nonce=None)
    refused = served.bank.post(proof=proof)
    assert oauth_error(refused) == (400, "use_dpop_nonce")
    assert refused.headers["dpop-nonce"]


def test_other_ways_to_authenticate_and_other_grants_are_refused(served: Served) -> None:
    bank = served.bank
    none = bank.post(client_assertion=None, client_assertion_type=None, client_id=bank.name)
    assert oauth_error(none)[1] == "invalid_client"
    posted = bank.post(client_assertion=None, client_assertion_type=None, client_id=bank.name, client_secret="x")
    assert oauth_error(posted)[1] == "invalid_client"
    basic = served.http.post("/oauth/token", data={"grant_type": "client_credentials"}, auth=(bank.name, "x"))
    assert oauth_error(basic) == (401, "invalid_client")
    for grant in ("password", "implicit", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code", ""):
        assert oauth_error(bank.post(grant_type=grant, username="x", password="x"))[1] == "unsupported_grant_type"
    assert oauth_error(bank.post(grant_type="authorization_code", code="x"))[1] == "unauthorized_client"


def test_a_scope_the_client_does_not_have_is_refused(served: Served) -> None:
    assert oauth_error(served.bank.post(scope="everything"))[1] == "invalid_scope"


def test_parameters_in_the_address_or_sent_twice_are_refused(served: Served) -> None:
    form = served.bank.form()
    assert oauth_error(served.http.post("/oauth/token", params={"scope": "x"}, data=form))[1] == "invalid_request"
    twice = "&".join(f"{name}={value}" for name, value in form.items()) + "&grant_type=client_credentials"
    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert oauth_error(served.http.post("/oauth/token", content=twice, headers=headers))[1] == "invalid_request"
    assert served.http.get("/oauth/token").status_code == 405
    assert served.http.post("/oauth/token", json=form).status_code == 415


def test_what_a_client_says_of_itself_decides_nothing(served: Served) -> None:
    wanted: dict[str, Any] = {
        "role": "auditor",
        "region": "52",
        "agency": "FINANCE",
        "scope": "x",
        "client_id": "auditor",
    }
    assertion = served.bank.assertion(**wanted)
    response = served.bank.post(client_assertion=assertion, role="auditor", region="52", sub="auditor")
    token = response.json()["access_token"]
    claims = claims_in(token)
    assert (claims["sub"], claims["client_id"], claims["scope"]) == ("bank-core", "bank-core", "")
    assert not {"role", "region", "agency"} & claims.keys()
    me = served.bank.ask(token).json()["data"]["me"]
    assert me == {"client": "bank-core", "role": "agency-system", "region": "522301"}


def test_a_revoked_client_gets_no_token_and_its_tokens_end(served: Served) -> None:
    other = register(served.hub, Party("bank-old", served.http))
    token = other.token()
    assert other.ask(token).status_code == 200
    served.hub.books.revoke_client("bank-old")
    assert challenge(other.ask(token)) == "invalid_token"
    assert oauth_error(other.post())[1] == "invalid_client"


def test_exchanged_keys_end_the_old_ones_and_the_tokens(served: Served) -> None:
    party = register(served.hub, Party("bank-rotating", served.http))
    token, old = party.token(), party.key
    party.key = OKPKey.generate_key("Ed25519")
    party.key.ensure_kid()
    served.hub.books.rotate_client("bank-rotating", party.jwks)
    assert challenge(party.ask(token)) == "invalid_token"
    assert oauth_error(party.post(client_assertion=party.assertion(key=old, header={"kid": old.kid})))[1] == (
        "invalid_client"
    )
    assert party.ask(party.token()).status_code == 200


# ---------------------------------------------------------------- access tokens

Forge = Callable[[Served, dict[str, Any]], str]


def forged(key: Any = None, header: dict[str, Any] | None = None, **claims: Any) -> Forge:
    def make(served: Served, good: dict[str, Any]) -> str:
        ours = hub_key(served)
        given = {"typ": "at+jwt", "kid": ours.kid, **(header or {})}
        changed = {name: value(good) if callable(value) else value for name, value in claims.items()}
        return signed(good | changed, key or ours, **given)

    return make


TOKENS: dict[str, Forge] = {
    "expired": forged(iat=lambda good: good["iat"] - 700, exp=lambda good: good["iat"] - 100),
    "issued in the future": forged(iat=lambda good: good["iat"] + 60, exp=lambda good: good["iat"] + 120),
    "good for longer than ten minutes": forged(exp=lambda good: good["iat"] + 601),
    "unsigned": lambda _, good: unsecured(good, typ="at+jwt"),
    "wrongly signed": forged(key=OTHER_KEY),
    "signed with the public key as a secret": lambda served, good: confused(
        good, hub_key(served), typ="at+jwt", kid=hub_key(served).kid
    ),
    "for another audience": forged(aud="https://elsewhere.example"),
    "for several audiences": forged(aud=lambda good: [good["aud"], "https://elsewhere.example"]),
    "from another issuer": forged(iss="https://elsewhere.example"),
    "of type JWT": forged(header={"typ": "JWT"}),
    "of no type": forged(header={"typ": None}),
    "of a key that is not there": forged(header={"kid": "unknown"}),
    "bound to nothing": forged(cnf=None),
    "bound to something else": forged(cnf={"x5t#S256": "abc"}),
    "of a client that does not exist": forged(client_id="nobody"),
    "of a member of staff that does not exist": forged(staff="nobody"),
    "of another generation": forged(generation=[99, 0]),
    "with an instant that is none": forged(exp="later"),
    "a client's assertion": lambda served, _: served.bank.assertion(),
    "nonsense": lambda *_: "x" * 50,
    "very long": lambda *_: "x" * 5000,
}


@pytest.mark.parametrize("kind", TOKENS)
def test_a_token_that_is_not_one_of_this_hub_s_is_refused(served: Served, kind: str) -> None:
    good = served.bank.token()
    token = TOKENS[kind](served, claims_in(good))
    assert challenge(served.bank.ask(token)) == "invalid_token"
    assert served.bank.ask(good).status_code == 200


def test_a_good_forgery_would_be_let_in(served: Served) -> None:
    """Otherwise the cases above could all fail for the same wrong reason."""
    assert served.bank.ask(forged()(served, claims_in(served.bank.token()))).status_code == 200


def test_a_bound_token_is_of_no_use_without_its_proof(served: Served) -> None:
    token = served.bank.token()
    assert challenge(served.bank.ask(token, scheme="Bearer", proof=None)) == "invalid_token"
    assert challenge(served.bank.ask(token, scheme="Bearer")) == "invalid_token"
    assert challenge(served.bank.ask(token, proof=None)) == "invalid_dpop_proof"


def test_a_bearer_token_is_taken_only_from_a_client_that_a_setting_names(served: Served) -> None:
    headers = served.hub.headers("bank-system")
    question = {"query": "{ me { client } }"}
    assert served.http.post("/graphql", json=question, headers=headers).status_code == 200
    unbound = forged(cnf=None, client_id="bank-core")(served, claims_in(served.bank.token()))
    refused = served.http.post("/graphql", json=question, headers=headers | {"authorization": f"Bearer {unbound}"})
    assert challenge(refused) == "invalid_token"


def test_a_token_in_the_address_or_sent_twice_is_not_looked_at(served: Served) -> None:
    token = served.bank.token()
    asked = served.http.post(f"/graphql?access_token={token}", json={}, headers={"data-purpose": "loan-review"})
    assert asked.status_code == 401
    assert asked.headers["www-authenticate"] == 'DPoP realm="relief-credit-hub", algs="ES256 EdDSA Ed25519"'
    proof = served.bank.proof(token)
    twice = [("authorization", f"DPoP {token}"), ("dpop", proof), ("dpop", proof), ("data-purpose", "loan-review")]
    assert served.http.post("/graphql", json={}, headers=twice).status_code == 400


def test_a_withdrawn_token_ends_at_once_and_only_its_client_can_withdraw_it(served: Served) -> None:
    bank = served.bank
    other = register(served.hub, Party("finance-core", served.http), agency="FINANCE")
    token = bank.token()
    assert other.post("/oauth/introspect", proof=None, token=token).json() == {"active": False}
    assert oauth_error(other.post("/oauth/revoke", proof=None, token=token))[1] == "invalid_grant"
    shown = bank.post("/oauth/introspect", proof=None, token=token).json()
    assert shown["active"]
    assert shown["cnf"]["jkt"] == bank.proof_key.thumbprint()
    assert bank.post("/oauth/revoke", proof=None, token=token).status_code == 200
    assert challenge(bank.ask(token)) == "invalid_token"
    assert bank.post("/oauth/introspect", proof=None, token=token).json() == {"active": False}
    assert bank.post("/oauth/revoke", proof=None, token="x").status_code == 200, "RFC 7009: nothing to be said of it"


# ---------------------------------------------------------------- proofs

PROOFS: dict[str, Callable[[Party, str], str]] = {
    "for another address": lambda p, t: p.proof(t, htu=f"{p.issuer}/export/loans"),
    "for another host": lambda p, t: p.proof(t, htu="https://elsewhere.example/graphql"),
    "for another method": lambda p, t: p.proof(t, htm="GET"),
    "for another token": lambda p, t: p.proof(t + "x"),
    "for no token": lambda p, _: p.proof(),
    "old": lambda p, t: p.proof(t, iat=seconds() - 300),
    "of the future": lambda p, t: p.proof(t, iat=seconds() + 60),
    "without an instant": lambda p, t: p.proof(t, iat=None),
    "without a jti": lambda p, t: p.proof(t, jti=None),
    "with a jti that is none": lambda p, t: p.proof(t, jti=7),
    "of another type": lambda p, t: p.proof(t, header={"typ": "JWT"}),
    "unsigned": lambda p, t: unsecured(claims_in(p.proof(t)), typ="dpop+jwt", jwk=p.proof_key.as_dict(private=False)),
    "signed by another key than it shows": lambda p, t: p.proof(t, key=OTHER_KEY),
    "signed with the public key as a secret": lambda p, t: confused(
        claims_in(p.proof(t)), p.proof_key, typ="dpop+jwt", jwk=p.proof_key.as_dict(private=False)
    ),
    "showing a private key": lambda p, t: p.proof(t, header={"jwk": p.proof_key.as_dict(private=True)}),
    "showing no key": lambda p, t: p.proof(t, header={"jwk": None}),
    "nonsense": lambda *_: "a.b.c",
}


@pytest.mark.parametrize("kind", PROOFS)
def test_a_proof_that_does_not_fit_the_request_is_refused(served: Served, kind: str) -> None:
    token = served.bank.token()
    assert challenge(served.bank.ask(token, proof=PROOFS[kind](served.bank, token))) == "invalid_dpop_proof"


def test_a_proof_is_taken_once(served: Served) -> None:
    token = served.bank.token()
    proof = served.bank.proof(token)
    assert served.bank.ask(token, proof=proof).status_code == 200
    assert challenge(served.bank.ask(token, proof=proof)) == "invalid_dpop_proof"


@pytest.mark.parametrize("nonce", [None, "made-up"])
def test_a_proof_needs_a_nonce_of_this_process(served: Served, nonce: str | None) -> None:
    token = served.bank.token()
    refused = served.bank.ask(token, proof=served.bank.proof(token, nonce=nonce))
    assert challenge(refused) == "use_dpop_nonce"
    served.bank.nonce = refused.headers["dpop-nonce"]
    assert served.bank.ask(token).status_code == 200


def test_a_proof_by_another_key_than_the_token_s_is_refused(served: Served) -> None:
    token = served.bank.token()
    thief = Party("thief", served.http, nonce=served.bank.nonce)
    assert challenge(thief.ask(token)) == "invalid_token"


def test_keys_are_exchanged_without_a_gap(tmp_path: Path) -> None:
    ring = KeyRing(tmp_path)
    old = ring.signing.kid
    new = ring.rotate(keep=timedelta(minutes=15))
    assert ring.signing.kid == new != old
    assert {key["kid"] for key in ring.published()["keys"]} == {old, new}
    assert all("d" not in key for key in ring.published()["keys"])
    assert KeyRing(tmp_path).find(old) is not None
    ring.rotate(keep=timedelta(0))
    assert KeyRing(tmp_path).find(old) is None
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.iterdir())


def test_a_key_that_is_taken_away_ends_its_tokens_those_that_were_used_before_too(tmp_path: Path) -> None:
    instant = now()

    def clock() -> datetime:
        return instant

    client = Client("bank-core", Role.AGENCY_SYSTEM, COUNTY, Agency.BANK)
    tokens = Tokens(KeyRing(tmp_path, clock), Kept(Register({client.name: client})), "https://hub", clock=clock)
    token = tokens.grant(client, frozenset()).text
    assert tokens.verified(token).client == client.name
    for path in tmp_path.iterdir():
        path.unlink()
    instant += timedelta(seconds=11)
    with pytest.raises(AccessError) as refusal:
        tokens.verified(token)
    assert refusal.value.code == "TOKEN_INVALID"
