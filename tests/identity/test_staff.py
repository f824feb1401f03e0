"""People log in: pushed requests, PKCE, codes, the second factor, the lock, the console."""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import psycopg
import pyotp
import pytest
from argon2 import Type

from hub.errors import AccessError, QueryError
from hub.identity import login
from hub.identity.desk import Desk
from hub.identity.login import LONGEST_LOCK, Kept, Logins, draw, lock_after
from hub.identity.seeds import Seeds
from hub.identity.typed import staff_of
from hub.storage.roles import DatabaseRole
from tests.identity.conftest import Served
from tests.identity.parties import Party, claims_in, register
from tests.support.database import COUNTY
from tests.support.passwords import REAL

CALLBACK = "https://portal.example/callback"


@dataclass
class Person:
    """Somebody with a password and a telephone."""

    name: str
    password: str
    seed: str
    used: int = 0

    def code(self) -> str:
        """A code of this moment's window that was not used yet."""
        self.used += 1
        return pyotp.TOTP(self.seed).at(pyotp.TOTP(self.seed).timecode(_now()) * 30 + 30 * (self.used - 1))


def _now() -> Any:
    from hub.clock import now

    return now()


def add_person(
    served: Served, name: str, role: str = "city-staff", person: str | None = None, scopes: Iterable[str] = ()
) -> Person:
    secrets, kept = draw(name, "https://hub")
    given = {"name": name, "role": role, "region": COUNTY}
    purposes = ["loan-review", "programme-supervision"]
    served.hub.books.add_staff(staff_of(given, person or name, purposes, scopes), kept, None)
    return Person(name, secrets.password, kept.totp_secret)


@pytest.fixture(scope="module")
def portal(served: Served) -> Party:
    return register(served.hub, Party("portal", served.http), redirects=(CALLBACK,))


@pytest.fixture
def browser(served: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served.http.base_url, trust_env=False, timeout=30) as client:
        yield client


VERIFIER = token_urlsafe(48)
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


def push(portal: Party, **fields: str | None) -> httpx.Response:
    wanted: dict[str, Any] = {
        "grant_type": None,
        "response_type": "code",
        "client_id": portal.name,
        "redirect_uri": CALLBACK,
        "state": "s 1",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    return portal.post("/oauth/par", **(wanted | fields))


def arrive(browser: httpx.Client, portal: Party, request_uri: str) -> httpx.Response:
    params = {"client_id": portal.name, "request_uri": request_uri}
    return browser.get("/oauth/authorize", params=params, follow_redirects=True)


def csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page)
    assert found, page
    return found[1]


def enter(browser: httpx.Client, page: str, person: Person, **fields: str) -> httpx.Response:
    form = {"csrf": csrf(page), "name": person.name, "password": person.password}
    return browser.post("/oauth/login", data=form | {"code": fields.pop("code", "") or person.code()} | fields)


def code_for(browser: httpx.Client, portal: Party, person: Person, **fields: str | None) -> str:
    page = arrive(browser, portal, push(portal, **fields).json()["request_uri"])
    sent = enter(browser, page.text, person)
    assert sent.status_code == 303, sent.text
    return parse_qs(urlsplit(sent.headers["location"]).query)["code"][0]


def exchange(portal: Party, code: str, **fields: str | None) -> httpx.Response:
    wanted: dict[str, Any] = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    }
    return portal.post(**(wanted | fields))


def test_a_person_logs_in_through_a_client_and_asks_as_themselves(
    served: Served, portal: Party, browser: httpx.Client
) -> None:
    person = add_person(served, "li-officer")
    pushed = push(portal)
    assert pushed.status_code == 201
    assert pushed.json()["expires_in"] < 600
    page = arrive(browser, portal, pushed.json()["request_uri"])
    assert page.status_code == 200
    assert "https://portal.example" in page.headers["content-security-policy"]
    assert "script" not in page.text
    sent = enter(browser, page.text, person)
    assert sent.status_code == 303
    address = sent.headers["location"]
    assert address.startswith(f"{CALLBACK}?")
    held = parse_qs(urlsplit(address).query)
    assert held["state"] == ["s 1"]
    assert held["iss"] == [portal.issuer]
    given = exchange(portal, held["code"][0])
    assert given.status_code == 200, given.text
    body = given.json()
    assert (body["token_type"], body["expires_in"]) == ("DPoP", 600)
    assert "refresh_token" not in body
    token = body["access_token"]
    assert (claims_in(token)["sub"], claims_in(token)["client_id"]) == ("li-officer", "portal")
    assert portal.ask(token).json()["data"]["me"] == {"client": "portal", "role": "city-staff", "region": COUNTY}
    served.hub.books.disable_staff("li-officer")
    assert portal.ask(token).status_code == 401


def test_a_code_is_taken_once_and_its_token_ends_when_it_is_tried_again(
    served: Served, portal: Party, browser: httpx.Client
) -> None:
    code = code_for(browser, portal, add_person(served, "code-officer"))
    token = exchange(portal, code).json()["access_token"]
    assert portal.ask(token).status_code == 200
    again = exchange(portal, code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert portal.ask(token).status_code == 401


def test_a_code_of_another_client_key_verifier_or_address_is_refused(
    served: Served, portal: Party, browser: httpx.Client
) -> None:
    person = add_person(served, "mixed-officer")
    code = code_for(browser, portal, person)
    other = register(served.hub, Party("other-portal", served.http), redirects=(CALLBACK,))
    assert exchange(other, code).json()["error"] == "invalid_grant"
    assert exchange(portal, code, code_verifier="x" * 43).json()["error"] == "invalid_grant"
    assert exchange(portal, code, code_verifier=None).json()["error"] == "invalid_request"
    assert exchange(portal, code, redirect_uri="https://portal.example/other").json()["error"] == "invalid_grant"
    assert exchange(portal, "made-up").json()["error"] == "invalid_grant"
    thief = Party("portal", served.http, key=portal.key, nonce=portal.nonce)
    assert exchange(thief, code).json()["error"] == "invalid_grant", "bound to the key of the pushed request's proof"
    assert exchange(portal, code).status_code == 200


def test_a_code_lives_for_a_minute(served: Served, portal: Party, browser: httpx.Client) -> None:
    code = code_for(browser, portal, add_person(served, "slow-officer"))
    with psycopg.connect(served.hub.server.owner, autocommit=True) as connection:
        row = connection.execute("select max(expires_at) - now() from identity.code").fetchone()
        assert row is not None
        assert timedelta(0) < row[0] <= timedelta(seconds=60)
        connection.execute("update identity.code set expires_at = now()")
    assert exchange(portal, code).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"redirect_uri": "https://evil.example/callback"}, "invalid_request"),
        ({"redirect_uri": f"{CALLBACK}/more"}, "invalid_request"),
        ({"redirect_uri": f"{CALLBACK}?x=1"}, "invalid_request"),
        ({"redirect_uri": "http://portal.example/callback"}, "invalid_request"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"scope": "everything"}, "invalid_scope"),
        ({"client_id": "bank-core"}, "invalid_request"),
        ({"request_uri": "urn:x"}, "invalid_request"),
        ({"request": "x.y.z"}, "invalid_request"),
        ({"dpop_jkt": "another-key"}, "invalid_request"),
        ({"client_assertion": "a.b.c"}, "invalid_client"),
    ],
)
def test_a_request_that_is_less_than_it_should_be_is_not_taken(
    portal: Party, fields: dict[str, str | None], error: str
) -> None:
    refused = push(portal, **fields)
    assert (refused.status_code, refused.json()["error"]) == (400, error)
    assert "location" not in refused.headers


def test_nobody_is_sent_here_without_a_pushed_request(portal: Party, browser: httpx.Client) -> None:
    held = {"client_id": "portal", "response_type": "code", "redirect_uri": CALLBACK, "code_challenge": CHALLENGE}
    plain = browser.get("/oauth/authorize", params=held | {"code_challenge_method": "S256"})
    assert plain.status_code == 400
    assert "location" not in plain.headers
    uri = push(portal).json()["request_uri"]
    foreign = browser.get("/oauth/authorize", params={"client_id": "bank-core", "request_uri": uri})
    assert foreign.status_code == 400
    assert arrive(browser, portal, uri).status_code == 200
    again = browser.get("/oauth/authorize", params={"client_id": "portal", "request_uri": uri})
    assert again.status_code == 400, "a pushed request is used once"


def test_a_login_form_from_elsewhere_is_not_taken(served: Served, portal: Party, browser: httpx.Client) -> None:
    person = add_person(served, "forged-officer")
    page = arrive(browser, portal, push(portal).json()["request_uri"])
    assert enter(browser, page.text, person, csrf="0" * 64).status_code == 400
    form = {"csrf": csrf(page.text), "name": person.name, "password": person.password, "code": person.code()}
    assert browser.post("/oauth/login", data=form, headers={"origin": "https://evil.example"}).status_code == 400
    stranger = httpx.post(f"{served.http.base_url}/oauth/login", data=form, trust_env=False)
    assert stranger.status_code == 400, "without the cookie"


def test_the_console_shows_me_and_the_ledger_and_hands_out_no_token(served: Served, browser: httpx.Client) -> None:
    person = add_person(served, "console-officer")
    page = browser.get("/console", follow_redirects=True)
    assert page.url.path == "/oauth/login"
    entered = enter(browser, page.text, person)
    cookie = entered.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    home = browser.get("/console")
    assert "console-officer" not in browser.cookies.values()
    assert "city-staff" in home.text
    assert "<script" not in home.text
    form = {"csrf": csrf(home.text), "region": COUNTY, "asOf": "2020-07-08", "purpose": "programme-supervision"}
    asked = browser.post("/console", data=form)
    assert asked.status_code == 200, asked.text
    assert "disbursed.amount" in asked.text
    assert "eyJ" not in asked.text, "no token in what the browser gets"
    bad = browser.post("/console", data=form | {"region": "<script>"})
    assert bad.status_code == 400
    assert "<script>" not in bad.text
    assert browser.post("/console", data=form | {"purpose": "audit"}).status_code == 403
    assert browser.post("/console", data=form | {"csrf": "0" * 64}).headers["location"] == "/console/login"
    served.hub.books.disable_staff("console-officer")
    assert browser.get("/console").headers["location"] == "/console/login"


def test_every_question_behind_the_console_s_page_is_in_the_log_also_one_that_is_refused(
    served: Served, browser: httpx.Client
) -> None:
    enter(browser, browser.get("/console", follow_redirects=True).text, add_person(served, "logged-officer"))
    form = {"csrf": csrf(browser.get("/console").text), "region": COUNTY, "asOf": "2020-07-08"}
    told = (
        "select purpose, outcome, code, fields from audit.disclosure where door = 'PAGE' and staff = 'logged-officer'"
    )
    turned_away = "select request_id from audit.disclosure where door = 'PAGE' and code = 'PURPOSE_REFUSED'"
    with psycopg.connect(served.hub.server.owner) as owner:
        before = owner.execute(turned_away).fetchall()
        browser.post("/console", data=form | {"purpose": "programme-supervision"})
        browser.post("/console", data=form | {"purpose": "audit"})
        me, *_, ledger = sorted(owner.execute(told).fetchall())
        after = owner.execute(turned_away).fetchall()
    assert (me, ledger[:3]) == (("loan-review", "ANSWERED", None, []), ("programme-supervision", "ANSWERED", None))
    assert "ledger.disbursed_amount" in ledger[3]
    assert len(after) == len(before) + 1


def test_characters_that_nothing_can_be_called_by_are_refused_like_any_wrong_word(
    portal: Party, browser: httpx.Client
) -> None:
    page = arrive(browser, portal, push(portal).json()["request_uri"])
    assert enter(browser, page.text, Person("no\0body", "x", pyotp.random_base32())).status_code == 401
    strange = browser.post("/oauth/login", data={"csrf": "é", "name": "x", "password": "x", "code": "1"})
    assert strange.status_code == 400
    uri = push(portal).json()["request_uri"]
    assert browser.get("/oauth/authorize", params={"client_id": "x\0", "request_uri": uri}).status_code == 400


def test_a_hub_that_cannot_tell_now_does_not_end_the_session(
    served: Served, browser: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def shut(*_: object) -> Any:
        raise QueryError("LOG_BEHIND", "The log lags.", "Wait.", status=503)

    enter(browser, browser.get("/console", follow_redirects=True).text, add_person(served, "waiting-officer"))
    with monkeypatch.context() as patched:
        patched.setattr("hub.web.console.Console._ask", shut)
        waiting = browser.get("/console")
    assert (waiting.status_code, "LOG_BEHIND" not in waiting.text, "Wait." in waiting.text) == (503, True, True)
    assert browser.get("/console").status_code == 200


def test_logging_out_ends_the_session(served: Served, browser: httpx.Client) -> None:
    person = add_person(served, "leaving-officer")
    enter(browser, browser.get("/console", follow_redirects=True).text, person)
    kept = dict(browser.cookies)
    home = browser.get("/console")
    browser.post("/console/logout", data={"csrf": csrf(home.text)})
    copied = httpx.get(f"{served.http.base_url}/console", cookies=kept, trust_env=False)
    assert copied.headers["location"] == "/console/login"


# ---------------------------------------------------------------- who gets in


@pytest.fixture
def logins(served: Served) -> Logins:
    desk = Desk(served.hub.server.conninfo(DatabaseRole.IDENTITY), COUNTY)
    return Logins(desk, Seeds(served.hub.settings.home / "keys", desk))


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(AccessError) as caught:
        act()
    return caught.value.code


def test_wrong_words_are_all_answered_alike_and_a_code_is_taken_once(served: Served, logins: Logins) -> None:
    person = add_person(served, "once-officer")
    for name, password, code in (
        ("nobody", person.password, "123456"),
        (person.name, "wrong", person.code()),
    ):
        assert refused(lambda: logins.enter(name, password, code)) == "LOGIN_REFUSED"  # noqa: B023
    code = person.code()
    assert logins.enter("Once-Officer ", person.password, code) == "once-officer"
    assert refused(lambda: logins.enter(person.name, person.password, code)) == "LOGIN_REFUSED"


def test_a_password_costs_a_guesser_what_rfc_9106_recommends(monkeypatch: pytest.MonkeyPatch) -> None:
    for made in REAL:
        assert (made.type, made.memory_cost, made.time_cost, made.parallelism) == (Type.ID, 65_536, 3, 4)
    monkeypatch.setattr(login, "_PASSWORDS", REAL[0])
    secrets, kept = login.draw("wang", "https://hub")
    assert kept.password_hash.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert login._matches(kept.password_hash, secrets.password)
    assert not login._matches(kept.password_hash, secrets.password + "x")


def test_guessing_gets_slower_and_slower(served: Served, logins: Logins) -> None:
    person = add_person(served, "guessed-officer")
    codes = [refused(lambda: logins.enter(person.name, "wrong", "123456")) for _ in range(5)]
    assert codes == ["LOGIN_REFUSED"] * 4 + ["LOGIN_LOCKED"]
    assert refused(lambda: logins.enter(person.name, person.password, person.code())) == "LOGIN_LOCKED"
    waits = [lock_after(failures) for failures in range(1, 40)]
    assert waits == sorted(waits)
    assert waits[3] == timedelta(seconds=2)
    assert waits[-1] == LONGEST_LOCK


def test_the_three_administrators_are_three_persons(served: Served) -> None:
    add_person(served, "an-auditor", "auditor", person="p-1")
    assert refused(lambda: add_person(served, "an-operator", "operator", person="p-1")) == "ACCESS_ROLES_COMBINED"
    assert refused(lambda: add_person(served, "an-officer", "security-officer", person="p-1")) == (
        "ACCESS_ROLES_COMBINED"
    )
    add_person(served, "an-operator", "operator", person="p-2")
    add_person(served, "an-officer", "city-staff", person="p-1")
    served.hub.books.disable_staff("an-auditor")
    add_person(served, "former-auditor", "operator", person="p-1")


def test_new_secrets_end_the_old_ones(served: Served, logins: Logins) -> None:
    person = add_person(served, "reset-officer")
    secrets, kept = draw(person.name, "https://hub")
    assert isinstance(kept, Kept)
    served.hub.books.reset_staff(person.name, kept)
    assert refused(lambda: logins.enter(person.name, person.password, person.code())) == "LOGIN_REFUSED"
    renewed = Person(person.name, secrets.password, kept.totp_secret)
    assert logins.enter(person.name, secrets.password, renewed.code()) == person.name


def test_no_secret_lies_in_the_database_in_clear(served: Served, browser: httpx.Client) -> None:
    person = add_person(served, "stored-officer")
    enter(browser, browser.get("/console", follow_redirects=True).text, person)
    (cookie,) = [value for name, value in browser.cookies.items() if name == "hub-console"]
    with psycopg.connect(served.hub.server.owner) as connection:
        for table in ("session", "staff", "code", "pushed_request"):
            for (row,) in connection.execute(f"select t::text from identity.{table} t"):
                assert person.password not in str(row)
                assert person.seed not in str(row)
                assert cookie not in str(row)
