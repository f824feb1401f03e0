"""Budgets hold over several processes, to the last request and household, and cost a round trip now and then only."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub.errors import AccessError
from hub.storage.budget import Budget, Kind
from hub.storage.roles import DatabaseRole
from tests.support.county import County
from tests.support.database import COUNTY, Database
from tests.support.hub import Hub, ask

START = datetime(2026, 1, 1, 12, 0, 10, tzinfo=UTC)


def budgets(database: Database, count: int, clock: Callable[[], datetime]) -> list[Budget]:
    conninfo = database.conninfo(DatabaseRole.IDENTITY)
    return [Budget(conninfo, COUNTY, requests_per_minute=100, subjects_per_day=1000, clock=clock) for _ in range(count)]


def test_processes_together_spend_what_one_may(database: Database) -> None:
    moment = START

    async def play() -> None:
        nonlocal moment
        several = budgets(database, 3, lambda: moment)

        async def spend(budget: Budget) -> int:
            done = 0
            while done < 200:
                try:
                    await budget.take("a", Kind.REQUESTS)
                except AccessError:
                    return done
                done += 1
            return done

        assert sum(await asyncio.gather(*map(spend, several))) == 100
        await several[0].take("b", Kind.REQUESTS)  # another client has its own
        moment = START + timedelta(minutes=1)
        await several[1].take("a", Kind.REQUESTS)
        for budget in several:
            await budget.close()

    asyncio.run(play())


def test_an_answer_past_the_quota_takes_nothing_of_it(database: Database) -> None:
    async def play() -> None:
        one, two = budgets(database, 2, lambda: START)
        await one.take("a", Kind.SUBJECTS, 600)
        till_midnight = 3 * 3600 + 59 * 60 + 50  # it is eight in the evening there
        for wanted, status, seconds in ((1001, 403, 0), (401, 429, till_midnight)):
            with pytest.raises(AccessError) as refusal:
                await two.take("a", Kind.SUBJECTS, wanted)
            assert refusal.value.code == "ACCESS_QUOTA_EXCEEDED"
            assert (refusal.value.status, refusal.value.retry_after) == (status, seconds)
        await two.take("a", Kind.SUBJECTS, 400)
        await one.close()
        await two.close()

    asyncio.run(play())


def test_questions_and_exports_are_counted_and_me_tells_the_limits(county: County, tmp_path: Path) -> None:
    hub = Hub(county.database, tmp_path, requests_per_minute=6, subjects_per_day=10)

    async def play() -> None:
        headers = hub.headers("city-officer", "programme-supervision")
        async with hub.process() as one, hub.process() as two:
            _, _, data = await ask(one, headers, "{ me { limits { requestsPerMinute subjectsPerDay } } }")
            assert data == {"me": {"limits": {"requestsPerMinute": 6, "subjectsPerDay": 10}}}
            households = "{ households(first: 8) { nodes { householdId } } }"
            assert (await ask(one, headers, households))[1] is None
            assert (await ask(two, headers, households))[:2] == (429, "ACCESS_QUOTA_EXCEEDED")
            exported = await two.post("/export/households", json={}, headers=headers)
            assert (exported.status_code, 0 < int(exported.headers["retry-after"]) <= 86_400) == (429, True)
            assert (await ask(two, headers, "{ loans { totalCount } }"))[1] is None
            asked = [await one.post("/graphql", json={"query": "{ __typename }"}, headers=headers) for _ in range(6)]
            refused = next(answer for answer in asked if answer.status_code == 429)
            said = refused.json()["errors"][0]["extensions"]
            assert said["code"] == "ACCESS_RATE_EXCEEDED"
            assert said["retryAfter"] == int(refused.headers["retry-after"]) <= 60

    asyncio.run(play())
