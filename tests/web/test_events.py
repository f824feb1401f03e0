"""The stream of changes: within the region, resumable, and nothing lost while nobody listened."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import orjson
import psycopg
import pytest

from hub.access.gate import Gate
from hub.query.run import DatabaseReader
from hub.storage.roles import DatabaseRole
from hub.web.events import EventEndpoint, Pace
from tests.support.county import FACE, GATE, TOWNSHIPS, actor
from tests.support.database import COUNTY, Database
from tests.support.log import Kept, entries, log_over, recorder

ADD = (
    "insert into computed.finding_event (county, event_id, finding_id, rule_code, kind, happened_at, severity, region,"
    " computed_in) values (%s, gen_random_uuid()::text, %s, 'Q12', 'OPENED', %s, 'HIGH', %s, 1)"
)


class Known:
    """Tokens of one actor."""

    version = 0

    def __init__(self, region: str) -> None:
        self.region = region

    def identify(self, *_: object) -> object:
        return None

    def authorise(self, *_: object) -> Any:
        return actor(self.region)


def add(database: Database, finding: str, region: str) -> None:
    with database.connect(DatabaseRole.RULES) as connection:
        connection.execute(ADD, (COUNTY, finding, datetime(2020, 7, 8, tzinfo=UTC), region))


@asynccontextmanager
async def following(database: Database, region: str, place: str = "") -> AsyncIterator[Callable[[], str]]:
    said: list[bytes] = []
    gone = asyncio.Event()

    async def send(message: Any) -> None:
        said.append(message.get("body", b""))

    async def receive() -> Any:
        await gone.wait()
        return {"type": "http.disconnect"}

    headers = [(b"last-event-id", place.encode())] if place else []
    async with DatabaseReader(database.conninfo(DatabaseRole.API)) as reader, recorder(database) as rows:
        endpoint = EventEndpoint(reader, Known(region), GATE, log_over(rows), pace=Pace(look=0.05, beat=0.1))  # type: ignore[arg-type]
        scope = {"type": "http", "method": "GET", "path": "/events", "headers": headers}
        task = asyncio.ensure_future(endpoint(scope, receive, send))
        yield lambda: b"".join(said).decode()
        gone.set()
        await task


async def until(said: Callable[[], str], word: str) -> str:
    for _ in range(400):
        if word in said():
            return said()
        await asyncio.sleep(0.02)
    raise AssertionError(said())


def findings(text: str) -> list[str]:
    blocks = [block for block in text.split("\n\n") if "event: finding" in block]
    return [orjson.loads(block.partition("data: ")[2])["findingId"] for block in blocks]


def last_id(text: str) -> str:
    return [line.removeprefix("id: ") for line in text.splitlines() if line.startswith("id: ")][-1]


def test_changes_are_told_within_the_region_and_taken_up_where_one_left(database: Database) -> None:
    async def scene() -> None:
        add(database, "before", TOWNSHIPS[0])
        async with following(database, TOWNSHIPS[0]) as said:
            await until(said, "retry")
            add(database, "elsewhere", TOWNSHIPS[1])
            add(database, "here", TOWNSHIPS[0])
            place = last_id(await until(said, "here"))
            assert findings(said()) == ["here"]
            assert ": beat" in await until(said, ": beat")
        add(database, "meanwhile", TOWNSHIPS[0])
        async with following(database, TOWNSHIPS[0], place) as said:
            await until(said, "meanwhile")
            assert findings(said()) == ["meanwhile"]

    asyncio.run(scene())
    here, meanwhile = entries(database)
    assert (here.door, here.outcome, here.row_count) == ("EVENTS", "ANSWERED", 1)
    assert here.dataset == meanwhile.dataset == "finding_event"
    assert "finding_event.finding_id" in here.fields


def test_an_event_of_a_slow_transaction_is_not_overtaken(database: Database) -> None:
    async def scene() -> None:
        async with following(database, COUNTY) as said:
            await until(said, "retry")
            with psycopg.connect(database.owner) as slow:
                for name, value in (("hub.county", COUNTY),):
                    slow.execute("select set_config(%s, %s, false)", (name, value))
                slow.execute(ADD, (COUNTY, "slow", datetime(2020, 7, 8, tzinfo=UTC), COUNTY))
                add(database, "quick", COUNTY)
                await asyncio.sleep(0.3)
                assert findings(said()) == []
            await until(said, "quick")
            assert findings(said()) == ["slow", "quick"]

    asyncio.run(scene())


def test_a_place_that_was_not_given_is_refused(database: Database) -> None:
    async def scene() -> None:
        async with following(database, COUNTY, "1.x'; drop|") as said:
            assert "QUERY_PLACE_INVALID" in await until(said, "QUERY")

    asyncio.run(scene())


@pytest.mark.parametrize(("shared", "code"), [(False, "ACCESS_DATASET_REFUSED"), (True, "HUB_FAILED")])
def test_who_was_refused_a_stream_and_what_failed_stand_in_the_log(code: str, *, shared: bool) -> None:
    async def read(*_: object) -> Any:
        raise RuntimeError("of a row")

    async def send(message: Any) -> None:
        said.append(message)

    async def receive() -> Any:
        await asyncio.Event().wait()

    said: list[Any] = []
    kept = Kept()
    gate = GATE if shared else Gate(FACE.entities, lambda: ())
    reader, tokens = SimpleNamespace(read=read), Known(COUNTY)
    endpoint = EventEndpoint(reader, tokens, gate, log_over(kept))  # type: ignore[arg-type]
    asyncio.run(endpoint({"type": "http", "method": "GET", "path": "/events", "headers": []}, receive, send))
    assert code.encode() in said[-1]["body"]
    assert [(row["code"], row["client"]) for row in kept.rows] == [(code, actor().client)]


@pytest.mark.parametrize("state", ["DONE", "FAILED"])
def test_a_sync_s_end_is_told(database: Database, state: str) -> None:
    async def scene() -> None:
        async with following(database, COUNTY) as said:
            await until(said, "retry")
            with database.connect(DatabaseRole.CONNECTOR) as connection:
                connection.execute(
                    "insert into sync.run (county, agency, state, started_at, finished_at)"
                    " values (%s, 'BANK', %s, now(), now())",
                    (COUNTY, state),
                )
            text = await until(said, "event: run")
            assert f'"state":"{state}"' in text

    asyncio.run(scene())
