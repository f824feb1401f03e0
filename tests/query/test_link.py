"""The connection under stress: whatever happens to one request, the next one is answered, and answered rightly."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any

import orjson
import psycopg
import pytest

from hub.errors import HubError
from hub.query.parameters import Claim
from hub.query.run import DatabaseReader
from hub.query.to_sql import Statement
from hub.storage.roles import DatabaseRole
from tests.support.county import VILLAGES, County
from tests.support.database import COUNTY, DATASETS, READER, Database, database_waits

SLEEP = Statement(b"select pg_sleep(30)::text", (), ("slept",))
HELD = Statement(b"select pg_advisory_xact_lock(1)::text", (), ("held",))
WHO = Statement(b"select current_setting('hub.region_from')", (), ("region",))
LOANS = Statement(
    b"select json_agg(l.region), current_setting('hub.region_from') from shown.loan l where l.amount >= $1::bigint",
    (),
    ("regions", "claimed"),
    READER,
)
BROKEN = Statement(b"select 1 / (length($1::text) - 1)", (), ("broken",))


def claims(region: str = COUNTY) -> Mapping[Claim, str]:
    return {
        Claim.COUNTY: COUNTY,
        Claim.REGION_FROM: region,
        Claim.REGION_TO: f"{region}~",
        Claim.DATASETS: DATASETS,
        Claim.AUTHORITY: "0",
    }


def run(job: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(job, 200))


def reader(database: Database, connections: int = 2, timeout_milliseconds: int = 10_000) -> DatabaseReader:
    return DatabaseReader(
        database.conninfo(DatabaseRole.API),
        most_connections=connections,
        timeout_milliseconds=timeout_milliseconds,
    )


def backends(database: Database) -> list[int]:
    with database.connect() as connection:
        rows = connection.execute(
            "select pid from pg_stat_activity where datname = %s and usename = 'hub_api'", (database.name,)
        )
        return [int(str(pid)) for (pid,) in rows]


def kill(database: Database) -> None:
    with database.connect() as connection:
        for pid in backends(database):
            connection.execute("select pg_terminate_backend(%s, 5000)", (pid,))


async def asleep(database: Database, count: int) -> None:
    """Waits until so many statements sleep in the database."""
    while True:
        with database.connect() as connection:
            row = connection.execute(
                "select count(*) from pg_stat_activity where datname = %s and wait_event = 'PgSleep'", (database.name,)
            ).fetchone()
        if row == (count,):
            return
        await asyncio.sleep(0.05)


def test_a_backend_killed_at_work_is_said_to_be_so_and_replaced(database: Database) -> None:
    async def job() -> None:
        async with reader(database) as pool:
            waiting = asyncio.create_task(pool.read(SLEEP, [], claims()))
            await asleep(database, 1)
            await asyncio.to_thread(kill, database)
            with pytest.raises(HubError) as caught:
                await waiting
            assert caught.value.code in {"DATABASE_BUSY", "DATABASE_UNREACHABLE"}
            assert caught.value.status == 503
            assert await pool.read(WHO, [], claims()) == [COUNTY.encode()]

    run(job())


def test_backends_killed_while_idle_are_not_noticed_by_the_next_request(database: Database) -> None:
    async def job() -> None:
        async with reader(database, connections=4) as pool:
            await asyncio.gather(*(pool.read(WHO, [], claims()) for _ in range(8)))
            await asyncio.to_thread(kill, database)
            found = await asyncio.gather(*(pool.read(WHO, [], claims(VILLAGES[0])) for _ in range(8)))
            assert found == [[VILLAGES[0].encode()]] * 8

    run(job())


def test_a_client_that_goes_away_leaves_nothing_behind(database: Database) -> None:
    async def job() -> None:
        async with reader(database) as pool:
            leaving = [asyncio.create_task(pool.read(SLEEP, [], claims(VILLAGES[0]))) for _ in range(2)]
            await asleep(database, 2)
            for task in leaving:
                task.cancel()
            ends = await asyncio.gather(*leaving, return_exceptions=True)
            assert all(isinstance(end, asyncio.CancelledError) for end in ends)
            found = await asyncio.gather(*(pool.read(WHO, [], claims(VILLAGES[1])) for _ in range(10)))
            assert found == [[VILLAGES[1].encode()]] * 10
            await asleep(database, 0)  # nor does the server go on for nobody

    run(job())


def test_a_request_that_leaves_while_it_waits_for_a_connection_takes_none(database: Database) -> None:
    async def job() -> None:
        async with reader(database, connections=1) as pool:
            with database.connect() as holding:
                holding.execute("select pg_advisory_lock(1)")
                first = asyncio.create_task(pool.read(HELD, [], claims()))
                await database_waits(database.owner)
                queued = [asyncio.create_task(pool.read(WHO, [], claims())) for _ in range(5)]
                await asyncio.sleep(0.05)
                for task in queued:
                    task.cancel()
            await first
            assert await pool.read(WHO, [], claims()) == [COUNTY.encode()]

    run(job())


def test_a_statement_that_takes_too_long_is_ended_and_the_connection_stays(database: Database) -> None:
    async def job() -> None:
        async with reader(database, connections=1, timeout_milliseconds=100) as pool:
            assert await pool.read(WHO, [], claims()) == [COUNTY.encode()]
            before = await asyncio.to_thread(backends, database)
            with pytest.raises(HubError) as caught:
                await pool.read(SLEEP, [], claims())
            assert caught.value.code == "QUERY_TIMED_OUT"
            assert await pool.read(WHO, [], claims()) == [COUNTY.encode()]
            assert await asyncio.to_thread(backends, database) == before

    run(job())


def test_a_failed_statement_neither_ends_the_connection_nor_what_was_prepared(database: Database) -> None:
    async def job() -> None:
        async with reader(database, connections=1) as pool:
            for _ in range(3):
                assert await pool.read(BROKEN, [b"abc"], claims()) == [b"0"]
                with pytest.raises(HubError):
                    await pool.read(BROKEN, [b"a"], claims())
                assert await pool.read(WHO, [], claims()) == [COUNTY.encode()]
            assert len(await asyncio.to_thread(backends, database)) == 1

    run(job())


def test_more_statements_than_are_kept_prepared(database: Database) -> None:
    async def job() -> None:
        async with reader(database, connections=1) as pool:
            for turn in range(2):
                for number in range(230):
                    asked = Statement(b"select %d + $1::int" % number, (), ("n",))
                    assert await pool.read(asked, [b"%d" % turn], claims()) == [b"%d" % (number + turn)]

    run(job())


def test_two_actors_on_few_connections_never_see_each_others_rows(county: County) -> None:
    requests, at_once = 10_000, 64
    wrong: list[str] = []
    answered = 0

    async def client(pool: DatabaseReader, number: int) -> None:
        nonlocal answered
        for turn in range(requests // at_once + 1):
            region = VILLAGES[(number + turn) % 2]
            regions, claimed = await pool.read(LOANS, [b"0"], claims(region))
            held = orjson.loads(regions or b"[]")
            answered += 1
            if claimed != region.encode() or not held or set(held) != {region}:
                wrong.append(f"{region} got {claimed!r}")

    async def job() -> None:
        async with reader(county.database, connections=4) as pool:
            await asyncio.gather(*(client(pool, number) for number in range(at_once)))

    run(job())
    assert answered >= requests
    assert not wrong


def test_the_server_may_be_unreachable(database: Database) -> None:
    async def job() -> None:
        conninfo = psycopg.conninfo.make_conninfo(database.conninfo(DatabaseRole.API), host="127.0.0.1", port=1)
        async with DatabaseReader(conninfo) as pool:
            assert not await pool.is_ready()
            with pytest.raises(HubError) as caught:
                await pool.read(WHO, [], claims())
            assert caught.value.code == "DATABASE_UNREACHABLE"

    run(job())
