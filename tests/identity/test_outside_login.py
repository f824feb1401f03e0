"""Staff log in through an outside OpenID provider: a real one over HTTP, whose every word can be spoilt."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from joserfc.jwk import ECKey

from hub.errors import AccessError, SettingError
from hub.identity.outside import RETURN_PATH, Outside, Provider
from hub.identity.typed import staff_of
from hub.settings import read_settings
from tests.identity.parties import claims_in, confused, seconds, signed, unsecured
from tests.support import provider as outside
from tests.support.county import filled
from tests.support.database import COUNTY, Database
from tests.support.hub import Hub

COOKIE = "a browser's login session"
OTHER_KEY = ECKey.generate_key("P-256", {"kid": "one"})


@pytest.fixture(scope="module")
def running() -> Iterator[outside.Provider]:
    provider = outside.Provider()
    with provider.served():
        yield provider


@pytest.fixture
def provider(running: outside.Provider) -> outside.Provider:
    running.redirect_uri = f"https://hub{RETURN_PATH}"
    running.person = "p-1"
    running.named_issuer, running.methods, running.spoil = running.issuer, ("private_key_jwt",), dict
    return running


def pem(provider: outside.Provider) -> str:
    return provider.client_key.as_pem(private=True).decode()


def hub_of(provider: outside.Provider, **given: Any) -> Provider:
    shown = given or {"key": pem(provider)}
    return Provider(Outside(provider.issuer, outside.CLIENT, **shown), "https://hub")


def returned(address: str) -> dict[str, str]:
    """What the browser brings back from the provider."""
    sent = httpx.get(address, trust_env=False)
    assert sent.status_code == 303, sent.text
    return dict(parse_qsl(urlsplit(sent.headers["location"]).query))


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(AccessError) as caught:
        act()
    return caught.value.code


# ---------------------------------------------------------------- the protocol


def test_the_provider_s_own_name_for_a_person_comes_back(provider: outside.Provider) -> None:
    hub = hub_of(provider)
    assert hub.subject(COOKIE, returned(hub.leave(COOKIE))) == "p-1"
    asked = dict(parse_qsl(urlsplit(hub.leave(COOKIE)).query))
    assert asked["code_challenge_method"] == "S256"
    assert asked["scope"] == "openid"
    again = dict(parse_qsl(urlsplit(hub.leave(COOKIE)).query))
    assert all(asked[name] != again[name] for name in ("state", "nonce", "code_challenge"))


def test_a_client_secret_does_where_no_key_is_taken(provider: outside.Provider) -> None:
    provider.methods = ("client_secret_basic",)
    hub = hub_of(provider, secret=outside.SECRET)
    assert hub.subject(COOKIE, returned(hub.leave(COOKIE))) == "p-1"
    wrong = hub_of(provider, secret="guessed")
    assert refused(lambda: wrong.subject(COOKIE, returned(wrong.leave(COOKIE)))) == "LOGIN_OUTSIDE_REFUSED"


Spoil = Callable[[outside.Provider, dict[str, Any]], object]
SPOILT: dict[str, Spoil] = {
    "for another client": lambda p, c: signed(c | {"aud": "another"}, p.key, kid="one"),
    "for two, unclear which": lambda p, c: signed(c | {"aud": [outside.CLIENT, "another"]}, p.key, kid="one"),
    "given to another": lambda p, c: signed(c | {"azp": "another"}, p.key, kid="one"),
    "by another issuer": lambda p, c: signed(c | {"iss": "https://another"}, p.key, kid="one"),
    "of another log-in": lambda p, c: signed(c | {"nonce": "another"}, p.key, kid="one"),
    "without a nonce": lambda p, c: signed(c | {"nonce": None}, p.key, kid="one"),
    "expired": lambda p, c: signed(c | {"exp": seconds() - 60}, p.key, kid="one"),
    "without an end": lambda p, c: signed(c | {"exp": None}, p.key, kid="one"),
    "old": lambda p, c: signed(c | {"iat": seconds() - 3600}, p.key, kid="one"),
    "of the future": lambda p, c: signed(c | {"iat": seconds() + 60}, p.key, kid="one"),
    "about nobody": lambda p, c: signed(c | {"sub": None}, p.key, kid="one"),
    "about a number": lambda p, c: signed(c | {"sub": 7}, p.key, kid="one"),
    "signed by another key": lambda p, c: signed(c, OTHER_KEY, kid="one"),
    "signed by a key nobody knows": lambda p, c: signed(c, OTHER_KEY, kid="two"),
    "unsigned": lambda p, c: unsecured(c),
    "signed with the public key as a secret": lambda p, c: confused(c, p.key, kid="one"),
    "no token": lambda p, c: "no token",
    "a number": lambda p, c: 7,
    "absent": lambda p, c: None,
}


@pytest.mark.parametrize("spoilt", SPOILT.values(), ids=SPOILT.keys())
def test_an_id_token_that_is_not_right_in_every_part_is_refused(provider: outside.Provider, spoilt: Spoil) -> None:
    provider.spoil = lambda body: body | {"id_token": spoilt(provider, claims_in(body["id_token"]))}
    hub = hub_of(provider)
    assert refused(lambda: hub.subject(COOKIE, returned(hub.leave(COOKIE)))) == "LOGIN_OUTSIDE_REFUSED"


def test_a_token_signed_anew_and_otherwise_right_is_taken(provider: outside.Provider) -> None:
    """So the refusals above are for what they say."""
    provider.spoil = lambda body: body | {"id_token": signed(claims_in(body["id_token"]), provider.key, kid="one")}
    hub = hub_of(provider)
    assert hub.subject(COOKIE, returned(hub.leave(COOKIE))) == "p-1"


@pytest.mark.parametrize(
    "changed",
    [
        {"state": "made-up"},
        {"state": "x.y"},
        {"iss": "https://another"},
        {"iss": None},
        {"code": "made-up"},
        {"code": None},
        {"error": "access_denied"},
    ],
)
def test_an_answer_that_is_not_the_one_asked_for_is_refused(
    provider: outside.Provider, changed: dict[str, str | None]
) -> None:
    hub = hub_of(provider)
    held = returned(hub.leave(COOKIE)) | changed
    given = {name: value for name, value in held.items() if value is not None}
    assert refused(lambda: hub.subject(COOKIE, given)) == "LOGIN_OUTSIDE_REFUSED"


def test_another_browser_s_answer_and_a_second_use_are_refused(provider: outside.Provider) -> None:
    hub = hub_of(provider)
    given = returned(hub.leave(COOKIE))
    assert refused(lambda: hub.subject("another browser", given)) == "LOGIN_OUTSIDE_REFUSED"
    assert hub.subject(COOKIE, given) == "p-1"
    assert refused(lambda: hub.subject(COOKIE, given)) == "LOGIN_OUTSIDE_REFUSED"


def test_metadata_of_another_and_silence_are_refused(provider: outside.Provider) -> None:
    provider.named_issuer = "https://another"
    hub = hub_of(provider)
    assert refused(lambda: hub.leave(COOKIE)) == "LOGIN_OUTSIDE_REFUSED"
    nobody = Provider(Outside("http://127.0.0.1:9", outside.CLIENT, pem(provider)), "https://hub")
    assert refused(lambda: nobody.leave(COOKIE)) == "LOGIN_OUTSIDE_SILENT"


@pytest.mark.parametrize(
    "given",
    [
        {"issuer": "http://provider.example", "secret": "x"},
        {"issuer": "https://provider.example"},
        {"issuer": "https://provider.example", "secret": "x", "key": "x"},
        {"issuer": "https://provider.example", "key": "no key"},
        {"issuer": "https://provider.example", "key": ECKey.generate_key("P-256").as_pem(private=False).decode()},
        {"issuer": "https://provider.example", "secret": "x", "certificates": Path("/nowhere")},
        {"issuer": "https://provider.example", "secret": "x", "client": ""},
    ],
)
def test_settings_that_cannot_be_used_are_refused_at_start(given: dict[str, Any]) -> None:
    with pytest.raises(SettingError) as caught:
        Provider(Outside(**({"client": outside.CLIENT} | given)), "https://hub")
    assert caught.value.code.startswith("SETTING_OPENID_")


# ---------------------------------------------------------------- through the hub's own pages


@pytest.fixture(scope="module")
def served(
    running: outside.Provider, module_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Hub, httpx.Client]]:
    filled(module_database)
    home = tmp_path_factory.mktemp("home")
    (home / "openid.pem").write_text(pem(running))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUB_OPENID_CLIENT_KEY_FILE", str(home / "openid.pem"))
        key = read_settings().openid_client_key
    hub = Hub(
        module_database, home, openid_issuer=running.issuer, openid_client_id=outside.CLIENT, openid_client_key=key
    )
    with hub.served() as http:
        yield hub, http


@pytest.fixture
def pages(served: tuple[Hub, httpx.Client], provider: outside.Provider) -> tuple[Hub, httpx.Client]:
    hub, http = served
    http.cookies.clear()
    provider.redirect_uri = f"{hub.settings.issuer}{RETURN_PATH}"
    return hub, http


def test_only_somebody_whom_the_operator_has_added_gets_in(
    pages: tuple[Hub, httpx.Client], provider: outside.Provider
) -> None:
    hub, http = pages
    given = {"name": "zhang-officer", "role": "city-staff", "region": COUNTY}
    hub.books.add_staff(staff_of(given, "77", ["loan-review"]), None, "p-77")
    known = hub.books.read().staff.keys()

    def enter(subject: str) -> httpx.Response:
        provider.person = subject
        page = http.get("/console", follow_redirects=True)
        assert 'href="/oauth/login/outside"' in page.text
        return http.get("/oauth/login/outside", follow_redirects=True)

    assert http.get("/oauth/login/return", params={"code": "x", "state": "y"}).status_code == 400, "no login begun"
    stranger = enter("p-1")
    assert (stranger.status_code, stranger.url.path) == (403, RETURN_PATH)
    assert "--openid-subject" in stranger.text
    assert hub.books.read().staff.keys() == known, "the provider adds nobody"
    entered = enter("p-77")
    assert (entered.status_code, entered.url.path) == (200, "/console")
    assert "city-staff" in entered.text
    assert refused(lambda: hub.books.add_staff(staff_of(given | {"name": "again"}, "78", ["audit"]), None, "p-77")) == (
        "ACCESS_SUBJECT_TAKEN"
    )
    hub.books.disable_staff("zhang-officer")
    assert http.get("/console").headers["location"] == "/console/login"
    assert enter("p-77").status_code == 403


def test_the_answer_is_refused_with_a_page_and_a_doubled_parameter_too(
    pages: tuple[Hub, httpx.Client], provider: outside.Provider
) -> None:
    _, http = pages
    http.get("/console", follow_redirects=True)
    provider.spoil = lambda body: {**body, "id_token": unsecured(claims_in(body["id_token"]))}
    page = http.get("/oauth/login/outside", follow_redirects=True)
    assert page.status_code == 401
    assert "统一身份认证的结果不能接受" in page.text
    assert "eyJ" not in page.text
    assert http.get("/oauth/login/return?code=a&code=b&state=x").status_code == 400
