"""Whatever breaks between reading and answering: an answer has reached its asker only if its entry is committed."""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import orjson
import pytest

from hub.audit.disclosure import Asked, DisclosureLog, Receipt, Told, operation_block
from hub.audit.entry import Door
from hub.audit.recorder import Recorder
from hub.audit.shown import NOTHING
from hub.errors import LOG_UNAVAILABLE, DatabaseError
from hub.graph.answer import Answer, Answerer, Question
from hub.graph.limits import Limits
from hub.query.run import DatabaseReader
from hub.storage.roles import DatabaseRole
from tests.audit.asking import TEXT, ask_for_ever
from tests.support.county import FACE, GATE, County, actor
from tests.support.database import COUNTY, Database
from tests.support.log import log_over
from tests.support.wire import Wire

SECRET = "L001"


@dataclass
class Lines:
    """A hub whose two connections to the database can be cut."""

    reading: Wire
    logging: Wire
    answerer: Answerer

    async def ask(self) -> Answer:
        return await asyncio.wait_for(self.answerer.answer(Question(TEXT), actor()), 200)


@asynccontextmanager
async def lines(database: Database) -> AsyncIterator[Lines]:
    async with (
        Wire(database.conninfo(DatabaseRole.API)) as reading,
        Wire(database.conninfo(DatabaseRole.LOG)) as logging,
        DatabaseReader(reading.conninfo, most_connections=1) as reader,
        Recorder(logging.conninfo, COUNTY, timeout_milliseconds=2_000) as recorder,
    ):
        yield Lines(reading, logging, Answerer(FACE, reader, Limits(), GATE, log_over(recorder)))


def committed(database: Database) -> set[UUID]:
    with database.connect(DatabaseRole.AUDIT) as connection:
        rows = connection.execute("select entry_id from audit.disclosure where outcome = 'ANSWERED'")
        return {UUID(str(entry_id)) for (entry_id,) in rows}


def entry_told(answer: Answer) -> UUID | None:
    """The entry of an answer that told something; a refusal tells nothing."""
    held = orjson.loads(answer.body)
    if "data" in held:
        assert held["data"]["loan"]["loanId"] == SECRET
        return UUID(held["extensions"]["receipt"]["entry"])
    assert SECRET.encode() not in answer.body
    return None


WAYS = [(loses_it, stays_cut) for loses_it in (False, True) for stays_cut in (False, True)]


@pytest.mark.parametrize("which", ["reading", "logging"])
@pytest.mark.parametrize("is_warm", [False, True], ids=["connecting", "connected"])
def test_at_every_message_of_either_line(county: County, which: str, *, is_warm: bool) -> None:
    told: list[UUID] = []
    outcomes: Counter[str] = Counter()

    async def cut(at: int, loses_it: bool, stays_cut: bool) -> bool:  # noqa: FBT001
        async with lines(county.database) as hub:
            if is_warm:
                told.append(entry_told(await hub.ask()) or UUID(int=0))
            wire: Wire = getattr(hub, which)
            wire.arm(at, loses_it=loses_it, stays_cut=stays_cut)
            answer = await hub.ask()
            entry = entry_told(answer)
            outcomes["answered" if entry else orjson.loads(answer.body)["errors"][0]["extensions"]["code"]] += 1
            if entry:
                told.append(entry)
            return wire.is_cut

    async def every() -> int:
        at = 1
        while True:
            reached = [await cut(at, *way) for way in WAYS]
            if not any(reached):
                return at - 1
            at += 1

    points = asyncio.run(every())
    unseen = set(told) - committed(county.database)
    print(f"\n{which}, {'connected' if is_warm else 'connecting'}: {points} cut points, {sum(outcomes.values())} runs")
    print(dict(outcomes))
    assert not unseen
    assert points >= (5 if is_warm else 20)
    assert outcomes["answered"] < sum(outcomes.values())
    assert set(outcomes) <= {"answered", "DATABASE_UNREACHABLE", "DATABASE_BUSY", LOG_UNAVAILABLE}


async def two_groups(log: DisclosureLog) -> list[Receipt | BaseException]:
    """The receipts of entries of which the second half comes while the first is being written."""

    async def one() -> Receipt:
        return await log.answered(Asked(Door.GRAPHQL, "0"), actor(), Told(operation_block(None, None, NOTHING)))

    first = [asyncio.create_task(one()) for _ in range(8)]
    for _ in range(3):  # until they are on their way
        await asyncio.sleep(0)
    return await asyncio.gather(*first, *(one() for _ in range(8)), return_exceptions=True)


@pytest.mark.parametrize("is_alone", [False, True], ids=["both cut", "one cut"])
def test_at_every_message_while_two_lines_write(database: Database, *, is_alone: bool) -> None:
    told: set[UUID] = set()
    runs = 0

    async def cut(at: int, loses_it: bool, stays_cut: bool) -> bool:  # noqa: FBT001
        async with (
            Wire(database.conninfo(DatabaseRole.LOG)) as wire,
            Recorder(wire.conninfo, COUNTY, timeout_milliseconds=2_000) as recorder,
        ):
            log = log_over(recorder)
            await two_groups(log)
            assert wire.connections == 2
            wire.arm(at, loses_it=loses_it, stays_cut=stays_cut, is_alone=is_alone)
            for found in await two_groups(log):
                if isinstance(found, Receipt):
                    told.add(UUID(found.entry))
                else:
                    assert isinstance(found, DatabaseError)
            return wire.is_cut

    async def every() -> int:
        nonlocal runs
        at = 1
        while any([await cut(at, *way) for way in WAYS]):
            at += 1
        runs = at * len(WAYS)
        return at - 1

    points = asyncio.run(every())
    print(f"\ntwo lines: {points} cut points, {runs} runs, {len(told)} entries told")
    assert told <= committed(database)
    assert points >= 12
    assert 0 < len(told) < 16 * runs


@pytest.mark.parametrize(
    ("event", "is_at_commit"), [("before insert", False), ("after insert", False), ("after insert", True)]
)
def test_a_full_disk_while_the_entry_is_written_or_committed(county: County, event: str, *, is_at_commit: bool) -> None:
    body = "raise exception 'full' using errcode = 'disk_full'"
    with county.database.connect() as owner:
        owner.execute(f"create function public.full_disk() returns trigger language plpgsql as $$ begin {body}; end $$")
        kind = "constraint trigger" if is_at_commit else "trigger"
        when = "deferrable initially deferred " if is_at_commit else ""
        action = "for each row execute function public.full_disk()"
        owner.execute(f"create {kind} full_disk {event} on audit.disclosure {when}{action}")
        answer = county.answer(TEXT)
        assert orjson.loads(answer.body)["errors"][0]["extensions"]["code"] == LOG_UNAVAILABLE
        assert answer.status == 503
        assert entry_told(answer) is None
        assert committed(county.database) == set()
        owner.execute("drop trigger full_disk on audit.disclosure")
    assert entry_told(county.answer(TEXT)) in committed(county.database)


def test_a_database_that_is_gone_answers_nobody_and_then_everybody(county: County) -> None:
    async def run() -> list[Answer]:
        async with lines(county.database) as hub:
            first = await hub.ask()
            hub.logging.arm(1, loses_it=True, stays_cut=True)
            gone = [await hub.ask() for _ in range(3)]
            hub.logging.stays_cut = False
            return [first, *gone, await hub.ask()]

    first, *gone, last = asyncio.run(run())
    assert [entry_told(answer) for answer in gone] == [None] * 3
    assert {entry_told(first), entry_told(last)} <= committed(county.database)


@pytest.mark.parametrize("answers", [1, 40, 137])
def test_a_process_killed_at_work_has_told_nothing_that_is_not_in_the_log(county: County, answers: int) -> None:
    lines = [county.database.conninfo(role) for role in (DatabaseRole.API, DatabaseRole.LOG)]
    # Started once for all of them: what answers takes seconds to make.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.audit.asking"])
    reading, writing = context.Pipe(duplex=False)
    process = context.Process(target=ask_for_ever, args=(*lines, writing))
    process.start()
    writing.close()
    with open(reading.fileno(), "rb", closefd=False) as lines_told:
        told = [lines_told.readline() for _ in range(answers)]
        process.kill()
        told += [line for line in lines_told.read().splitlines(keepends=True) if line.endswith(b"\n")]
    reading.close()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    entries = {entry_told(Answer(line)) for line in told}
    assert len(entries) == len(told) >= answers
    assert entries <= committed(county.database)
