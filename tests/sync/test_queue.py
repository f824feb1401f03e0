"""Jobs in the database: each due moment once, one agency at a time, nothing lost when a worker dies."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from importlib.resources import files

import psycopg
import pytest
from procrastinate import App

from hub.catalog.dataset import Agency
from hub.errors import SourceError
from hub.storage.roles import DatabaseRole
from hub.sync.handover import Due
from hub.sync.queue import DatabaseAway, Queue
from hub.sync.retry import Retry
from hub.sync.schedule import Schedule, parse_schedules
from hub.worker import keep_going
from schema import CATALOGUE
from tests.support.database import COUNTY, Database

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


def schedules(text: str = "0 12 * * *", *agencies: Agency) -> list[Schedule]:
    return [
        schedule
        for agency in agencies or (Agency.BANK,)
        for schedule in parse_schedules(text, agency, CATALOGUE, "Asia/Shanghai")
    ]


def queue(database: Database, run: Callable[[Due], None], retry: Retry | None = None) -> Queue:
    return Queue(database.conninfo(DatabaseRole.CONNECTOR), COUNTY, run, retry or Retry())


def with_app(work: Queue, steps: Callable[[App], Awaitable[None]]) -> None:
    async def main() -> None:
        app = work.app()
        async with app.open_async():
            await steps(app)

    asyncio.run(main())


def jobs(database: Database) -> list[tuple[object, ...]]:
    with database.connect() as connection:
        return connection.execute(
            "select status::text, attempts from procrastinate.procrastinate_jobs order by id"
        ).fetchall()


def silent(line: str) -> None:
    pass


def test_the_queues_tables_are_those_of_the_installed_procrastinate(database: Database) -> None:
    shown = (
        (
            "select p.oid::regproc::text, pg_get_functiondef(p.oid) from pg_proc p"
            " where pronamespace = %(name)s::regnamespace order by 1"
        ),
        (
            "select c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull from pg_attribute a"
            " join pg_class c on c.oid = a.attrelid where c.relnamespace = %(name)s::regnamespace and a.attnum > 0"
            " order by 1, a.attnum"
        ),
        (
            "select tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid"
            " where c.relnamespace = %(name)s::regnamespace and not tgisinternal order by 1"
        ),
    )
    with psycopg.connect(database.owner) as connection:
        connection.execute("create schema fresh")
        connection.execute("set local search_path = fresh")
        connection.execute(files("procrastinate.sql").joinpath("schema.sql").read_text("utf-8").encode())
        for query in shown:
            ours, fresh = (
                [
                    tuple(str(cell).replace(name + ".", "") for cell in row)
                    for row in connection.execute(query.encode(), {"name": name})
                ]
                for name in ("procrastinate", "fresh")
            )
            assert ours == fresh


def test_a_due_moment_becomes_one_job_however_many_workers_notice_it(database: Database) -> None:
    ran: list[Due] = []
    work = queue(database, ran.append)

    async def steps(app: App) -> None:
        found = await asyncio.gather(*(work.defer_due(app, schedules(), NOON) for _ in range(4)))
        assert sum(len(some) for some in found) == 1
        await work.work(app, at_once=1, report=silent, wait=False)
        assert await work.defer_due(app, schedules(), NOON + timedelta(hours=3)) == []
        assert len(await work.defer_due(app, schedules(), NOON + timedelta(days=3))) == 1

    with_app(work, steps)
    assert [due.agency for due in ran] == [Agency.BANK]


def test_a_job_that_waits_is_not_joined_by_the_next_one(database: Database) -> None:
    work = queue(database, lambda due: None)

    async def steps(app: App) -> None:
        assert len(await work.defer_due(app, schedules(), NOON)) == 1
        assert await work.defer_due(app, schedules(), NOON + timedelta(days=1)) == []

    with_app(work, steps)
    assert jobs(database) == [("todo", 0)]


def test_two_workers_never_run_one_agency_at_the_same_time(database: Database) -> None:
    inside: list[Agency] = []
    together: list[set[Agency]] = []
    both = threading.Barrier(2, timeout=200)

    def run(due: Due) -> None:
        assert due.agency not in inside
        inside.append(due.agency)
        together.append(set(inside))
        if len(together) <= 2:
            both.wait()  # so that two agencies are seen to run side by side
        inside.remove(due.agency)

    work = queue(database, run)

    async def steps(app: App) -> None:
        planned = [*schedules("0 12 * * *", Agency.BANK, Agency.RELIEF), *schedules("0 11 * * *", Agency.BANK)]
        assert len(await work.defer_due(app, planned, NOON)) == 3
        await asyncio.gather(*(work.work(app, at_once=1, report=silent, wait=False) for _ in range(2)))
        await work.work(app, at_once=1, report=silent, wait=False)

    with_app(work, steps)
    assert jobs(database) == [("succeeded", 1)] * 3
    assert {Agency.BANK, Agency.RELIEF} in together


def test_a_failed_job_waits_for_its_next_try_only_if_that_can_help(database: Database) -> None:
    def run(due: Due) -> None:
        code = "SOURCE_UNREACHABLE" if due.agency is Agency.BANK else "SOURCE_ENCODING"
        raise SourceError(code, "no", "no")

    work = queue(database, run)

    async def steps(app: App) -> None:
        await work.defer_due(app, schedules("0 12 * * *", Agency.BANK, Agency.FINANCE), NOON)
        await work.work(app, at_once=1, report=silent, wait=False)

    with_app(work, steps)
    assert jobs(database) == [("todo", 1), ("failed", 1)]


def test_what_a_failed_job_logs_holds_no_traceback(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    def run(_: Due) -> None:
        raise SourceError("SOURCE_ENCODING", "no", "no") from ValueError("a row's value")

    work = queue(database, run)

    async def steps(app: App) -> None:
        await work.defer_due(app, schedules(), NOON)
        await work.work(app, at_once=1, report=silent, wait=False)

    with_app(work, steps)
    logged = capsys.readouterr().err
    assert len(logged.splitlines()) == 1, logged
    assert "BANK" in logged


@pytest.mark.parametrize("killed", [0, 6])
def test_the_job_of_a_dead_worker_is_taken_back_but_not_for_ever(database: Database, killed: int) -> None:
    ran: list[Due] = []
    work = queue(database, ran.append)

    async def steps(app: App) -> None:
        await work.defer_due(app, schedules(), NOON)
        dead = await app.job_manager.register_worker()
        assert await app.job_manager.fetch_job([COUNTY], dead) is not None
        with psycopg.connect(database.owner) as connection:
            connection.execute("update procrastinate.procrastinate_jobs set attempts = %s", (killed,))
        await work.work(app, at_once=1, report=silent, wait=False)
        assert not ran, "a live worker's job is its own"
        with psycopg.connect(database.owner) as connection:
            connection.execute(
                "update procrastinate.procrastinate_workers set last_heartbeat = now() - interval '40 s'"
            )
        assert await work.take_back_stalled(app) == (0 if killed else 1)
        assert await work.take_back_stalled(app) == 0
        await work.work(app, at_once=1, report=silent, wait=False)

    with_app(work, steps)
    assert jobs(database) == ([("failed", 7)] if killed else [("succeeded", 2)])
    assert len(ran) == (0 if killed else 1)


def cut_connections(database: Database) -> int:
    with psycopg.connect(database.owner) as connection:
        cut = connection.execute(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity"
            " where usename = 'hub_connector' and datname = current_database()"
        ).fetchone()
    return int(cut[0]) if cut else 0


async def goes_on(work: Queue, app: App, ran: threading.Semaphore, cut: Callable[[], None], after: Database) -> None:
    """A job is done, the connections are cut, and the next day's job of the same agency is done, too."""
    going = asyncio.create_task(work.work(app, at_once=1, report=silent))
    try:
        await work.defer_due(app, schedules(), NOON)
        assert await asyncio.to_thread(ran.acquire, timeout=60)
        await asyncio.to_thread(cut)
        while True:
            try:
                assert len(await work.defer_due(app, schedules(), NOON + timedelta(days=1))) == 1
                break
            except DatabaseAway:
                await asyncio.sleep(0.05)
        assert await asyncio.to_thread(ran.acquire, timeout=60)
        assert not going.done()
        assert jobs(after)[0] == ("succeeded", 1)
    finally:
        going.cancel()
        await asyncio.gather(going, return_exceptions=True)


def test_a_worker_whose_connections_are_cut_goes_on_with_the_next_job(database: Database) -> None:
    ran = threading.Semaphore(0)
    work = queue(database, lambda due: ran.release())

    def cut() -> None:
        assert cut_connections(database) > 1

    with_app(work, lambda app: goes_on(work, app, ran, cut, database))


def test_what_became_of_a_job_is_told_again_if_the_connection_is_cut_meanwhile(database: Database) -> None:
    ran = threading.Semaphore(0)
    with psycopg.connect(database.owner) as holding:

        def run(_: Due) -> None:
            if not jobs_are_held.is_set():
                holding.execute("lock table procrastinate.procrastinate_jobs in access exclusive mode")
                jobs_are_held.set()
            ran.release()

        def cut() -> None:
            with psycopg.connect(database.owner, autocommit=True) as looking:
                while not looking.execute(
                    "select from pg_stat_activity where usename = 'hub_connector' and datname = current_database()"
                    " and wait_event_type = 'Lock' and query like '%finish_job%'"
                ).rowcount:
                    time.sleep(0.02)
            assert cut_connections(database) > 1
            holding.rollback()

        jobs_are_held = threading.Event()
        work = queue(database, run)
        with_app(work, lambda app: goes_on(work, app, ran, cut, database))


def test_a_part_of_the_worker_that_breaks_down_is_told_of_and_begun_again() -> None:
    begun: list[int] = []
    told: list[str] = []

    async def part() -> None:
        begun.append(len(begun))
        if len(begun) < 3:
            raise ValueError("a row's value")

    asyncio.run(keep_going(part, told.append, pause_seconds=0))
    assert begun == [0, 1, 2]
    assert told == ["A part of the worker broke down (ValueError); it is begun again."] * 2
