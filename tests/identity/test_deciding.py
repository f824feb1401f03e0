"""A person who logged in says something about a finding, and others hear of it: over real HTTP, by scope."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import orjson
import psycopg
import pytest

from hub.storage.roles import DatabaseRole
from tests.identity.conftest import Served
from tests.identity.parties import Party, register
from tests.identity.test_staff import CALLBACK, add_person, code_for, exchange
from tests.support.county import VILLAGES
from tests.support.database import COUNTY

HEARING = ("finding_event:read", "finding_event:personal")
DECIDING = ("finding:read", "finding:personal", "finding:decide", *HEARING)


def say(finding: str, what: str) -> str:
    return f"mutation {{ done: {what.replace('(', f'(findingId: {chr(34)}{finding}{chr(34)}, ')} {{ state eventId }} }}"


DECISION = 'decideFinding(disposal: NEGOTIATE, words: "约定分期")'
WORDS = [DECISION, 'commentOnFinding(words: "看过")', 'assignFinding(assignee: "赵六")']


@pytest.fixture(scope="module")
def opened(served: Served) -> str:
    """One open finding of the first village."""
    row = {"county": COUNTY, "finding_id": "Q10-1", "rule_code": "Q10", "kind": "FAULT", "severity": "MEDIUM"}
    row |= {"state": "OPEN", "subject_dataset": "loan", "subject_key": "L001", "loan_id": "L001"}
    row |= {"deadline": "2020-07-23", "opened_on": "2020-07-08", "region": VILLAGES[0]}
    more = {"times_opened": 1, "computed_in": 1}
    names, values = ", ".join([*row, *more]), [*row.values(), *more.values()]
    marks = ", ".join(["%s"] * len(values))
    with psycopg.connect(served.hub.server.owner, autocommit=True) as owner:
        owner.execute(f"insert into computed.finding ({names}) values ({marks})".encode(), values)
    return "Q10-1"


@pytest.fixture(scope="module")
def desk(served: Served) -> Party:
    return register(served.hub, Party("decision-desk", served.http), redirects=(CALLBACK,))


def token_of(served: Served, desk: Party, name: str, *scopes: str) -> str:
    person = add_person(served, name, scopes=scopes)
    with httpx.Client(base_url=served.http.base_url, trust_env=False, timeout=30) as browser:
        token: str = exchange(desk, code_for(browser, desk, person)).json()["access_token"]
    return token


def code_of(answer: httpx.Response) -> str:
    return str(answer.json()["errors"][0]["extensions"]["code"])


@pytest.fixture(scope="module")
def decider(served: Served, desk: Party) -> str:
    return token_of(served, desk, "deciding-officer", *DECIDING)


@pytest.mark.parametrize(("what", "state"), list(zip(WORDS, ("DECIDED", "DECIDED", "ASSIGNED"), strict=True)))
def test_a_person_with_the_scope_decides_comments_and_assigns(
    served: Served, desk: Party, decider: str, opened: str, what: str, state: str
) -> None:
    with psycopg.connect(served.hub.server.owner, autocommit=True) as owner:
        owner.execute("update computed.finding set state = 'DECIDED', first_contact = null")
    answer = desk.ask(decider, query=say(opened, what))
    assert answer.status_code == 200, answer.text
    done = answer.json()["data"]["done"]
    assert done["state"] == state
    kept = "select staff, client, finding_id from computed.finding_event where event_id = %s"
    with psycopg.connect(served.hub.server.owner) as owner:
        assert owner.execute(kept, (done["eventId"],)).fetchall() == [("deciding-officer", desk.name, opened)]
        found = owner.execute("select first_contact from computed.finding where finding_id = %s", (opened,)).fetchone()
    assert found == ("deciding-officer",)


def test_without_the_scope_or_a_person_nothing_is_written(served: Served, desk: Party, opened: str) -> None:
    def written() -> object:
        with psycopg.connect(served.hub.server.owner) as owner:
            return owner.execute("select count(*) from computed.finding_event").fetchone()

    before = written()
    reader = token_of(served, desk, "reading-officer", "finding:read", *HEARING)
    machine = served.bank.token()
    for what in WORDS:
        assert code_of(desk.ask(reader, query=say(opened, what))) == "ACCESS_SCOPE_MISSING"
        assert code_of(served.bank.ask(machine, query=say(opened, what))) == "ACCESS_PERSON_REQUIRED"
        assert served.http.post("/graphql", json={"query": say(opened, what)}).status_code == 401
    assert written() == before


def listening(desk: Party, token: str | None) -> dict[str, str]:
    headers = {"data-purpose": "loan-review", "accept": "text/event-stream"}
    if token is not None:
        proof = desk.proof(token, url=f"{desk.issuer}/events", htm="GET")
        headers |= {"authorization": f"DPoP {token}", "dpop": proof}
    return headers


def events(lines: Iterator[str]) -> Iterator[tuple[str, dict[str, object]]]:
    kind = ""
    for line in lines:
        if line.startswith("event: "):
            kind = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield kind, orjson.loads(line.removeprefix("data: "))


def test_a_decision_and_a_sync_are_heard_by_who_listens(served: Served, desk: Party, decider: str, opened: str) -> None:
    with served.http.stream("GET", "/events", headers=listening(desk, decider)) as stream:
        assert stream.status_code == 200
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = stream.iter_lines()
        assert any(line.startswith("retry:") for line in lines)
        done = desk.ask(decider, query=say(opened, DECISION)).json()["data"]["done"]
        with psycopg.connect(served.hub.server.conninfo(DatabaseRole.CONNECTOR), autocommit=True) as connection:
            connection.execute("select set_config('hub.county', %s, false)", (COUNTY,))
            connection.execute(
                "insert into sync.run (run_id, county, agency, state, started_at, finished_at)"
                " overriding system value values (9, %s, 'BANK', 'DONE', now(), now())",
                (COUNTY,),
            )
        heard = events(lines)
        told = dict([next(heard), next(heard)])
    assert told["finding"]["findingId"] == opened
    assert told["finding"]["kind"] == "DECIDED"
    assert "约定分期" not in str(told), "an event names what happened, never what was said"
    assert told["run"]["state"] == "DONE"
    assert done["state"] == "DECIDED"


def test_nobody_listens_without_a_token_or_the_scope(served: Served, desk: Party) -> None:
    assert served.http.get("/events", headers=listening(desk, None)).status_code == 401
    narrow = token_of(served, desk, "narrow-officer", "loan:read")
    refused = served.http.get("/events", headers=listening(desk, narrow))
    assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (403, "ACCESS_DATASET_REFUSED")
