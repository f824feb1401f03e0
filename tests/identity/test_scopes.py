"""Scopes narrow, and never widen: client, person and token all have to allow what is asked."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.access.scopes import vocabulary
from hub.errors import AccessError
from hub.identity.tokens import narrowed
from hub.identity.typed import checked_scopes
from schema import CATALOGUE
from tests.identity.conftest import Served
from tests.identity.parties import Party, claims_in, register
from tests.identity.test_staff import CALLBACK, add_person, code_for, exchange

LOANS = "{ loans(first: 1) { nodes { loanId amount } } }"
HOUSEHOLDS = "{ households(first: 1) { nodes { householdId } } }"
WORDS = st.frozensets(st.sampled_from(sorted(vocabulary(CATALOGUE))[:6]), max_size=3)


def allows(scopes: frozenset[str], scope: str) -> bool:
    return not scopes or scope in scopes


@given(WORDS, WORDS, WORDS, st.sampled_from(sorted(vocabulary(CATALOGUE))[:6]))
def test_what_is_left_of_three_is_what_each_of_them_allows(
    client: frozenset[str], person: frozenset[str], token: frozenset[str], scope: str
) -> None:
    left = narrowed(narrowed(client, person), token)
    assert allows(left, scope) == all(allows(scopes, scope) for scopes in (client, person, token))


def codes(party: Party, token: str) -> list[str | None]:
    answers = [party.ask(token, query=query).json() for query in (LOANS, HOUSEHOLDS)]
    return [body["errors"][0]["extensions"]["code"] if "errors" in body else None for body in answers]


def test_a_client_gets_its_scopes_fewer_if_it_asks_and_never_more(served: Served) -> None:
    party = register(served.hub, Party("two-scopes", served.http), scopes=("loan:read", "household:read"))
    whole = party.token()
    assert claims_in(whole)["scope"] == "household:read loan:read"
    assert codes(party, whole) == [None, None]
    fewer = party.post(scope="loan:read").json()["access_token"]
    assert codes(party, fewer) == [None, "ACCESS_FIELD_REFUSED"]
    more = party.post(scope="loan:read loan:clear")
    assert (more.status_code, more.json()["error"]) == (400, "invalid_scope")


def test_a_client_and_a_person_who_share_no_scope_may_see_nothing_together(served: Served) -> None:
    portal = register(served.hub, Party("loans-only", served.http), redirects=(CALLBACK,), scopes=("loan:read",))
    for name, scopes, expected in (
        ("households-only", ["household:read"], ["ACCESS_FIELD_REFUSED", "ACCESS_FIELD_REFUSED"]),
        ("both-scopes", ["household:read", "loan:read"], [None, "ACCESS_FIELD_REFUSED"]),
        ("no-scopes", [], [None, "ACCESS_FIELD_REFUSED"]),
    ):
        person = add_person(served, name, scopes=scopes)
        with httpx.Client(base_url=served.http.base_url, trust_env=False, timeout=30) as browser:
            token = exchange(portal, code_for(browser, portal, person)).json()["access_token"]
        assert codes(portal, token) == expected, name


def test_a_word_that_is_no_scope_is_not_taken_for_one() -> None:
    assert checked_scopes(["loan:read"], vocabulary(CATALOGUE)) == {"loan:read"}
    for word in ("loan:write", "loans:read", "nothing", ""):
        with pytest.raises(AccessError, match="no such scope"):
            checked_scopes([word], vocabulary(CATALOGUE))
