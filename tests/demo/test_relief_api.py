"""The relief bureau's API over real HTTP: tokens, pages, refusals."""

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
import uvicorn

from demo.relief import ENDPOINTS, LARGEST_PAGE, TOKEN_SECONDS, application
from tests.demo.sources import Sources

SECRET = "a secret of this test"


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Bureau:
    address: str
    clock: Clock

    def token(self, **form: str) -> httpx.Response:
        usual = {"grant_type": "client_credentials", "client_id": "hub", "client_secret": SECRET}
        return httpx.post(f"{self.address}/oauth/token", data=usual | form)

    def get(self, endpoint: str, token: str, **query: int | str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.get(f"{self.address}/api/v1/{endpoint}", params=query, headers=headers)


@pytest.fixture(scope="module")
def bureau(faulty: Sources) -> Iterator[Bureau]:
    clock = Clock()
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(application(faulty.folder, SECRET, clock=clock), log_level="warning", ws="none")
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield Bureau(f"http://127.0.0.1:{listener.getsockname()[1]}", clock)
    server.should_exit = True
    thread.join()
    listener.close()


@pytest.fixture
def token(bureau: Bureau) -> str:
    return str(bureau.token().json()["access_token"])


def test_a_token_lives_ten_minutes(bureau: Bureau) -> None:
    answer = bureau.token().json()
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", TOKEN_SECONDS)
    assert bureau.get("regions", answer["access_token"]).status_code == 200
    bureau.clock.now += TOKEN_SECONDS
    late = bureau.get("regions", answer["access_token"])
    assert late.status_code == 401
    assert late.headers["www-authenticate"] == 'Bearer error="invalid_token"'


def test_the_secret_may_come_by_basic(bureau: Bureau) -> None:
    form = {"grant_type": "client_credentials"}
    good = httpx.post(f"{bureau.address}/oauth/token", data=form, auth=("hub", SECRET))
    assert good.status_code == 200


@pytest.mark.parametrize("form", [{"client_secret": "wrong"}, {"client_id": "other"}, {"client_secret": ""}])
def test_a_stranger_gets_no_token(bureau: Bureau, form: dict[str, str]) -> None:
    answer = bureau.token(**form)
    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})


def test_another_grant_is_refused(bureau: Bureau) -> None:
    assert bureau.token(grant_type="password").status_code == 400


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_nothing_without_a_token(bureau: Bureau, endpoint: str) -> None:
    assert bureau.get(endpoint, "invented").status_code == 401
    assert httpx.get(f"{bureau.address}/api/v1/{endpoint}").status_code == 401


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_pages_give_every_row_once_and_in_order(bureau: Bureau, token: str, faulty: Sources, endpoint: str) -> None:
    rows: list[dict[str, object]] = []
    page = 1
    while True:
        answer = bureau.get(endpoint, token, page=page, size=4999).json()
        assert (answer["页码"], answer["每页"]) == (page, 4999)
        if not answer["数据"]:
            break
        rows += answer["数据"]
        page += 1
    assert answer["总数"] == len(rows)
    assert rows == faulty.raw("relief", endpoint).to_dicts()


def test_the_last_page_is_short_and_the_next_one_empty(bureau: Bureau, token: str) -> None:
    assert len(bureau.get("regions", token, page=1, size=5000).json()["数据"]) == 232
    assert len(bureau.get("regions", token, page=3, size=100).json()["数据"]) == 32
    assert bureau.get("regions", token, page=4, size=100).json()["数据"] == []


@pytest.mark.parametrize(
    "query", [{"page": 0}, {"page": "x"}, {"size": 0}, {"size": LARGEST_PAGE + 1}, {"page": -1}, {"size": ""}]
)
def test_a_wrong_page_is_refused(bureau: Bureau, token: str, query: dict[str, int | str]) -> None:
    assert bureau.get("regions", token, **query).status_code == 400


def test_an_unknown_endpoint_is_not_found(bureau: Bureau, token: str) -> None:
    assert bureau.get("salaries", token).status_code == 404
    assert bureau.get("../oauth/token", token).status_code in {404, 405}
